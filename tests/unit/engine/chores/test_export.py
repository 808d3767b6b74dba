import errno
import os
import re
import shutil
import signal
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pytest
import torch
from PIL import Image

from engine.build import load_data, make_backbone
from engine.chores import CHORES
from engine.chores.export import export_run
from engine.chores.verify import verify_bundle
from engine.cli.follow import current_catalog
from engine.exports import extra, latency
from engine.exports.certificate import write_sealed
from engine.registry import lookup
from engine.spec.errors import DataError, ExportError, StudioError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.workspace import Workspace
from engine.store import run_queue, runs, schema, staff
from engine.store.connect import open_store
from engine.training.checkpoint import CHECKPOINTS, checkpoints, read_checkpoint
from engine.training.data import Normalise
from engine.training.weights import BEST_WEIGHTS, EMA_WEIGHTS, LAST_WEIGHTS, load_weights
from engine.worker import attempt

SPEC = RunSpec(
    dataset=DatasetSpec(train_images=100), backbone=BackboneSpec(name="aig_resnet20"),
    training=TrainingSpec(
        epochs=2, batch_size=50, keep_every=1, threads=1, device="cpu", ema_decay=0.9
    ),
)

ONE = {"run": 1, "formats": ["safetensors"]}
NO_PROCESS = 99_999_999


def train_here(store, spec):
    run_queue.enqueue(store, [current_catalog(store).resolve(spec)])
    claimed = run_queue.claim(store, staff.hire(store, "train"))
    run_queue.finish(store, claimed, *attempt(store, claimed))
    return claimed


