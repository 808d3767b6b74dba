import pytest

from engine.spec.errors import SpecError
from engine.spec.forking import check_fork, fork_digest
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec


def spec(**tables):
    return parse(RunSpec, tables, "spec")


PARENT = spec(method={"name": "sila"}, training={"epochs": 10})


@pytest.mark.parametrize("change", [
    {"method": {"name": "plain"}},
    {"method": {"name": "sila", "options": {"alpha": 0.0}}},
    {"regularizers": {"mixup": {}}},
    {"dataset": {"augmentation": "none"}},
    {"training": {"epochs": 5, "lr": 0.01, "optimizer": "adamw", "sharpness": "sam"}},
    {"name": "another experiment"},
])
def test_that_method_regularizers_augmentation_and_recipe_may_change(change):
    check_fork(PARENT, 4, spec(**{"training": {"epochs": 10}, **change}))


@pytest.mark.parametrize(("change", "key"), [
    ({"seed": 1}, "seed"),
    ({"backbone": {"name": "resnet20"}}, r"backbone\.name"),
    ({"dataset": {"name": "cifar10"}}, r"dataset\.name"),
    ({"dataset": {"validation": 0.2}}, r"dataset\.validation"),
    ({"dataset": {"split_seed": 1}}, r"dataset\.split_seed"),
    ({"dataset": {"train_images": 100}}, r"dataset\.train_images"),
    ({"training": {"epochs": 10, "batch_size": 64}}, r"training\.batch_size"),
])
def test_that_network_images_and_seed_stay(change, key):
    with pytest.raises(SpecError, match=f"^a fork keeps [^\n]* leave {key} at [^\n]*$"):
        check_fork(PARENT, 4, spec(**{"training": {"epochs": 10}, **change}))


def test_that_something_must_be_left_to_train():
    check_fork(PARENT, 9, PARENT)
    with pytest.raises(SpecError, match=r"at epoch 10 has nothing left to train of 10 epoch"):
        check_fork(PARENT, 10, PARENT)


def test_that_forks_of_one_variant_at_one_epoch_are_one_variant_whatever_their_seed():
    other = PARENT.model_copy(update={"seed": 5})
    digest = fork_digest(PARENT, PARENT.digest(), 4)
    assert fork_digest(other, other.digest(), 4) == digest
    assert len({digest, PARENT.digest(), fork_digest(PARENT, PARENT.digest(), 5),
                fork_digest(PARENT, "another", 4),
                fork_digest(spec(), PARENT.digest(), 4)}) == 5
