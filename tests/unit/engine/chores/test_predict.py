import json
import shutil
import signal

import pytest
import torch
from PIL import Image

from engine.build import load_data
from engine.chores import CHORES
from engine.chores.export import export_run
from engine.chores.predict import open_bundle, set_against
from engine.cli.follow import current_catalog
from engine.exports import extra, latency
from engine.exports.serve import predict_all
from engine.registry import lookup
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.workspace import Workspace
from engine.store import artifacts, run_queue, runs, schema, staff
from engine.store.connect import open_store
from engine.training.weights import LAST_WEIGHTS
from engine.worker import attempt

PLAIN, OURS = 1, 2
FORMATS = ["onnx", "safetensors", "torchscript"]
NUM_IMAGES = 40


def spec_of(method):
    return RunSpec(
        dataset=DatasetSpec(train_images=100), backbone=BackboneSpec(name="resnet8"),
        method=MethodSpec(name=method),
        training=TrainingSpec(epochs=1, batch_size=50, threads=1, device="cpu"),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a plain run and a SiLa run, a bundle of the latter, and some digits."""
    workspace = Workspace(tmp_path_factory.mktemp("predicted"))
    store, threads = open_store(workspace), torch.get_num_threads()
    handler = signal.getsignal(signal.SIGTERM)
    catalog, worker = current_catalog(store), staff.hire(store, "train")
    for method in ("plain", "sila"):
        run_queue.enqueue(store, [catalog.resolve(spec_of(method))])
        claimed = run_queue.claim(store, worker)
        run_queue.finish(store, claimed, *attempt(store, claimed))
    signal.signal(signal.SIGTERM, handler)
    torch.set_num_threads(threads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latency, "TIMED_S", 0.0)
        export(store, OURS, FORMATS)
        digits = load_data(spec_of("plain").dataset, workspace).test.images_NHWC
    for at in range(NUM_IMAGES):
        Image.fromarray(digits[at, :, :, 0]).save(workspace.root / f"{at}.png")
    store.close()
    return workspace


@pytest.fixture
def store(made, workspace, monkeypatch):
    """A copy of it, to be changed."""
    monkeypatch.setattr(latency, "TIMED_S", 0.0)
    shutil.copytree(made.root, workspace.root, dirs_exist_ok=True)
    store = open_store(workspace)
    yield store
    store.close()


def export(store, run, formats):
    return export_run(store, {"run": run, "formats": formats}, lambda *_: None)["certificate"]


def bundle_of(store, run):
    return artifacts.locate(store, artifacts.list_artifacts(store, run, "bundle")[0])


def images(store):
    return [store.workspace.root / f"{at}.png" for at in range(NUM_IMAGES)]


def ask(store, **arguments):
    given = {"bundle": str(bundle_of(store, OURS)), "images": list(map(str, images(store)))}
    return CHORES["predict"](store, given | arguments, lambda *_: None)


def labels(answers):
    return [answer["top"][0]["label"] for answer in answers]


def test_that_every_file_of_a_bundle_answers_in_its_own_runtime(store):
    answers = {name: ask(store, format=name) for name in FORMATS}
    assert [answers[name]["model"] for name in FORMATS] == [
        "model.onnx", "model.safetensors", "model.torchscript"
    ]
    for other in FORMATS[1:]:
        for ours, theirs in zip(
            answers["onnx"]["predictions"], answers[other]["predictions"], strict=True
        ):
            assert theirs["model"] == answers[other]["model"]
            assert theirs["top"][0]["label"] == ours["top"][0]["label"]
            assert theirs["top"][0]["probability"] == pytest.approx(
                ours["top"][0]["probability"], abs=1e-4
            )


def test_that_a_bundle_without_onnx_answers_with_what_it_has(store):
    export(store, OURS, ["safetensors"])
    assert ask(store)["model"] == "model.safetensors"


def test_that_a_file_that_was_changed_is_not_opened(store):
    with (bundle_of(store, OURS) / "model.torchscript").open("ab") as file:
        file.write(b"another program")
    with pytest.raises(ExportError, match=r"model.torchscript was changed since the export"):
        ask(store, format="torchscript")


def test_that_a_file_whose_package_is_missing_says_the_pip_line(store, monkeypatch):
    folder = bundle_of(store, OURS)
    told = json.loads((folder / "certificate.json").read_text())
    told["formats"]["openvino"] = {"file": "model.xml", "options": {}}
    (folder / "certificate.json").write_text(json.dumps(told))
    line = "pip install 'sila-studio[openvino]'"
    monkeypatch.setitem(lookup("export", "openvino").card.facts, "pip", line)
    with pytest.raises(ExportError, match=r"openvino files need .* 'sila-studio\[openvino\]'$"):
        ask(store, format="openvino")


def test_that_a_package_that_is_there_needs_no_line():
    assert extra.needs("json") == {"needs": "json"}
    assert extra.needs("no_such_package")["pip"] == "pip install 'sila-studio[no_such_package]'"


@pytest.mark.long
def test_that_the_plain_run_is_asked_by_its_own_bundle_where_it_has_one(store):
    by_weights = ask(store, against=PLAIN)
    name = runs.get_run(store, PLAIN).name
    assert by_weights["against"] == {"run": PLAIN, "name": name, "model": None}
    export(store, PLAIN, ["onnx"])
    by_bundle = ask(store, against=PLAIN)
    assert by_bundle["against"] == {"run": PLAIN, "name": name, "model": "model.onnx"}
    alone = predict_all(open_bundle(bundle_of(store, PLAIN)), images(store))
    for answers in (by_weights["predictions"], by_bundle["predictions"]):
        assert [answer["against"]["label"] for answer in answers] == labels(alone)
    assert labels(alone) != labels(by_bundle["predictions"]), "they should disagree somewhere"


def test_that_a_part_of_the_plain_network_does_not_stand_for_it(store):
    part = {"certificate": {"part": {"name": "exit 1 of 2"}}}
    artifacts.record(store, PLAIN, "bundle", bundle_of(store, OURS), num_bytes=1, facts=part)
    assert ask(store, against=PLAIN)["against"]["model"] is None


def test_that_why_a_run_cannot_be_set_against_is_said_beside_the_predictions(store, workspace):
    (workspace.run_folder(PLAIN) / LAST_WEIGHTS).unlink()
    answered = ask(store, against=PLAIN)
    assert answered["against"]["run"] == PLAIN
    assert "are missing" in answered["against"]["error"]
    assert labels(answered["predictions"]) == labels(ask(store)["predictions"])
    assert not any("against" in answer for answer in answered["predictions"])


@pytest.mark.parametrize(("changed", "said"), [
    ({"data_digest": "other"}, "was trained on other data than the bundle"),
    ({"state": "failed"}, "run 1 is failed: only a completed run"),
])
def test_that_runs_that_cannot_be_compared_are_refused(store, changed, said):
    with store.write() as connection:
        connection.execute(
            schema.run.update().where(schema.run.c.id == PLAIN).values(**changed)
        )
    with pytest.raises(ExportError, match=said):
        set_against(store, open_bundle(bundle_of(store, OURS)), PLAIN, [])


def test_that_an_image_that_cannot_be_read_is_asked_of_nobody(store, tmp_path):
    garbage = tmp_path / "garbage.png"
    garbage.write_bytes(b"no image")
    answered = ask(store, images=[str(images(store)[0]), str(garbage)], against=PLAIN)
    good, bad = answered["predictions"]
    assert good["against"]["run"] == PLAIN
    assert bad.keys() == {"file", "error"}