@contextmanager
def as_before():
    """Training sets threads and signals of the process."""
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A workspace with a run of a skipping network, trained in this process."""
    workspace = Workspace(tmp_path_factory.mktemp("trained"))
    store = open_store(workspace)
    with as_before():
        train_here(store, SPEC)
    store.close()
    return workspace


@pytest.fixture
def store(trained, workspace, monkeypatch):
    """A copy of it, to be changed."""
    monkeypatch.setattr(latency, "TIMED_S", 0.0)
    monkeypatch.setattr(latency, "LEAST_CALLS", 3)
    monkeypatch.setattr(latency, "OTHER_PACE", 1000.0)
    shutil.copytree(trained.root, workspace.root, dirs_exist_ok=True)
    store = open_store(workspace)
    with as_before():
        yield store
    store.close()


def test_that_a_path_ships_with_what_it_reaches_on_all_test_images(store, workspace):
    said = []
    answer = export_run(
        store, {"run": 1, "path": "common", "formats": ["safetensors"]},
        lambda *told: said.append(told[2]),
    )
    certificate = answer["certificate"]
    taken = [bit == "1" for bit in certificate["part"]["path"]]
    assert certificate["part"]["name"] == f"the path of {sum(taken)} of {len(taken)} blocks"
    assert any(told.startswith("testing the path of") for told in said)
    assert certificate["data"]["images"] == {"training": 100, "validation": 136, "test": 450}
    data = load_data(SPEC.dataset, workspace)
    network = make_backbone(SPEC.backbone, 10, 1).subnet_for_path(taken).eval()
    network.load_state_dict(load_weights(workspace.root / answer["folder"] / "model.safetensors"))
    with torch.no_grad():
        x = Normalise(data.mean, data.std)(torch.from_numpy(data.test.images_NHWC))
        right = network(x).argmax(1) == torch.from_numpy(data.test.labels_N)
    assert certificate["results"]["test/top1"] == pytest.approx(100 * right.double().mean().item())


@pytest.mark.parametrize(("arguments", "said"), [
    ({"formats": ["safetensors"], "format_options": {"onnx": {"opset": 18}}}, "is not exported"),
    ({"formats": ["onnx"], "format_options": {"onnx": {"opset": 3}}}, "opset = 3: "),
    ({"images": 999}, "^images = 999: files are proved on 1,000 test images or more"),
    ({"formats": ["onxx"]}, "did you mean 'onnx'"),
    ({"formats": ["bogus"]}, r"^unknown export 'bogus' \(known: executorch\b.* onnx, .*openvino\b"),
    pytest.param(
        {"formats": ["bogus"]}, r"openvino \(pip install 'sila-studio\[openvino\]'\)",
        marks=pytest.mark.skipif(find_spec("openvino") is not None, reason="it is installed"),
    ),
    ({"formats": ["safetensors"], "license": "MIT\nor not"}, "the licence is one line of 200"),
    ({"formats": ["safetensors"], "license": "x" * 201}, "the licence is one line of 200"),
    pytest.param(
        {"formats": ["openvino"]}, r"pip install 'sila-studio\[openvino\]'$",
        marks=pytest.mark.skipif(find_spec("openvino") is not None, reason="it is installed"),
    ),
])
def test_that_formats_and_options_that_are_not_there_are_refused(store, arguments, said):
    with pytest.raises(StudioError, match=said):
        export_run(store, {"run": 1, **arguments}, lambda *_: None)


@pytest.mark.long
def test_that_a_format_whose_package_is_missing_keeps_no_other_from_being_written(
    store, monkeypatch
):
    entry, line = lookup("export", "torch_export"), "pip install 'sila-studio[torch_export]'"
    without = entry.card.model_copy(update={"facts": {**entry.card.facts, "pip": line}})
    monkeypatch.setattr(extra, "lookup", lambda kind, name: (
        replace(entry, card=without) if name == "torch_export" else lookup(kind, name)
    ))
    asked = {"run": 1, "formats": ["torch_export", "safetensors"]}
    certificate = export_run(store, asked, lambda *_: None)["certificate"]
    assert certificate["formats"].keys() == {"safetensors"}
    said = f"torch_export files need a package that is not installed: {line}"
    assert certificate["not_written"] == {"torch_export": said}
    with pytest.raises(ExportError, match=f"^{re.escape(said)}$"):
        export_run(store, {"run": 1, "formats": ["torch_export"]}, lambda *_: None)
    with pytest.raises(StudioError, match="unknown key"):
        export_run(store, {**asked, "format_options": {"torch_export": {"no": 1}}}, lambda *_: None)


@pytest.mark.long
def test_that_kept_checkpoints_ship_as_their_mean_with_numbers_of_its_own(store, workspace):
    kept = checkpoints(workspace.run_folder(1) / CHECKPOINTS)
    assert sorted(kept) == [2, 4]
    answer = export_run(
        store, {"run": 1, "weights": "average", "formats": ["safetensors"], "license": " MIT "},
        lambda *_: None,
    )
    certificate = answer["certificate"]
    assert certificate["license"] == "MIT"
    assert certificate["averaged"] == {"steps": [2, 4]}
    first, second = (read_checkpoint(place).system["peers.0.head.weight"]
                     for place in kept.values())
    assert not torch.equal(first, second)
    shipped = load_weights(workspace.root / answer["folder"] / "model.safetensors")
    torch.testing.assert_close(shipped["head.weight"], (first + second) / 2)
    measured = certificate["reference"]["test_top1"]
    assert certificate["results"]["test/top1"] == pytest.approx(measured)
    readme = (workspace.root / answer["folder"] / "README.md").read_text()
    assert "the mean of those of steps 2, 4" in readme


@pytest.mark.long
def test_that_the_running_average_ships_with_its_own_numbers(store, workspace):
    certificate = export_run(
        store, {"run": 1, "weights": "ema", "formats": ["safetensors"]}, lambda *_: None
    )["certificate"]
    assert (certificate["weights"], certificate["ema"]) == ("ema", {"decay": 0.9})
    measured = certificate["reference"]["test_top1"]
    assert certificate["results"]["test/top1"] == pytest.approx(measured)
    assert runs.get_run(store, 1).summaries["test/top1/ema"].last == pytest.approx(measured)
    [folder] = (workspace.root / "exports").glob("*/*")
    shipped = load_weights(folder / "model.safetensors")
    averaged = load_weights(workspace.run_folder(1) / EMA_WEIGHTS)
    assert all(torch.equal(shipped[name], averaged[f"peers.0.{name}"]) for name in shipped)
    assert "running average of those of all steps (EMA, decay 0.9)" in (
        folder / "README.md").read_text()


@pytest.mark.long
def test_that_a_peer_that_was_never_evaluated_ships_with_calibrated_widths(store, workspace):
    claimed = train_here(store, SPEC.model_copy(update={
        "backbone": BackboneSpec(name="us_resnet20"), "method": MethodSpec(name="dml"),
        "training": TrainingSpec(epochs=1, batch_size=100, threads=1, device="cpu"),
    }))
    kept = load_weights(workspace.run_folder(claimed.run) / LAST_WEIGHTS)
    assert not any(kept[name].any() for name in kept if re.match(r"peers\.1\..*\.means$", name))
    asked = {"run": claimed.run, "peer": "2", "exit": "all", "formats": ["safetensors"]}
    folder = workspace.root / export_run(store, asked, lambda *_: None)["folder"]
    shipped = load_weights(folder / "model.safetensors")
    means = [shipped[name] for name in shipped if name.endswith(".means")]
    assert means
    assert all(at_width.any() for of_norm in means for at_width in of_norm)


def test_that_a_run_without_an_average_ships_none(store):
    claimed = train_here(store, SPEC.model_copy(update={"training": TrainingSpec(
        epochs=1, batch_size=50, threads=1, device="cpu")}))
    with pytest.raises(ExportError, match=r"run 2 has averaged no weights: train with training"):
        export_run(store, {"run": claimed.run, "weights": "ema"}, lambda *_: None)


def test_that_one_checkpoint_is_no_average(store, workspace):
    shutil.rmtree(checkpoints(workspace.run_folder(1) / CHECKPOINTS)[2])
    with pytest.raises(ExportError, match=r"run 1 has kept 1: train with training\.keep_every$"):
        export_run(store, {"run": 1, "weights": "average"}, lambda *_: None)


def test_that_weights_with_a_flipped_bit_are_not_exported(store, workspace):
    for name in (BEST_WEIGHTS, LAST_WEIGHTS):
        path = workspace.run_folder(1) / name
        data = bytearray(path.read_bytes())
        data[-5] ^= 1  # within the last tensor: the file can still be read
        path.write_bytes(data)
        load_weights(path)
    with pytest.raises(DataError, match=r"the weights .* are damaged \(they do not have their SHA"):
        export_run(store, {"run": 1, "formats": ["safetensors"]}, lambda *_: None)
    assert [*workspace.export_folder(1).iterdir()] == []


@pytest.mark.long
def test_that_a_fork_says_so_and_its_bundle_is_verified_on_its_runs_images(store, workspace):
    with store.write() as connection:
        connection.execute(schema.run.update().values(
            forked_from=7, forked_at=1, digest="0123456789ab"
        ))
    answer = export_run(store, {"run": 1, "formats": ["safetensors"]}, lambda *_: None)
    folder, certificate = Path(answer["folder"]), answer["certificate"]
    assert (certificate["forked_from"], certificate["forked_at"]) == (7, 1)
    assert certificate["digest"] == "0123456789ab" != SPEC.digest()
    assert "- Continued from run 7 at epoch 1.\n" in (folder / "README.md").read_text()
    stored = runs.get_run(store, 1).value("test/top1", "best")
    assert certificate["results"]["test/top1"] == stored  # it is no other network

    asked = {"bundle": str(folder), "run": 1}
    result = CHORES["verify"](store, asked, lambda *_: None)
    assert (result["verified"], result["formats"].keys()) == (True, {"safetensors"})
    assert "not_asked" not in result

    certificate["data"]["digest"] = "0" * 16  # as if the run's data had been exchanged
    certificate.pop("seal")
    write_sealed(folder, certificate)
    result = CHORES["verify"](store, asked, lambda *_: None)
    assert (result["verified"], result["formats"]) == (True, {})
    assert "holds other data than the export was proved on" in result["not_asked"]


def test_that_a_class_whose_name_has_a_line_break_ships_and_verifies(store, tmp_path):
    data, colours = tmp_path / "images", {"line\nbreak": 40, "carriage\r\nreturn": 200}
    for name, colour in colours.items():
        (data / name).mkdir(parents=True)
        for number in range(10):
            picture = Image.new("RGB", (8, 8), (colour, number, 0))
            picture.save(data / name / f"{number}.png")
    spec = RunSpec(
        dataset=DatasetSpec(name="image_folder", root=str(data), options={"size": 8}),
        training=TrainingSpec(epochs=1, batch_size=8, threads=1, device="cpu"),
    )
    with as_before():
        run = train_here(store, spec).run
    folder = tmp_path / "bundle"
    export_run(store, {"run": run, "out": str(folder), "formats": ["safetensors"]}, lambda *_: None)
    assert (folder / "labels.txt").read_bytes() == b"carriage return\nline break\n"
    assert verify_bundle(folder, data, lambda *_: None)["fault"] == ""


def test_that_a_file_of_weights_that_it_began_with_is_told_by_its_name_alone(store, tmp_path):
    weights, folder = tmp_path / "of_mine" / "begun.pth", tmp_path / "bundle"
    weights.parent.mkdir()
    backbone = BackboneSpec(name="tv_squeezenet1_1", options={"weights": str(weights)})
    network = make_backbone(BackboneSpec(name="tv_squeezenet1_1"), 2, 3)
    torch.save(network.network.state_dict(), weights)
    pixels, labels = torch.randint(0, 256, (24, 32, 32, 3)).byte().numpy(), [0, 1] * 12
    np.savez(
        tmp_path / "data.npz", x_train=pixels[:16], y_train=labels[:16], x_test=pixels[16:],
        y_test=labels[16:],
    )
    spec = RunSpec(
        backbone=backbone, dataset=DatasetSpec(name="npz", root=str(tmp_path / "data.npz")),
        training=TrainingSpec(epochs=1, batch_size=8, threads=1, device="cpu"),
    )
    with as_before():
        run = train_here(store, spec).run
    export_run(store, {"run": run, "out": str(folder), "formats": ["safetensors"]}, lambda *_: None)
    told = (folder / "certificate.json").read_text()
    assert '"weights": "begun.pth"' in told
    assert "of_mine" not in told
    assert (
        "\n- Training began from the weights in `begun.pth`, not from random ones.\n"
        in (folder / "README.md").read_text()
    )
    weights.unlink()
    assert verify_bundle(folder, None, lambda *_: None)["fault"] == ""


@pytest.mark.long
def test_that_no_other_export_takes_the_folder_of_one_under_way(store):
    wanted, made = {"run": 1, "formats": ["safetensors"]}, []

    def meanwhile(_done, _of, said):
        if said.startswith("proving") and not made:
            made.append(None)
            made.append(export_run(store, wanted, lambda *_: None)["folder"])

    first = Path(export_run(store, wanted, meanwhile)["folder"])
    second = Path(made[1])
    assert (first.name[-2:], second.name[-2:]) == ("-1", "-2")
    for folder in (first, second):
        assert verify_bundle(folder, None, lambda *_: None)["fault"] == ""


@pytest.mark.long
def test_that_what_a_killed_export_left_goes_and_its_name_is_free(store, workspace):
    parent = workspace.export_folder(1)
    name = f"{runs.get_run(store, 1).name.replace(' ', '-')}-best-1"
    for pid in (NO_PROCESS, os.getppid()):
        left = parent / f".{name}.{pid}.partial"
        left.mkdir(parents=True)
        (left / "model.onnx").write_bytes(b"half")
    (parent / name).mkdir()
    folder = Path(export_run(store, ONE, lambda *_: None)["folder"])
    assert folder.name == name
    others = f".{name}.{os.getppid()}.partial"  # of a process that is still there
    assert {path.name for path in parent.iterdir()} == {name, others}


@pytest.mark.long
def test_that_a_full_disk_beside_is_named_by_export_and_verification(
    store, tmp_path, monkeypatch
):
    folder = tmp_path / "bundle"
    export_run(store, {**ONE, "out": str(folder)}, lambda *_: None)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("engine.chores.verification.TemporaryDirectory", full)
    said = f"^cannot verify {folder}: {gettempdir()}: No space left on device$"
    with pytest.raises(ExportError, match=said):
        verify_bundle(folder, None, lambda *_: None)
    monkeypatch.setattr("engine.exports.proof.write_plain", full)
    said = f"which is written into {gettempdir()} for that: No space left on device$"
    with pytest.raises(ExportError, match=said):
        export_run(store, {**ONE, "out": str(tmp_path / "other")}, lambda *_: None)
    assert not (tmp_path / "other").exists()


def test_that_an_export_that_fails_leaves_no_folder(store, workspace):
    with pytest.raises(ExportError):
        export_run(store, {"run": 1, "exit": 99, "formats": ["safetensors"]}, lambda *_: None)
    assert [*workspace.export_folder(1).iterdir()] == []
