import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget

from engine.store import tasks
from tests.gui.claiming import next_task
from tests.gui.exporting import (
    CERTIFICATE,
    OLD,
    bundles,
    certificate_texts,
    put_bundle,
    show_bundle,
    texts,
)

pytestmark = pytest.mark.gui
RESULT = {
    "verified": True, "complete": True, "fault": "",
    "checks": ["10 files and the certificate are as written"], "formats": {"onnx": {}},
    "not_opened": [], "not_checked": ["who wrote it"],
}


@pytest.fixture
def listed(qtbot, page, client, runs):
    """The page with a bundle of the run that is looked at."""
    folder = put_bundle(client, runs[1])
    show_bundle(qtbot, page, runs[1])
    return page, folder


def action(page, name):
    return page._context.commands.action(f"export.{name}")


def verdict(page):
    return page.findChild(QWidget, "export_verdict")


def verify(qtbot, page, client, result):
    """Press Verify, and let a worker answer."""
    action(page, "verify").trigger()
    task = next_task(qtbot, client)
    tasks.succeed(client.store, task.id, result)
    qtbot.waitUntil(verdict(page).isVisible)
    return task


def row(page, at):
    item = bundles(page).topLevelItem(at)
    return [item.text(column) for column in range(5)]


def test_that_earlier_bundles_are_listed_with_what_they_hold(qtbot, page, client, runs):
    part = {"name": "exit 1 of 2", "params_left_out": 9}
    put_bundle(client, runs[0], "one", {**CERTIFICATE, "weights": "last", "part": part})
    peer = {"number": 2, "of": 2, "chosen": "as asked for"}
    told = {"values": [0.6], "num_images": 9, "test_ece_before": 4.0}
    results = {"test/ece": 1.0}
    put_bundle(client, runs[0], "two", {
        **CERTIFICATE, "peer": peer, "temperature": told, "results": results,
    })
    page._runs.choose(runs[0])
    qtbot.waitUntil(lambda: bundles(page).topLevelItemCount() == 2)
    assert row(page, 0)[1:] == ["peer 2 of 2, best, T = 0.60", "ONNX, int8", "1.4 MiB", "there"]
    assert row(page, 1)[1] == "exit 1 of 2, last"
    qtbot.keyClick(bundles(page), Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "last, step 40" in certificate_texts(page))


def test_that_a_bundle_that_is_gone_is_told_and_can_still_be_read_about(
    qtbot, page, client, runs
):
    shutil.rmtree(folder := put_bundle(client, runs[1]))
    show_bundle(qtbot, page, runs[1])
    assert row(page, 0)[4] == "moved or deleted"
    qtbot.waitUntil(lambda: "13,184 parameters\nauxiliary: 13,184" in certificate_texts(page))
    for name in ("verify", "card", "reveal"):
        assert not action(page, name).isEnabled()
        assert action(page, name).toolTip().endswith(f"{folder} was moved or deleted")
    assert action(page, "copy").isEnabled()
    assert not page._try.acceptDrops()


def test_that_a_bundle_is_verified_on_its_runs_images(qtbot, listed, client, runs):
    page, folder = listed
    task = verify(qtbot, page, client, RESULT)
    assert (task.kind, task.arguments) == ("verify", {"bundle": str(folder), "run": runs[1]})
    said = texts(verdict(page))
    assert said[1].startswith("Verified: every byte, operator and tensor is as it was written")
    assert said[2:] == [
        "10 files and the certificate are as written",
        "Not checked here: who wrote it.",
    ]
    assert action(page, "verify").isEnabled()


@pytest.mark.parametrize(("changed", "line"), [
    ({"verified": False, "fault": "model.onnx was changed since the export: its SHA-256 is 12…"},
     "Not what was exported: model.onnx was changed since the export: its SHA-256 is 12…"),
    ({"formats": {}, "not_asked": "there are no files in /data"},
     "Every byte, operator and tensor is as it was written; no file was asked about images "
     "(there are no files in /data)."),
    ({"complete": False, "not_opened": ["openvino"]},
     "Not fully verified: no fault was found, but not every file could be opened and inspected "
     "here."),
])
def test_that_the_verdict_is_one_clear_line(qtbot, listed, client, changed, line):
    page, _ = listed
    verify(qtbot, page, client, {**RESULT, **changed})
    assert verdict(page).accessibleName() == line


def test_that_a_verification_that_fails_says_why(qtbot, listed, client):
    page, _ = listed
    action(page, "verify").trigger()
    assert action(page, "verify").toolTip().endswith("A verification is under way")
    tasks.fail(client.store, next_task(qtbot, client).id, "there is no folder x")
    qtbot.waitUntil(lambda: verdict(page).accessibleName() == "there is no folder x")


def test_that_a_verification_can_be_cancelled(qtbot, listed, client):
    page, _ = listed
    action(page, "verify").trigger()
    task = next_task(qtbot, client)
    action(page, "cancel_verification").trigger()
    qtbot.waitUntil(lambda: verdict(page).accessibleName() == "The verification was cancelled.")
    assert tasks.get_task(client.store, task.id).state == "cancelled"


def test_that_a_verdict_does_not_land_under_another_bundle(qtbot, listed, client, runs):
    page, _ = listed
    action(page, "verify").trigger()
    task = next_task(qtbot, client)
    page._runs.choose(runs[0])
    qtbot.waitUntil(lambda: tasks.get_task(client.store, task.id).state == "cancelled")
    qtbot.waitUntil(lambda: page._bundles._verifying is None)
    assert not verdict(page).isVisible()


def test_that_the_certificate_is_copied_as_markdown(listed):
    page, _ = listed
    action(page, "copy").trigger()
    assert QGuiApplication.clipboard().text().startswith("# Certificate of run 1")


def test_that_the_model_card_is_read_in_the_window(qtbot, listed):
    page, folder = listed
    action(page, "card").trigger()
    qtbot.waitUntil(lambda: page.window().findChild(QTextBrowser, "model_card") is not None)
    card = page.window().findChild(QTextBrowser, "model_card")
    assert card.toPlainText().startswith("resnet8 trained on digits")
    card.window().close()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    (folder / "README.md").unlink()
    heard = []
    page._context.messages.said.connect(heard.append)
    action(page, "card").trigger()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0].text == f"The model card {folder / 'README.md'} cannot be read."


def test_that_the_folder_is_shown_or_named(listed, monkeypatch):
    page, folder = listed
    heard = []
    page._context.messages.said.connect(heard.append)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    action(page, "reveal").trigger()
    assert heard[0].text.endswith(f"The bundle is in {folder}")


def test_that_without_a_bundle_the_commands_say_what_to_do(page):
    for name in ("verify", "card", "copy", "reveal"):
        assert action(page, name).toolTip().endswith("Choose an exported run on the Export page "
                                                     "first")


def test_that_bundles_of_the_first_version_are_listed_too(qtbot, page, client, runs):
    put_bundle(client, runs[1], certificate=OLD)
    show_bundle(qtbot, page, runs[1])
    assert row(page, 0)[1:3] == ["the whole network, best", "ONNX"]
