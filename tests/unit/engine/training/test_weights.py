import errno
import os

import pytest
import torch
from torch import nn

from engine.spec.errors import CheckpointError, DataError
from engine.training.weights import file_sha256, load_weights, save_weights


def system_of(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(4, 2))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_that_weights_come_back_with_the_hash_of_their_file(tmp_path):
    system = system_of()
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


def test_that_weights_with_another_hash_are_damaged(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, system_of())
    digest = file_sha256(path)
    assert load_weights(path, digest).keys() == system_of().state_dict().keys()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"are damaged \(they do not have their SHA-256\)"):
        load_weights(path, digest)


def test_that_modules_under_two_names_are_written_under_both(tmp_path):
    layer = nn.Linear(2, 2)
    save_weights(tmp_path / "w", nn.Sequential(layer, layer))
    loaded = load_weights(tmp_path / "w")
    assert loaded.keys() == {"0.weight", "0.bias", "1.weight", "1.bias"}
    assert all(torch.equal(loaded[f"{i}.weight"], layer.weight) for i in (0, 1))


def test_that_a_full_disk_leaves_the_weights_that_were_there(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    save_weights(path, system_of())
    before = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"^the weights .* \(No space left on device\): ma"):
        save_weights(path, system_of(1))
    assert path.read_bytes() == before
    assert names(tmp_path) == ["w.safetensors"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_folder_that_cannot_be_written_is_said(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="make the folder writable"):
            save_weights(tmp_path / "w.safetensors", system_of())
    finally:
        tmp_path.chmod(0o700)


def test_that_a_file_where_the_folder_should_be_is_said(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(CheckpointError, match=r"^the weights [^\n]*/run/w cannot be written"):
        save_weights(tmp_path / "run" / "w", system_of())
