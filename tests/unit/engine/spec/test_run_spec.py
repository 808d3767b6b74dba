import pytest

from engine.spec.errors import SpecError
from engine.spec.options import parse
from engine.spec.run_spec import COST_NOTHING, RunSpec

CHANGES = {
    "dataset": {
        "name": "mnist", "root": "/d", "validation": 0.2, "split_seed": 1, "train_images": 100,
        "augmentation": "none", "options": {"a": 1},
    },
    "backbone": {"name": "resnet20", "options": {"a": 1}},
    "method": {"name": "sila", "options": {"alpha": 0.3}},
    "training": {
        "epochs": 31, "batch_size": 64, "optimizer": "adamw", "lr": 0.2, "momentum": 0.8,
        "nesterov": False, "weight_decay": 0.0, "schedule": "constant", "warmup_epochs": 1.0,
        "milestones": [0.5], "gamma": 0.2, "precision": "float32", "compile": "default",
        "sharpness": "sam", "sam_rho": 0.1, "asam_rho": 1.0, "ema_decay": 0.99,
    },
    "regularizers": {"mixup": {}, "label_smoothing": {"epsilon": 0.2}},
}
COMPARED = {"method", "regularizers"}
OF_NO_MATTER = {
    "training": {
        "device": "cuda:1", "threads": 3, "deterministic": False, "checkpoint_minutes": 0.5,
        "keep_every": 7, "gradients_every": 9,
    }
}
CASES = [(table, key, value) for table, keys in CHANGES.items() for key, value in keys.items()]


def spec(**table):
    return parse(RunSpec, table, "spec")


def test_that_the_cases_are_all_fields_there_are():
    for table, keys in CHANGES.items():
        if table == "regularizers":  # whatever is registered
            continue
        fields = set(RunSpec.model_fields[table].annotation.model_fields)
        assert fields == keys.keys() | OF_NO_MATTER.get(table, {}).keys()
    assert set(RunSpec.model_fields) == {"name", "seed", *CHANGES}


@pytest.mark.parametrize(("table", "key", "value"), CASES)
def test_that_every_field_that_matters_changes_the_digest(table, key, value):
    changed = spec(**{table: {key: value}})
    assert changed.digest() != RunSpec().digest()
    same_context = changed.context_digest() == RunSpec().context_digest()
    assert same_context == (table in COMPARED or key in ("sharpness", "sam_rho", "asam_rho"))


def test_that_no_two_of_those_changes_have_one_digest():
    digests = {spec(**{table: {key: value}}).digest() for table, key, value in CASES}
    assert len(digests) == len(CASES)


def test_that_name_seed_and_what_changes_no_number_change_no_digest():
    other = spec(name="other", seed=9, **OF_NO_MATTER)
    assert other.digest() == RunSpec().digest()
    assert other.context_digest() == RunSpec().context_digest()


@pytest.mark.parametrize(("table", "key", "value"), [
    *CASES, *[("training", *one) for one in OF_NO_MATTER["training"].items()]
])
def test_that_all_that_takes_time_and_nothing_else_changes_the_pace(table, key, value):
    changed = spec(name="other", seed=9, **{table: {key: value}})
    costs_nothing = table in ("training", "dataset") and key in (*COST_NOTHING, "split_seed")
    assert (changed.pace_digest() == RunSpec().pace_digest()) == costs_nothing


def test_that_saying_a_default_changes_no_digest():
    said = parse(RunSpec, RunSpec().model_dump(mode="json"), "spec")
    assert said.digest() == RunSpec().digest()
    assert spec(training={"weight_decay": 0}).digest() == spec(
        training={"weight_decay": 0.0}
    ).digest()


def test_that_digests_stay_what_they_were():
    assert RunSpec().digest() == "44136fa355b3"  # of "{}": nothing but defaults
    sila = spec(method={"name": "sila", "options": {"alpha": 0.3}}, training={"epochs": 12})
    assert sila.digest() == "373cd8e892d5"


def test_that_a_regularizer_without_options_is_another_variant_than_none():
    digests = [
        spec(regularizers=chosen).digest()
        for chosen in ({}, {"mixup": {}}, {"cutmix": {}}, {"mixup": {}, "label_smoothing": {}},
                       {"mixup": {"alpha": 0.2}})
    ]
    assert digests[0] == RunSpec().digest()
    assert len(set(digests)) == len(digests)


def test_that_asking_for_the_digest_changes_no_spec():
    chosen = spec(regularizers={"mixup": {}, "cutmix": {"alpha": 0.5}})
    first = chosen.digest()
    assert chosen.regularizers == {"mixup": {}, "cutmix": {"alpha": 0.5}}
    assert chosen.digest() == first


def test_that_the_order_of_the_regularizers_does_not_matter():
    one = spec(regularizers={"mixup": {}, "label_smoothing": {"epsilon": 0.2}})
    other = spec(regularizers={"label_smoothing": {"epsilon": 0.2}, "mixup": {}})
    assert one.digest() == other.digest()
    assert one.arm() == other.arm()


def test_that_the_context_is_all_but_what_is_compared():
    compared = spec(
        method={"name": "sila", "options": {"alpha": 0.3}}, regularizers={"mixup": {}},
        training={"sharpness": "asam", "asam_rho": 1.0, "sam_rho": 0.1},
    )
    assert compared.context_digest() == RunSpec().context_digest()
    longer = spec(regularizers={"mixup": {}}, training={"sharpness": "sam", "epochs": 31})
    assert longer.context_digest() == spec(training={"epochs": 31}).context_digest()
    assert longer.context_digest() != RunSpec().context_digest()


@pytest.mark.parametrize(("table", "arm"), [
    ({}, "plain"),
    ({"method": {"name": "sila"}}, "sila"),
    ({"regularizers": {"mixup": {}, "label_smoothing": {}}}, "plain+label_smoothing+mixup"),
    ({"training": {"sharpness": "sam"}}, "plain+sam"),
    ({"method": {"name": "dml"}, "regularizers": {"cutmix": {"alpha": 0.2}},
      "training": {"sharpness": "asam", "sam_rho": 0.1}}, "dml+cutmix+asam"),
])
def test_that_an_arm_is_named_by_method_regularizers_and_sharpness(table, arm):
    assert spec(**table).arm() == arm


def test_that_options_come_through_resolving_with_the_same_digest(catalog):
    def digest(options):
        return catalog.resolve(spec(method={"name": "sila_dml", "options": options})).digest()

    assert digest({"alpha": 0.5, "num_peers": 2, "beta": 0}) == digest({})
    assert digest({"beta": 1}) == digest({"beta": 1.0}) != digest({})
    assert digest({"num_peers": 3}) == digest({"num_peers": 3.0}) != digest({})
    assert digest({"alpha": 0.3, "beta": 1.0}) == digest({"beta": 1.0, "alpha": 0.3})


def test_that_a_spec_is_not_changed_by_chance():
    with pytest.raises(ValueError, match="frozen"):
        RunSpec().seed = 3
    with pytest.raises(SpecError):
        spec(name="")


@pytest.mark.parametrize(("option", "value"), [
    ("checkpoint_minutes", -0.1), ("checkpoint_minutes", "soon"), ("checkpoint_minutes", 1e9),
    ("keep_every", -1), ("keep_every", 0.5),
])
def test_that_checkpoints_cannot_be_kept_in_such_a_way(option, value):
    with pytest.raises(SpecError, match=option):
        spec(training={option: value})
