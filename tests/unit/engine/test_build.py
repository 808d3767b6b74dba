import numpy as np
import pytest
import torch

from engine.backbones.flops import multiply_adds
from engine.build import (
    catalogue_entries,
    evaluation_metrics,
    load_data,
    make_augment,
    make_backbone,
    make_job,
    make_regularizers,
    make_system,
    split,
)
from engine.datasets.dataset import ImageData, ImageSet
from engine.registry import entries, lookup
from engine.spec.card import KINDS, objections
from engine.spec.errors import DataError, SpecError
from engine.spec.options import parse
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec
from engine.training.data import Augment
from engine.training.evaluate import logits_of
from engine.training.streams import Streams


def names(kind):
    return [entry.card.name for entry in entries(kind)]


def data_of(num_images=20, size=8, channels=3):
    labels = np.arange(num_images, dtype=np.int64) % 2
    images = np.zeros((num_images, size, size, channels), np.uint8)
    images[labels == 1] = 255
    part = ImageSet(images, labels)
    return ImageData("made", part, part, ("a", "b"), (0.5,) * channels, (0.5,) * channels, "")


# Of the libraries' networks, which have tests of their own, one: all of them take a minute.
OWN = [name for name in names("backbone") if not name.startswith(("tv_", "timm_"))]


@pytest.mark.long
@pytest.mark.parametrize("name", [*OWN, "tv_resnet18"])
def test_that_every_backbone_is_built_by_its_name(name):
    with torch.device("meta"):
        network = make_backbone(BackboneSpec(name=name), 5, 1)
    assert (network.num_classes, network.in_channels) == (5, 1)


@pytest.mark.parametrize("name", names("method"))
def test_that_every_method_is_built_by_its_name(name):
    card = lookup("method", name).card
    backbone = next(
        BackboneSpec(name=network) for network in ("resnet8", "slimmable_resnet20")
        if not objections([card, lookup("backbone", network).card])
    )
    options = {"teacher": "run:1"} if "teacher" in card.option_defaults else {}
    system = make_system(
        MethodSpec(name=name, options=options), backbone, 5, 1, Streams(0), num_images=20,
        make_teacher=lambda _, *shape: make_backbone(backbone, *shape).eval(),
    )
    assert system.deployable().num_classes == 5
    assert type(system) is lookup("method", name).make


@pytest.mark.parametrize("name", names("dataset"))
def test_that_a_dataset_whose_folder_is_missing_says_what_it_looked_for(name, workspace, tmp_path):
    if lookup("dataset", name).card.facts["bundled"]:
        assert len(load_data(DatasetSpec(name=name), workspace).classes) > 1
        return
    missing = tmp_path / "missing"
    with pytest.raises(DataError, match=rf"^[^\n]*{missing}[^\n]*$"):
        load_data(DatasetSpec(name=name, root=str(missing)), workspace)


@pytest.mark.parametrize("name", names("export"))
def test_that_every_export_format_has_a_file_name(name):
    entry = lookup("export", name)
    assert entry.make(entry.parse_options({})).file_name == entry.card.facts["file"]


def test_that_every_metric_is_a_finite_number_of_logits_and_labels():
    logits, labels = torch.randn(50, 4), torch.arange(50) % 4
    metrics = evaluation_metrics()
    assert list(metrics) == names("metric")
    for name, metric in metrics.items():
        assert metric(logits, labels).isfinite(), name
        card = lookup("metric", name).card
        assert card.facts["direction"] in ("up", "down")


def test_that_a_teacher_is_asked_for_with_the_classes_and_channels_of_the_images():
    asked = []

    def find(*what):
        asked.append(what)
        return make_backbone(BackboneSpec(), 5, 1).eval()

    method = MethodSpec(name="kd", options={"teacher": "run:7"})
    make_system(method, BackboneSpec(), 5, 1, Streams(0), make_teacher=find)
    assert asked == [("run:7", 5, 1)]
    with pytest.raises(SpecError, match="teacher 'run:7': there is no store to find it in here"):
        make_system(method, BackboneSpec(), 5, 1, Streams(0))


def test_that_regularizers_are_made_in_the_order_of_their_names():
    table = {"mixup": {"alpha": 0.3}, "label_smoothing": {}}
    made = make_regularizers(parse(RunSpec, {"regularizers": table}, "spec"))
    assert [type(each).__name__ for each in made] == ["LabelSmoothing", "Mixup"]
    assert (made[0].options.epsilon, made[1].options.alpha) == (0.1, 0.3)
    assert make_regularizers(RunSpec()) == []
    with pytest.raises(SpecError, match="unknown regularizer 'mixp'; did you mean 'mixup'"):
        make_regularizers(parse(RunSpec, {"regularizers": {"mixp": {}}}, "spec"))


