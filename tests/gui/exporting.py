"""The export page as a test meets it."""

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidget, QWidget

from engine.spec.card import Card
from engine.spec.rows import Summary
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, points, run_queue, staff
from studio.pages.export.predictions import PredictionRow

OPSET = {"type": "integer", "default": 20, "minimum": 18, "maximum": 23, "title": "Opset"}
FORMATS = [
    Card(kind="export", name="onnx", title="ONNX", summary="",
         options={"properties": {"opset": OPSET}}),
    Card(kind="export", name="safetensors", title="safetensors", summary=""),
    Card(kind="export", name="early", title="Early exit", summary="",
         facts={"default": False, "outputs": "several"}),
    Card(kind="export", name="vino", title="Vino", summary="",
         facts={"pip": "pip install 'sila-studio[vino]'"}),
]
NETWORKS = [
    Card(kind="backbone", name=trait, title=trait, summary="", traits=(trait,), facts=facts)
    for trait, facts in (("exits", {"num_exits": 2}), ("reparameterizable", {}), ("paths", {}))
]
METHODS = [
    Card(kind="method", name="plain", title="Plain", summary="", facts={"num_peers": 1}),
    Card(kind="method", name="dml", title="DML", summary="", facts={"num_peers": 2}, options={
        "properties": {"num_peers": {"type": "integer", "default": 2},
                       "peer_backbones": {"type": "array", "default": []}},
    }),
]
OLD = {
    "run": 1, "weights": "best", "step": 40, "params_training": 90_938, "params_deployed": 77_754,
    "params_removed": 13_184, "removed_modules": {"auxiliary": 13_184},
    "results": {"test/top1": 91.11},
    "formats": {"onnx": {
        "file": "model.onnx", "sha256": "7017" + 60 * "0", "bytes": 346_112,
        "top1_agreement": 1.0, "max_abs_logit_diff": 2.4e-6, "num_images": 450,
        "latency_ms_batch1": 0.03,
    }},
}
"""A certificate of the first version, which said less."""


def proof(file, **changed):
    """What a certificate says of one file."""
    return {
        **OLD["formats"]["onnx"], "file": file, "max_rel_logit_diff": 4e-7,
        "test_top1": 91.11, "test_ece": 2.5, "warnings": [],
        "graph": {"nodes": 22, "tensors": 24, "numbers": 77_421, "beyond_plain": 0},
        "latency": [
            {"batch": 1, "ms": 0.06, "plain_ms": 0.05, "ratio": 1.2,
             "ratio_interval": [1.1, 1.3], "calls": 200},
            {"batch": 32, "ms": 0.4, "plain_ms": 0.4, "ratio": 1.0,
             "ratio_interval": [0.98, 1.02], "calls": 200},
        ],
        **changed,
    }


CERTIFICATE = {
    **OLD, "version": 3, "name": "sila resnet8 digits s0", "digest": "1289a25b99ed",
    "results": {"test/loss": 0.2225, "test/top1": 91.11, "test/ece": 2.5},
    "metrics": {
        "test/top1": {"title": "Top-1 accuracy", "unit": "%"},
        "test/ece": {"title": "Calibration error", "unit": "%"},
        "test/loss": {"title": "Loss", "unit": ""},
    },
    "data": {"digest": "e0d1", "images": {"training": 1078, "validation": 269, "test": 450}},
    "part": {"name": "the whole network", "params_left_out": 0},
    "reference": {"num_images": 450, "of": 450, "test_top1": 91.11, "test_ece": 2.5},
    "formats": {
        "onnx": proof("model.onnx"),
        "int8": proof("model.int8.onnx", bytes=88_000, top1_agreement=0.95, test_top1=90.5,
                      warnings=["another class for 5.0% of the images"]),
    },
    "versions": {"python": "3.11.9", "torch": "2.14.0"},
    "machine": "Linux x86_64", "threads": 2, "created_at": "2026-11-23T12:00:00Z",
}


def complete(store, seed, backbone="resnet8", method="plain", options=None):
    """A completed run that held out validation images."""
    run_queue.enqueue(store, [RunSpec(
        seed=seed, backbone=BackboneSpec(name=backbone),
        method=MethodSpec(name=method, options=options or {}),
    )])
    claim = run_queue.claim(store, staff.enter(store, "run"))
    with store.write() as connection:
        points.append(connection, claim.run, {}, {
            "test/top1": Summary(90.0, 9, 91.0, 8), "val/top1": Summary(89.0, 9, 90.0, 8),
        })
    run_queue.finish(store, claim, RunState.COMPLETED)
    return claim.run


def complete_next(client):
    """Complete the run that waits first; it held out no validation images."""
    claim = run_queue.claim(client.store, staff.enter(client.store, "run"))
    run_queue.finish(client.store, claim, RunState.COMPLETED)
    return claim.run


def put_bundle(client, run, name="bundle", certificate=CERTIFICATE):
    """Enter a bundle of a run, as an export does; returns its folder."""
    folder = client.workspace.export_folder(run) / name
    folder.mkdir(parents=True)
    (folder / "certificate.json").write_text("{}")
    (folder / "README.md").write_text("# resnet8 trained on digits")
    artifacts.record(client.store, run, "bundle", folder, num_bytes=1_500_000,
                     facts={"certificate": certificate})
    return folder


def put_checkpoints(client, run, *steps):
    """Checkpoints of a run of 40 steps."""
    for step in steps:
        folder = client.workspace.run_folder(run) / "checkpoints" / f"step-{step:08}"
        folder.mkdir(parents=True)
        artifacts.record(client.store, run, "checkpoint", folder, step=step, num_bytes=1)


def look_at(qtbot, page, run):
    """Choose a run, once it is listed."""
    qtbot.waitUntil(lambda: run in listed(page))
    page._runs.choose(run)


def listed(page):
    view = page._runs.view
    return [view.item(at).data(Qt.ItemDataRole.UserRole) for at in range(view.count())]


def button(page, name):
    return page.findChild(QPushButton, name)


def bundles(page):
    return page.findChild(QTreeWidget, "export_bundles")


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def certificate_texts(page):
    return texts(page.findChild(QWidget, "certificate"))


def enabled(box):
    """Which entries of a list can be chosen."""
    return [box.model().item(at).isEnabled() for at in range(box.count())]


def choose(box, at):
    """Choose an entry as the user does."""
    box.setCurrentIndex(at)
    box.activated.emit(at)


def show_bundle(qtbot, page, run):
    """Look at a run's newest bundle, which was written behind the page's back."""
    page._bundles.show_run(run)
    qtbot.waitUntil(lambda: bundles(page).topLevelItemCount() > 0)


def make_image(folder, name="cat.png"):
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    path = folder / name
    image.save(str(path))
    return path


def drop(page, paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    page._try.dropEvent(QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    ))


def shown_predictions(page):
    return [row for row in page.findChildren(PredictionRow) if row.isVisible()]
