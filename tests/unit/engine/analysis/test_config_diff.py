from engine.analysis.config_diff import NOISE, Difference, differences, settings_that_differ
from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.run_spec import OF_NO_MATTER, MethodSpec, RunSpec, TrainingSpec


def test_that_only_what_differs_is_listed():
    a = {"backbone": {"name": "resnet20"}, "training": {"lr": 0.1, "epochs": 3}}
    b = {"backbone": {"name": "resnet20"}, "training": {"lr": 0.05, "epochs": 3}}
    assert differences([a, b]) == [Difference("training.lr", (0.1, 0.05))]


def test_that_noise_is_ignored_between_real_specs():
    a = RunSpec(name="a", seed=1, training=TrainingSpec(device="cpu", threads=1, keep_every=1))
    b = RunSpec(name="b", seed=2, training=TrainingSpec(device="cuda", threads=2))
    assert differences([a.model_dump(), b.model_dump()]) == []
    assert a.digest() == b.digest(), "the noise keys are those that make no other variant"
    assert {"name", "seed", *(f"training.{name}" for name in OF_NO_MATTER)} == NOISE


def test_that_an_option_only_one_method_has_is_absent_in_the_other():
    a = RunSpec(method=MethodSpec(name="sila", options={"alpha": 0.3}))
    b = RunSpec(method=MethodSpec(name="plain"))
    assert differences([a.model_dump(), b.model_dump()]) == [
        Difference("method.name", ("sila", "plain")),
        Difference("method.options.alpha", (0.3, None)),
    ]


def test_that_lists_are_compared_as_values():
    rows = differences([{"widths": [1, 2]}, {"widths": [1, 2]}, {"widths": [1, 3]}])
    assert rows == [Difference("widths", ([1, 2], [1, 2], [1, 3]))]


def test_that_fewer_than_two_specs_cannot_differ():
    assert differences([]) == []
    assert differences([{"training": {"lr": 0.1}}]) == []


def test_that_an_option_that_a_spec_does_not_name_is_at_its_default():
    card = Card(kind="method", name="sila", title="", summary="", options={
        "properties": {"alpha": {"default": 0.3}, "tau": {"default": 4.0}}})
    a = RunSpec(seed=1, method=MethodSpec(name="sila", options={"alpha": 0.5, "tau": 4.0}))
    b = RunSpec(seed=2, method=MethodSpec(name="sila"), regularizers={"gone": {}})
    assert settings_that_differ([a, b], Catalog([card])) == [
        Difference("method.options.alpha", (0.5, 0.3)),
        Difference("regularizers.gone.on", (None, True)),
    ]