def test_that_the_catalogue_lists_everything_once():
    listed = [(entry.card.kind, entry.card.name) for entry in catalogue_entries()]
    assert len(listed) == len(set(listed)) == sum(
        len(names(kind))
        for kind in ("backbone", "method", "regularizer", "dataset", "metric", "export")
    )
    assert tuple(dict.fromkeys(kind for kind, _ in listed)) == KINDS


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda w: make_backbone(BackboneSpec(name="x"), 2, 3), "unknown backbone 'x'"),
        (lambda w: make_system(MethodSpec(name="x"), BackboneSpec(), 2, 3, Streams(0)),
         "unknown method 'x'"),
        (lambda w: load_data(DatasetSpec(name="x"), w), "unknown dataset 'x'"),
        (lambda w: make_system(MethodSpec(options={"x": 1}), BackboneSpec(), 2, 3, Streams(0)),
         r"unknown key 'x' in \[method.options\]"),
    ],
)
def test_that_an_unknown_name_is_refused(make, line, workspace):
    with pytest.raises(SpecError, match=line):
        make(workspace)


@pytest.mark.parametrize(
    ("said", "size", "expected"),
    [
        ("none", 32, Augment(0, flip=False)), ("flip", 32, Augment(0, flip=True)),
        ("crop", 32, Augment(4, flip=False)), ("crop_flip", 28, Augment(4, flip=True)),
        ("crop", 8, Augment(1, flip=False)), ("crop", 3, Augment(1, flip=False)),
        ("crop_flip", 64, Augment(8, flip=True)),
    ],
)
def test_that_shifts_are_up_to_an_eighth_of_the_image(said, size, expected):
    assert make_augment(DatasetSpec(augmentation=said), data_of(size=size)) == expected


def test_that_standard_augmentation_is_what_the_dataset_says():
    assert make_augment(DatasetSpec(name="digits"), data_of()) == Augment(1, flip=False)
    assert make_augment(DatasetSpec(name="cifar10"), data_of(size=32)) == Augment(4, flip=True)


def test_that_the_parts_of_a_dataset_never_overlap(workspace):
    spec = DatasetSpec(train_images=100, validation=0.2)
    data = load_data(spec, workspace)
    kept, held = split(spec, data)
    assert len(kept) == 100
    assert not set(kept) & set(held)
    counts = np.bincount(data.train.labels_N[held])
    np.testing.assert_allclose(counts, 0.2 * np.bincount(data.train.labels_N), atol=0.51)


def test_that_too_few_images_are_refused():
    with pytest.raises(DataError, match="leaves 1 images to train on"):
        split(DatasetSpec(validation=0), data_of(num_images=1))
    with pytest.raises(DataError, match="train_images = 19, but only 18"):
        split(DatasetSpec(train_images=19), data_of())


def test_that_a_job_has_everything_of_its_spec(workspace):
    table = {
        "dataset": {"train_images": 100}, "method": {"name": "sila"}, "seed": 5,
        "training": {"epochs": 3, "batch_size": 32, "device": "cpu", "optimizer": "adamw"},
    }
    job = make_job(parse(RunSpec, table, "spec"), workspace)
    assert (len(job.batches), job.num_steps, job.streams.seed) == (3, 9, 5)
    assert (len(job.batches.images), len(job.test), job.device.type) == (100, 450, "cpu")
    assert isinstance(job.optimizer, torch.optim.AdamW)
    trained = {id(p) for group in job.optimizer.param_groups for p in group["params"]}
    assert trained == {id(p) for p in job.system.parameters()}
    conv = next(p for p in job.system.parameters() if p.ndim == 4 and p.shape[1] > 1)
    assert conv.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", ["resnet8", "sdn_resnet56", "slimmable_resnet20", "skipnet20"])
def test_that_the_work_of_a_batch_is_about_what_torch_counts(workspace, name):
    table = {"backbone": {"name": name}, "training": {"device": "cpu", "batch_size": 10}}
    job = make_job(parse(RunSpec, table, "spec"), workspace)
    network = job.system.deployable().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert job.work() == pytest.approx(10 * multiply_adds(network, 1, 8), rel=0.01)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_that_numbers_shown_are_those_of_the_network_in_eval_mode(workspace):
    job = make_job(parse(RunSpec, {"training": {"device": "cpu"}}, "spec"), workspace)
    network = job.system.deployable().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    logits = logits_of(network, job.test, job.normalise)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    network.eval()
    with torch.no_grad():
        some = network(job.normalise(job.test.take(torch.arange(500 - 50))[0]))
    torch.testing.assert_close(logits, some)
