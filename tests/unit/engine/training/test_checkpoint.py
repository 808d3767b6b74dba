import os
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.spec.errors import DataError
from engine.training.checkpoint import (
    LAST,
    PREVIOUS,
    Progress,
    file_sha256,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)


def trained(steps=2):
    """A small system and its optimiser after some steps."""
    torch.manual_seed(0)
    system = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(system.parameters(), lr=0.1, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        system(torch.randn(8, 3)).square().sum().backward()
        optimizer.step()
    return system, optimizer


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def save(folder, step):
    system, optimizer = trained(step)
    progress = Progress(step, 1.5, 80.0, 1, 2)
    save_checkpoint(folder, system, optimizer, progress, "run", {"points": {}, "summaries": {}})
    return system, optimizer


def test_that_a_checkpoint_gives_back_weights_optimiser_and_position(tmp_path):
    system, optimizer = save(tmp_path, 3)
    state, complaints = load_checkpoint(tmp_path)
    assert complaints == []
    assert Progress(**state["progress"]) == Progress(3, 1.5, 80.0, 1, 2)
    other, other_optimizer = trained(1)
    other.load_state_dict(state["system"])
    other_optimizer.load_state_dict(state["optimizer"])
    for left, right in zip(system.state_dict().values(), other.state_dict().values(), strict=True):
        assert torch.equal(left, right)
    x = torch.randn(8, 3)
    for each, steps in ((system, optimizer), (other, other_optimizer)):
        steps.zero_grad()
        each(x).sum().backward()
        steps.step()
    assert torch.equal(system[0].weight, other[0].weight)


def test_that_there_may_be_none(tmp_path):
    assert load_checkpoint(tmp_path) is None
    assert load_checkpoint(tmp_path / "nowhere") is None


def test_that_the_one_before_is_kept_and_nothing_else(tmp_path):
    for step in (1, 2, 3):
        save(tmp_path, step)
    assert names(tmp_path) == [LAST, PREVIOUS]
    assert load_checkpoint(tmp_path)[0]["progress"]["step"] == 3
    (tmp_path / LAST).unlink()  # as a kill between the two renames leaves it
    state, complaints = load_checkpoint(tmp_path)
    assert (state["progress"]["step"], complaints) == (2, [])


def test_that_a_write_that_was_cut_off_is_ignored_and_overwritten(tmp_path):
    save(tmp_path, 1)
    (tmp_path / (LAST + ".new")).write_bytes(b"half of a")
    assert load_checkpoint(tmp_path)[0]["progress"]["step"] == 1
    save(tmp_path, 2)
    assert load_checkpoint(tmp_path)[0]["progress"]["step"] == 2
    assert names(tmp_path) == [LAST, PREVIOUS]


def damage(path, how):
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes({
        "empty": b"", "garbage": b"garbage" * 99, "half": content[:middle],
        "zeros": bytes(len(content)), "headless": content[10:],
        "a pickle": pickle.dumps({"progress": {}}),
    }[how])


HOW = ["empty", "garbage", "half", "zeros", "headless", "a pickle"]


@pytest.mark.parametrize("how", HOW)
def test_that_the_one_before_is_used_when_the_last_is_damaged(tmp_path, how):
    save(tmp_path, 1)
    save(tmp_path, 2)
    damage(tmp_path / LAST, how)
    state, (complaint,) = load_checkpoint(tmp_path)
    assert state["progress"]["step"] == 1
    assert complaint.startswith(f"checkpoint {tmp_path / LAST} is damaged (")
    assert "\n" not in complaint


@pytest.mark.parametrize("how", HOW)
def test_that_damage_to_all_is_said_and_nothing_is_trained_on(tmp_path, how):
    save(tmp_path, 1)
    save(tmp_path, 2)
    damage(tmp_path / LAST, how)
    damage(tmp_path / PREVIOUS, "half")
    with pytest.raises(DataError, match=rf"{LAST} is damaged .*{PREVIOUS} is damaged .*again$"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("state", [
    {}, {"progress": {}}, {"progress": {"stop": 1}, "system": {}, "optimizer": {}}, [], 3,
], ids=str)
def test_that_what_is_no_state_of_a_training_is_damage(tmp_path, state):
    torch.save(state, tmp_path / LAST)
    with pytest.raises(DataError, match="is damaged"):
        load_checkpoint(tmp_path)


def test_that_a_flipped_bit_in_the_weights_is_noticed(tmp_path):
    save(tmp_path, 1)
    save(tmp_path, 2)
    content = bytearray((tmp_path / LAST).read_bytes())
    weight = trained(2)[0][0].weight.detach().numpy().tobytes()
    content[content.index(weight) + 2] ^= 1
    (tmp_path / LAST).write_bytes(content)
    state, complaints = load_checkpoint(tmp_path)
    assert (state["progress"]["step"], len(complaints)) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.builds(lambda tail: b"\x80\x02" + tail, st.binary(max_size=60)))
def test_that_any_bytes_are_damage_in_words(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("checkpoint")
    (folder / LAST).write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        load_checkpoint(folder)


class Malicious:
    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize("zipped", [True, False])
def test_that_code_in_a_checkpoint_is_not_run(tmp_path, zipped):
    marker = tmp_path / "pwned"
    torch.save(
        {"progress": Malicious(marker)}, tmp_path / LAST, _use_new_zipfile_serialization=zipped
    )
    with pytest.raises(DataError, match="is damaged"):
        load_checkpoint(tmp_path)
    assert not marker.exists()


def test_that_weights_come_back_with_the_hash_of_their_file(tmp_path):
    system, _ = trained()
    system.to(memory_format=torch.channels_last)
    save_weights(tmp_path / "deep" / "w.safetensors", system)
    loaded = load_weights(tmp_path / "deep" / "w.safetensors")
    assert loaded.keys() == system.state_dict().keys()
    assert all(torch.equal(loaded[name], value) for name, value in system.state_dict().items())
    assert names(tmp_path / "deep") == ["w.safetensors"]
    digest = file_sha256(tmp_path / "deep" / "w.safetensors")
    save_weights(tmp_path / "again", system)
    assert file_sha256(tmp_path / "again") == digest
    assert len(digest) == 64


def test_that_missing_or_damaged_weights_are_named(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(DataError, match=r"^the weights [^\n]* are missing: [^\n]*$"):
        load_weights(path)
    for content in (b"", b"garbage" * 9, b"\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"^the weights [^\n]* are damaged [^\n]*$"):
            load_weights(path)
