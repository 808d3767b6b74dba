from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from engine.spec.run_spec import TrainingSpec
from engine.store import staff, tasks
from studio.item_models.wording import duration
from tests.gui.composing import click_card, start, type_into, wait_for_text
from tests.gui.listing import do

pytestmark = pytest.mark.gui


def variant(**changed):
    return {
        "seconds": 60.0, "step_ms": 10.0, "num_steps": 10, "earlier": 0, "correction": 1.0,
        "memory_mib": 1024.0, "memory_limit_mib": 8192.0, "disk_bytes": 2**20, "device": "cpu",
        "threads": 1, **changed,
    }


def shown(page, name):
    return page.findChild(QLabel, f"probe_{name}").text()


def probe(page):
    return page.findChild(QToolButton, "compose.probe.button")


def asked(qtbot, page, client):
    """Press the button; the task that asks for steps."""
    qtbot.mouseClick(probe(page), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tasks.queued_tasks(client.store) == 1)
    return tasks.claim_task(client.store, staff.enter(client.store, "task"))


def answer(client, task, *variants, **rest):
    told = {"variants": variants, "disk_free_bytes": 2**40, "parallel_runs": 1, "busy": False}
    tasks.succeed(client.store, task.id, told | rest)


def test_that_a_probe_tells_time_memory_and_disk_of_all_runs(qtbot, page, client):
    assert [shown(page, name) for name in ("time", "memory", "disk")] == ["–"] * 3
    wait_for_text(qtbot, page, "Queue 6 runs")
    task = asked(qtbot, page, client)
    assert task.kind == "probe"
    assert [spec["method"]["name"] for spec in task.arguments["specs"]] == ["plain", "sila"]
    assert not probe(page).isEnabled()
    answer(client, task, variant(), variant(seconds=120.0, memory_mib=2048.0))
    qtbot.waitUntil(lambda: shown(page, "time") == "9 min in all, 1 min – 2 min a run")
    assert (shown(page, "memory"), shown(page, "disk")) == ("2.0 GiB", "6.0 MiB")
    assert shown(page, "source") == "From 20 steps on cpu."
    assert probe(page).isEnabled()
    type_into(qtbot, page, "compose_seeds", "0-4")
    qtbot.waitUntil(lambda: shown(page, "time") == "15 min in all, 1 min – 2 min a run")
    click_card(qtbot, page, "backbone", "ResNet-20")
    qtbot.waitUntil(lambda: shown(page, "time") == "–")
    assert len(asked(qtbot, page, client).arguments["specs"]) == 2  # only what is not known yet


def test_that_what_does_not_fit_or_cannot_be_probed_is_said(qtbot, page, client):
    wait_for_text(qtbot, page, "Queue 6 runs")
    task = asked(qtbot, page, client)
    answer(client, task, variant(memory_mib=9216.0), {"error": "no such data"}, busy=True)
    qtbot.waitUntil(lambda: "no such data" in shown(page, "said"))
    assert "sila, resnet8, digits: no such data" in shown(page, "said")
    assert "takes about 9.0 GiB of memory, and cpu has 8.0 GiB" in shown(page, "said")
    assert shown(page, "source") == (
        "From 10 steps on cpu. Another run was training: alone it goes quicker."
    )


def test_that_a_probe_can_be_cancelled(qtbot, page, client, context):
    task = asked(qtbot, page, client)
    cancel = page.findChild(QToolButton, "task_cancel")
    assert cancel.isEnabled()
    do(context, "compose.cancel")
    qtbot.waitUntil(lambda: shown(page, "said") == "The probe was cancelled.")
    assert tasks.get_task(client.store, task.id).state == "cancelled"
    assert probe(page).isEnabled()


def test_that_what_cannot_be_trained_cannot_be_probed(qtbot, page):
    type_into(qtbot, page, "compose_seeds", "x")
    qtbot.waitUntil(lambda: not start(page).isEnabled())
    assert not probe(page).isEnabled()
    assert "seed" in probe(page).toolTip()


def test_that_another_number_of_epochs_is_reckoned_from_what_was_probed(qtbot, page, client):
    wait_for_text(qtbot, page, "Queue 6 runs")
    answer(client, asked(qtbot, page, client), variant(), variant(seconds=120.0))
    qtbot.waitUntil(lambda: shown(page, "time") == "9 min in all, 1 min – 2 min a run")
    epochs = page.editor.draft().training.get("epochs", TrainingSpec().epochs)
    type_into(qtbot, page, "editor_epochs", str(2 * epochs))
    qtbot.waitUntil(lambda: shown(page, "time") == "18 min in all, 2 min – 4 min a run")
    assert shown(page, "source").endswith("Reckoned from another number of epochs.")
    type_into(qtbot, page, "editor_batch_size", "16")
    qtbot.waitUntil(lambda: shown(page, "time") == "–")


def test_that_earlier_runs_tell_the_time_before_anything_is_probed(
    qtbot, page, client, context, filling
):
    wait_for_text(qtbot, page, "Queue 6 runs")
    epochs = TrainingSpec().epochs
    for run in filling.queue(("plain", "sila"), seeds=(0, 1), epochs=epochs):
        filling.complete(run, epochs=4)  # two seconds each
    qtbot.waitUntil(lambda: context.feed.runs == client.runs())
    type_into(qtbot, page, "compose_seeds", "0-4")
    told = f"about 8 s a run, {duration(10 * 8.0)} one after another"
    qtbot.waitUntil(lambda: shown(page, "time") == told)
    qtbot.waitUntil(lambda: shown(page, "source").startswith("From 4 earlier runs"))
    assert "on cpu" in shown(page, "source")
    [later] = filling.queue(("plain",), seeds=(2,), epochs=epochs)
    filling.complete(later, epochs=4)
    qtbot.waitUntil(lambda: shown(page, "source").startswith("From 5 earlier runs"))
    click_card(qtbot, page, "backbone", "ResNet-20")
    qtbot.waitUntil(lambda: shown(page, "time") == "–")


def test_that_earlier_runs_on_other_images_tell_nothing(qtbot, page, context, filling):
    for run in filling.queue(("plain", "sila"), epochs=TrainingSpec().epochs):
        filling.complete(run)
    qtbot.waitUntil(lambda: shown(page, "time").startswith("about 8 s a run"))
    type_into(qtbot, page, "editor_train_images", "140")
    qtbot.waitUntil(lambda: shown(page, "time") == "–")
    assert shown(page, "source") == "A few real steps of every variant tell."


def test_that_runs_that_tell_of_two_variants_are_counted_once(qtbot, page, filling):
    for run in filling.queue(("plain", "sila"), epochs=TrainingSpec().epochs):
        filling.complete(run)
    page.editor.set_draft(replace(page.editor.draft(), varied={"training.lr": [0.1, 0.2]}))
    page.editor.edited.emit()
    told = f"about 8 s a run, {duration(12 * 8.0)} one after another"
    qtbot.waitUntil(lambda: shown(page, "time") == told)
    assert shown(page, "source").startswith("From 2 earlier runs on cpu ")
