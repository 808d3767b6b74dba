from dataclasses import replace

from engine.analysis.compare import compare
from engine.analysis.config_diff import settings_by_variant, settings_that_differ
from engine.analysis.labels import changes, context_labels, data_labels, variant_labels
from engine.spec.catalog import Catalog
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from tests.unit.engine.analysis.test_compare import GOOD, PLAIN, group, results


def spec(method="plain", **training):
    return RunSpec(method=MethodSpec(name=method), training=TrainingSpec(**training))


def settings(**specs):
    found = settings_that_differ(list(specs.values()), Catalog(()))
    return settings_by_variant(list(specs), found)


def variants(*digests):
    return [results("plain", (1.0,), first=at, digest=digest, context=digest)[0]
            for at, digest in enumerate(digests)]


def labels(**specs):
    return list(variant_labels(variants(*specs), settings(**specs)).values())


def test_that_what_shares_a_name_is_told_apart_by_what_differs():
    assert labels(a=spec(epochs=12), b=spec(epochs=2)) == [
        "plain (epochs = 12)", "plain (epochs = 2)"
    ]
    assert labels(a=spec(lr=0.1), b=spec(lr=0.05)) == ["plain (lr = 0.1)", "plain (lr = 0.05)"]
    assert labels(a=RunSpec(), b=RunSpec(dataset=DatasetSpec(train_images=500))) == [
        "plain (dataset.train_images = –)", "plain (dataset.train_images = 500)"
    ]
    wide = BackboneSpec(options={"width": 2})
    assert labels(a=RunSpec(backbone=BackboneSpec(options={"width": 1})),
                  b=RunSpec(backbone=wide)) == ["plain (backbone.width = 1)",
                                                "plain (backbone.width = 2)"]


def test_that_no_more_is_said_than_tells_apart():
    told = labels(a=spec(epochs=12, lr=0.1), b=spec(epochs=2, lr=0.05))
    assert told == ["plain (epochs = 12)", "plain (epochs = 2)"]
    told = labels(a=spec(epochs=12), b=spec(epochs=1), c=spec(epochs=1, lr=0.05))
    assert told == ["plain (epochs = 12, lr = 0.1)", "plain (epochs = 1, lr = 0.1)",
                    "plain (epochs = 1, lr = 0.05)"]


def test_that_of_several_contexts_each_name_says_which():
    specs = {"a": spec(epochs=12), "b": spec(epochs=2), "c": spec("sila", epochs=2),
             "d": spec("sila", epochs=2, sharpness="sam")}
    a, b, c, d = variants(*specs)
    c, d = (replace(run, method="sila", context="b") for run in (c, d))
    assert list(variant_labels([a, b, c, d], settings(**specs)).values()) == [
        "plain (epochs = 12)", "plain (epochs = 2)", "sila (epochs = 2, sharpness = none)",
        "sila (epochs = 2, sharpness = sam)",
    ]
    alone = replace(c, dataset="other", context="c")
    assert variant_labels([a, b, alone], settings(**specs))["c"] == "sila"


def test_that_more_is_said_within_the_brackets_of_a_name():
    runs = [replace(run, label="sila (alpha = 1)") for run in variants("a", "b")]
    told = variant_labels(runs, settings(a=spec(epochs=12), b=spec(epochs=2)))
    assert list(told.values()) == ["sila (alpha = 1, epochs = 12)", "sila (alpha = 1, epochs = 2)"]


def test_that_folders_that_end_alike_are_said_in_full():
    roots = {digest: RunSpec(dataset=DatasetSpec(root=f"/{folder}/images"))
             for digest, folder in (("a", "birds"), ("b", "trees"))}
    assert labels(**roots) == [
        "plain (dataset.root = /birds/images)", "plain (dataset.root = /trees/images)"
    ]
    assert list(context_labels(variants(*roots), settings(**roots)).values()) == [
        "dataset.root = /birds/images", "dataset.root = /trees/images"
    ]
    roots["b"] = RunSpec(dataset=DatasetSpec(root="/trees/leaves"))
    assert labels(**roots) == ["plain (dataset.root = images)", "plain (dataset.root = leaves)"]


def test_that_the_digest_is_said_only_where_nothing_else_differs():
    assert labels(aaaaaaaa=spec(), bbbbbbbb=spec()) == ["plain (aaaaaa)", "plain (bbbbbb)"]
    assert labels(aaaaaaaa=spec(epochs=2), bbbbbbbb=spec(epochs=2), c=spec(epochs=9)) == [
        "plain (epochs = 2, aaaaaa)", "plain (epochs = 2, bbbbbb)", "plain (epochs = 9)"
    ]
    alone = variants("aaaaaaaa")
    assert variant_labels(alone) == {"aaaaaaaa": "plain"}


def test_that_contexts_say_what_differs_between_them_and_not_in_the_method():
    runs = variants("a", "b", "c")
    found = context_labels(
        runs, settings(a=spec(epochs=12), b=spec("sila", epochs=2), c=spec(epochs=2, lr=0.05))
    )
    assert found == {
        "a": "epochs = 12 · lr = 0.1", "b": "epochs = 2 · lr = 0.1", "c": "epochs = 2 · lr = 0.05"
    }
    sharp = settings(a=spec(sharpness="sam"), b=spec())
    assert set(context_labels([replace(run, context="c") for run in runs[:2]], sharp).values()) == {
        ""
    }
    assert context_labels(runs[:2]) == {"a": "", "b": ""}


def test_that_other_images_have_another_name():
    roots = {
        digest: RunSpec(dataset=DatasetSpec(root=root, augmentation=augmentation))
        for digest, root, augmentation in (
            ("a", "/birds/images", "none"), ("b", "/trees/images", "none"),
            ("c", "/trees/images", "flip"), ("d", None, "none"),
        )
    }
    assert data_labels(variants(*roots), settings(**roots)) == {
        "a": "cifar10 (dataset.root = /birds/images)",
        "b": "cifar10 (dataset.root = /trees/images)",
        "c": "cifar10 (dataset.root = /trees/images)", "d": "cifar10 (dataset.root = –)",
    }
    assert data_labels(variants("a", "d"), settings(a=roots["a"], d=roots["d"])) == {
        "a": "cifar10 (dataset.root = images)", "d": "cifar10 (dataset.root = –)"
    }
    del roots["a"], roots["d"]
    assert set(data_labels(variants(*roots), settings(**roots)).values()) == {"cifar10"}
    assert data_labels(variants("a")) == {"a": "cifar10"}


def test_that_a_change_says_what_was_and_what_is():
    before, after = {"epochs": "12", "lr": "0.1"}, {"epochs": "18", "lr": "0.1"}
    assert changes(before, after) == "epochs: 12 → 18"


def test_that_a_comparison_names_variants_without_a_completed_run():
    paused = results("plain", (1.0,), first=31, digest="other", context="d", state="paused")
    runs = results("plain", PLAIN) + results("sila", GOOD, first=11) + paused
    said = settings(**{
        "plain-c": spec(epochs=12), "sila-c": spec("sila", epochs=12), "other": spec(epochs=20),
    })
    found = compare(runs, settings=said)
    assert found.labels == {
        "plain-c": "plain (epochs = 12)", "sila-c": "sila (epochs = 12)",
        "other": "plain (epochs = 20)",
    }
    assert " above plain (epochs = 12), at " in group(found, "sila").sentence
