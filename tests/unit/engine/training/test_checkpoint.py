import errno
import json
import os
import pickle
import shutil

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.spec.errors import CheckpointError, DataError
from engine.store.checkpoints import facts_sha256
from engine.training import checkpoint
from engine.training.checkpoint import (
    FACTS,
    STATE,
    Progress,
    Snapshot,
    checkpoints,
    load_checkpoint,
    prune,
    sweep,
    write_checkpoint,
)

LEDGER = {
    "points": {"a": {"steps": [1], "times": [0.1], "values": [float("inf")]}}, "summaries": {}
}


def trained(steps=2, make=torch.optim.SGD, **options):
    """A small system and its optimiser after some steps."""
    torch.manual_seed(0)
    system = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    system.to(memory_format=torch.channels_last)
    options = options or {"lr": 0.1, "momentum": 0.9, "fused": True}
    optimizer = make(system.parameters(), **options)
    for _ in range(steps):
        step(system, optimizer, torch.randn(8, 2, 5, 5))
    return system, optimizer


def step(system, optimizer, x_BCHW):
    optimizer.zero_grad()
    system(x_BCHW.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    optimizer.step()


def snapshot_of(system, optimizer, number=1):
    progress = Progress(number, 1.5, 80.0, 1, 2)
    return Snapshot.take(system, optimizer, progress, number // 4, "run", LEDGER)


def save(folder, number):
    system, optimizer = trained(number)
    return write_checkpoint(folder, snapshot_of(system, optimizer, number), "hash")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_equal(left, right):
    """Of the same types, values, dtypes, shapes and strides, all the way down."""
    assert type(left) is type(right)
    if isinstance(left, torch.Tensor):
        assert (left.dtype, left.shape, left.stride()) == (right.dtype, right.shape, right.stride())
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            assert_equal(left[key], right[key])
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_equal(one, other)
    else:
        assert left == right


OPTIMIZERS = [
    (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "fused": True}),
    (torch.optim.SGD, {"lr": 0.1}),
    (torch.optim.AdamW, {"lr": 0.01, "betas": (0.8, 0.99), "fused": True}),
]


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize(("make", "options"), OPTIMIZERS)
def test_that_a_training_goes_on_from_a_checkpoint_bit_by_bit(tmp_path, make, options, steps):
    system, optimizer = trained(steps, make, **options)
    write_checkpoint(tmp_path, snapshot_of(system, optimizer, steps), "hash")
    found, complaints = load_checkpoint(tmp_path)
    assert complaints == []
    assert found.progress == Progress(steps, 1.5, 80.0, 1, 2)
    assert (found.run, found.ledger, found.best_sha256) == ("run", LEDGER, "hash")
    assert (found.epoch, found.torch_version) == (steps // 4, torch.__version__)
    assert_equal(found.system, dict(system.state_dict()))
    assert_equal(found.optimizer, optimizer.state_dict())
    other, other_optimizer = trained(1, make, **options)
    other.load_state_dict(found.system)
    other_optimizer.load_state_dict(found.optimizer)
    for x_BCHW in torch.randn(2, 8, 2, 5, 5):
        step(system, optimizer, x_BCHW)
        step(other, other_optimizer, x_BCHW)
    assert_equal(other.state_dict(), system.state_dict())


class Odd(nn.Module):
    """Tensors of every kind, some of them twice."""

    def __init__(self):
        super().__init__()
        self.layer = self.again = nn.Linear(3, 2)
        self.again_weight = self.layer.weight
        for name, tensor in {
            "short": torch.randn(5).bfloat16(), "long": torch.tensor(0.1).double(),
            "flag": torch.tensor(True), "count": torch.tensor(2**40), "empty": torch.empty(0, 3),
            "transposed": torch.randn(4, 6).t(), "row": torch.randn(4, 4)[1],
            "column": torch.randn(4, 4)[:, 1],
            "nan": torch.tensor([float("nan"), -0.0]).half(),
        }.items():
            self.register_buffer(name, tensor)


def test_that_tensors_of_every_kind_come_back_as_they_were(tmp_path):
    system = Odd()
    snapshot = snapshot_of(system, torch.optim.SGD(system.parameters()))
    assert sum("weight" in name for name in snapshot.tensors) == 1
    write_checkpoint(tmp_path, snapshot)
    found = load_checkpoint(tmp_path)[0].system
    expected = system.state_dict()
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
        assert torch.equal(found[name].nan_to_num(7), tensor.nan_to_num(7))
    assert found["transposed"].stride() == (1, 6)
    assert torch.signbit(found["nan"][1])
    other = Odd()
    other.load_state_dict(found)
    assert other.layer.weight is other.again_weight


def test_that_a_snapshot_is_of_its_moment(tmp_path):
    system, optimizer = trained(1)
    expected = {name: tensor.clone() for name, tensor in system.state_dict().items()}
    snapshot = snapshot_of(system, optimizer)
    step(system, optimizer, torch.randn(8, 2, 5, 5))
    write_checkpoint(tmp_path, snapshot)
    assert_equal(load_checkpoint(tmp_path)[0].system, expected)
    weights = snapshot.weights()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_that_there_may_be_none(tmp_path):
    assert load_checkpoint(tmp_path) is None
    assert load_checkpoint(tmp_path / "nowhere") is None


def test_that_the_newest_is_read(tmp_path):
    for number in (9, 3, 100_000_000):
        write_checkpoint(tmp_path, snapshot_of(*trained(1), number))
    assert names(tmp_path) == ["step-00000003", "step-00000009", "step-100000000"]
    assert load_checkpoint(tmp_path)[0].progress.step == 100_000_000
    assert names(tmp_path / "step-00000003") == [FACTS, STATE]


def test_that_what_a_kill_left_is_ignored_and_swept(tmp_path):
    save(tmp_path, 1)
    shutil.copytree(tmp_path / "step-00000001", tmp_path / "step-00000002.new")
    (tmp_path / "best.safetensors.new").write_bytes(b"half of a")
    assert load_checkpoint(tmp_path)[0].progress.step == 1
    save(tmp_path, 2)
    assert load_checkpoint(tmp_path)[0].progress.step == 2
    (tmp_path / "step-00000003.new").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["step-00000001", "step-00000002"]


def flip(path, where):
    content = bytearray(path.read_bytes())
    content[int(where * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def rewrite(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def other_numbers(document):
    document["facts"]["progress"]["step"] = 1


def other_version(document):
    document["version"] = 2


def sealed_anew(change):
    """As if somebody had written it so, with the right hash."""
    def altered(document):
        change(document["facts"])
        document["sha256"] = facts_sha256(document["facts"])
    return lambda place: rewrite(place / FACTS, altered)


DAMAGE = {
    "state missing": (lambda p: (p / STATE).unlink(), "state.safetensors is missing"),
    "state empty": (lambda p: (p / STATE).write_bytes(b""), "has 0 bytes, not "),
    "state cut": (lambda p: os.truncate(p / STATE, 300), "has 300 bytes, not "),
    "state flipped": (lambda p: flip(p / STATE, 0.7), "safetensors does not have its SHA-256"),
    "header flipped": (lambda p: flip(p / STATE, 0), "state.safetensors does not have its SHA"),
    "state a folder": (
        lambda p: ((p / STATE).unlink(), (p / STATE).mkdir()), "state.safetensors has "
    ),
    "json missing": (lambda p: (p / FACTS).unlink(), "checkpoint.json is missing"),
    "json empty": (lambda p: (p / FACTS).write_bytes(b""), "checkpoint.json is no JSON"),
    "json a pickle": (lambda p: (p / FACTS).write_bytes(pickle.dumps({})), "is no JSON"),
    "json cut": (lambda p: os.truncate(p / FACTS, 300), "checkpoint.json is no JSON"),
    "json nested": (lambda p: (p / FACTS).write_text("[" * 99_999), "is no JSON"),
    "json a list": (lambda p: (p / FACTS).write_text("[]"), "is not of a checkpoint"),
    "json bare": (lambda p: (p / FACTS).write_text('{"version": 1}'), "is damaged"),
    "other numbers": (lambda p: rewrite(p / FACTS, other_numbers), "does not have its SHA-256"),
    "other version": (lambda p: rewrite(p / FACTS, other_version), "of version 2, and this is 1"),
    "empty folder": (lambda p: (shutil.rmtree(p), p.mkdir()), "checkpoint.json is missing"),
    "a file": (lambda p: (shutil.rmtree(p), p.write_text("")), "Not a directory"),
    "no system": (sealed_anew(lambda facts: facts.pop("system")), "is damaged"),
    "no progress": (sealed_anew(lambda facts: facts["progress"].clear()), "it is of step 0"),
    "no such tensor": (sealed_anew(lambda facts: facts["system"]["0.bias"].update(
        {"$tensor": "x"})), "is damaged"),
    "strides": (sealed_anew(lambda facts: facts["system"]["0.bias"].update(
        {"stride": [-1]})), "is damaged"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_that_the_one_before_is_used_when_the_last_is_damaged(tmp_path, how):
    save(tmp_path, 1)
    place = save(tmp_path, 2)
    damage, said = DAMAGE[how]
    damage(place)
    found, (complaint,) = load_checkpoint(tmp_path)
    assert found.progress.step == 1
    assert complaint.startswith(f"checkpoint {place} is damaged (")
    assert said in complaint
    assert "\n" not in complaint


def test_that_a_renamed_checkpoint_is_damage(tmp_path):
    save(tmp_path, 1).rename(tmp_path / "step-00000007")
    with pytest.raises(DataError, match=r"is damaged \(it is of step 1\)"):
        load_checkpoint(tmp_path)


def test_that_damage_to_all_is_said_and_nothing_is_trained_on(tmp_path):
    flip(save(tmp_path, 1) / STATE, 1)
    (save(tmp_path, 2) / FACTS).unlink()
    with pytest.raises(DataError, match=r"2 is damaged .*1 is damaged .*: move .* away, and"):
        load_checkpoint(tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.sampled_from([STATE, FACTS]), st.integers(0, 7))
def test_that_no_flipped_bit_goes_unnoticed(tmp_path_factory, where, name, bit):
    folder = tmp_path_factory.mktemp("checkpoint")
    place = save(folder, 1)
    content = bytearray((place / name).read_bytes())
    content[int(where * (len(content) - 1))] ^= 1 << bit
    (place / name).write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        load_checkpoint(folder)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_that_any_bytes_are_damage_in_words(tmp_path_factory, content):
    place = tmp_path_factory.mktemp("checkpoint") / "step-00000001"
    place.mkdir()
    for name in (STATE, FACTS):
        (place / name).write_bytes(content)
    with pytest.raises(DataError, match=r"^[^\n]*is damaged[^\n]*$"):
        load_checkpoint(place.parent)


class Malicious:
    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize("name", [STATE, FACTS])
def test_that_code_in_a_checkpoint_is_not_run(tmp_path, name):
    marker = tmp_path / "pwned"
    place = save(tmp_path / "checkpoints", 1)
    torch.save(Malicious(marker), place / name)
    with pytest.raises(DataError, match="is damaged"):
        load_checkpoint(place.parent)
    assert not marker.exists()


def test_that_a_checkpoint_that_was_read_is_not_held_open(tmp_path):
    place = save(tmp_path, 1)
    found, _ = load_checkpoint(tmp_path)
    before = (place / STATE).read_bytes()
    weight = found.system["0.weight"].clone()
    (place / STATE).write_bytes(bytes(len(before)))
    assert torch.equal(found.system["0.weight"], weight)


@pytest.mark.parametrize("call", ["save_file", "sync_file", "sync_folder"])
def test_that_a_full_disk_leaves_the_checkpoints_that_were_there(tmp_path, monkeypatch, call):
    save(tmp_path, 1)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint, call, full)
    said = r"^the checkpoint .*step-00000002 cannot be written \(No space left on device\): make ro"
    with pytest.raises(CheckpointError, match=said):
        save(tmp_path, 2)
    assert names(tmp_path) == ["step-00000001"]
    monkeypatch.undo()
    save(tmp_path, 2)
    assert load_checkpoint(tmp_path)[0].progress.step == 2


def test_that_the_library_says_when_the_disk_is_full(tmp_path):
    resource = pytest.importorskip("resource")
    system, optimizer = trained(1)
    snapshot = snapshot_of(system, optimizer)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(CheckpointError, match=r"cannot be written \([^\n]*File too large"):
            write_checkpoint(tmp_path, snapshot)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_folder_that_cannot_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="make the folder writable"):
            save(tmp_path, 1)
    finally:
        tmp_path.chmod(0o700)


def test_that_a_damaged_checkpoint_is_written_again(tmp_path):
    flip(save(tmp_path, 1) / STATE, 0.5)
    save(tmp_path, 1)
    assert load_checkpoint(tmp_path)[1] == []


@pytest.mark.parametrize(("newest", "count", "every", "left"), [
    (6, 2, 0, [5, 6]), (6, 1, 0, [6]), (6, 2, 2, [2, 4, 5, 6]), (6, 1, 4, [4, 6]),
    (3, 2, 0, [2, 3]), (0, 2, 0, [0]), (3, 1, 6, [3]),
])
def test_that_the_newest_and_those_of_every_so_many_steps_are_kept(
    tmp_path, newest, count, every, left
):
    for number in range(7):
        (tmp_path / f"step-{number:08d}").mkdir()
        (tmp_path / f"step-{number:08d}" / STATE).write_text("")
    (tmp_path / "step-mine").mkdir()
    expected = [tmp_path / f"step-{number:08d}" for number in left]
    assert prune(tmp_path, newest, count, every) == expected
    assert sorted(checkpoints(tmp_path)) == left
    assert (tmp_path / "step-mine").exists()
