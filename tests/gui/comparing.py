"""The compare page as a test meets it: runs that are done, and what stands where."""

import time

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QScrollArea

from engine.analysis.dynamic import CostCurve
from engine.spec.card import Card
from engine.spec.rows import Summary
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, points, run_queue, schema, staff
from engine.store.points import Points
from studio.pages.compare.exports import ExportMenu
from studio.pages.compare.images_section import ImagesSection
from studio.pages.compare.page import ComparePage

EPOCHS, STEPS = 5, 10
LAST = EPOCHS * STEPS
COST = (15e6, 40e6, 120e6)
TOP1 = Card(kind="metric", name="top1", title="Top-1", summary="",
            facts={"direction": "up", "unit": "%"})
KNOWN = [
    TOP1,
    Card(kind="backbone", name="resnet8", title="ResNet-8", summary="",
         facts={"multiply_adds": [12_000_000], "input_size": 32}),
    Card(kind="backbone", name="msdnet", title="MSDNet", summary="", traits=("exits",)),
    Card(kind="regularizer", name="mixup", title="Mixup", summary="", options={
        "properties": {"alpha": {"type": "number", "default": 1.0}},
    }),
    Card(kind="dataset", name="digits", title="Digits", summary=""),
    Card(kind="method", name="plain", title="Plain", summary=""),
    Card(kind="method", name="sila", title="SiLa", summary="", options={
        "properties": {"alpha": {"type": "number", "default": 0.5, "minimum": 0}},
    }),
]


def train(
    store, method, seed, accuracy, seconds=10.0, backbone="resnet8", regularizers=None,
    epochs=EPOCHS, dataset=None, **options
):
    """Queue one run and play the worker that completes it."""
    spec = RunSpec(name="x", seed=seed, method=MethodSpec(name=method, options=options),
                   backbone=BackboneSpec(name=backbone), training=TrainingSpec(epochs=epochs),
                   regularizers=regularizers or {}, dataset=dataset or DatasetSpec())
    run_queue.enqueue(store, [spec])
    claim = run_queue.claim(store, staff.enter(store, "run"))
    steps = np.arange(1, LAST + 1)
    times = time.time() + seconds / LAST * steps
    ends = steps[STEPS - 1 :: STEPS]
    values = accuracy - np.arange(EPOCHS, 0, -1.0)
    summary = Summary(accuracy, LAST, accuracy + 0.5, LAST - STEPS)
    with store.write() as connection:
        points.append(connection, claim.run, {
            "train/loss": Points(steps, times, 1 / steps),
            "val/top1": Points(ends, times[ends - 1], values),
        }, {"val/top1": summary, "test/top1": summary})
        connection.execute(schema.run.update().where(schema.run.c.id == claim.run).values(
            num_steps=LAST, steps_per_epoch=STEPS, seconds=seconds, params_deployed=78042,
        ))
    run_queue.finish(store, claim, RunState.COMPLETED, final_step=LAST)
    return claim.run


def begin(store, method, seed, epochs=1000):
    """Queue one run and play the worker that begins it."""
    spec = RunSpec(name="x", seed=seed, method=MethodSpec(name=method),
                   backbone=BackboneSpec(name="resnet8"), training=TrainingSpec(epochs=epochs))
    run_queue.set_parallel_runs(store, 100)
    run_queue.enqueue(store, [spec])
    claim = run_queue.claim(store, staff.enter(store, "run"))
    with store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == claim.run).values(
            num_steps=epochs * STEPS, steps_per_epoch=STEPS, params_deployed=78042,
        ))
    return claim


def validate(store, run, epochs):
    """Let a run that trains come to the ends of some epochs."""
    steps = STEPS * np.asarray(epochs, dtype=np.int64)
    values = 50.0 + steps / STEPS
    summary = Summary(float(values[-1]), int(steps[-1]), float(values[-1]), int(steps[-1]))
    with store.write() as connection:
        points.append(
            connection, run, {"val/top1": Points(steps, time.time() + steps, values)},
            {"val/top1": summary},
        )
        connection.execute(
            schema.run.update().where(schema.run.c.id == run).values(step=int(steps[-1]))
        )


def train_dynamic(client, method, seed, accuracy, kinds=("anytime", "budgeted")):
    """A completed run of a network with three exits, with what it reaches at which cost."""
    run = train(client.store, method, seed, accuracy, backbone="msdnet")
    for kind in kinds:
        curve = CostCurve(kind, COST, (accuracy - 9, accuracy - 3, accuracy))
        path = client.workspace.root / f"{run}-{kind}.json"
        facts = {**curve.to_json(), "weights": "last", "step": 1}
        artifacts.record(client.store, run, "curve", path, num_bytes=1, facts=facts)
    return run


def opened(qtbot, context, runs, size=(1208, 744)):
    """The page, once it shows these runs."""
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    qtbot.waitUntil(lambda: page.study is not None)
    return page


def texts(page):
    """What labels say; blanks at which no line may break are blanks, too."""
    return [label.text().replace("\N{NO-BREAK SPACE}", " ")
            for label in page.findChildren(QLabel) if label.isVisibleTo(page)]


def digest(page, method):
    return next(v.digest for v in page.study.variants if v.method == method)


def said(page, what, method):
    """What a label of a variant says."""
    return page.findChild(QLabel, f"{what}_{digest(page, method)}").text()


def scroll_area(page):
    return page.findChild(QScrollArea, "compare_scroll")


def looked_at(qtbot, page):
    """Scroll to the test images, and wait until they were read."""
    section = page.findChild(ImagesSection, "compare_images")

    def was_read():
        scroll_area(page).ensureWidgetVisible(section)  # again, for the page may grow yet
        return section._found is not None and section._asked == section._question()

    qtbot.waitUntil(was_read)
    return section


def command(page, part, form):
    """The command that takes a part away, asked anew whether it can."""
    page._context.commands.refresh()
    return page._context.commands.action(f"compare.export.{part}.{form}")


def copied(qtbot, page, part, ending):
    """The table of a part, as it is copied."""
    QGuiApplication.clipboard().clear()
    command(page, part, f"copy_{ending}").trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    return QGuiApplication.clipboard().text()


def export_menu(page, part):
    """The menu of a part, as it is when the menu of all is opened."""
    page.findChild(ExportMenu).aboutToShow.emit()
    return page.findChild(QMenu, f"export_{part}")


def choose(page, name, data):
    """Choose an entry of a box as a user does."""
    box = page.findChild(QObject, name)
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())
