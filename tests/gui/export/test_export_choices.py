import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit

from engine.spec.rows import Summary
from engine.spec.run_spec import RunSpec
from engine.store import artifacts, points, run_queue, tasks
from tests.gui.claiming import next_task
from tests.gui.exporting import (
    button,
    choose,
    complete,
    complete_next,
    enabled,
    look_at,
    put_checkpoints,
)

pytestmark = pytest.mark.gui
REASON = Qt.ItemDataRole.ToolTipRole


def box(page, name):
    return page.findChild(QComboBox, name)


def arguments(qtbot, page, client):
    """What an export is asked for with."""
    button(page, "export_start").click()
    return next_task(qtbot, client).arguments


def test_that_options_fold_out_and_are_used(qtbot, page, client, tmp_path):
    assert not box(page, "export_weights").isVisible()
    button(page, "export_more").click()
    page.findChild(QCheckBox, "format_safetensors").setChecked(False)
    choose(box(page, "export_weights"), 1)
    page.findChild(QCheckBox, "export_temperature").click()
    page.findChild(QCheckBox, "export_fold_bn").click()
    for name, value in (("editor_opset", "18"), ("editor_images", "1500")):
        line = page.findChild(QLineEdit, name)
        line.clear()
        qtbot.keyClicks(line, value)
    qtbot.keyClicks(page._export.options._folder.control, str(tmp_path))
    asked = arguments(qtbot, page, client)
    assert asked.pop("run")
    assert asked == {
        "formats": ["onnx"], "weights": "last", "out": str(tmp_path), "temperature": True,
        "fold_bn": True, "images": 1500, "format_options": {"onnx": {"opset": 18}},
    }


def test_that_a_proof_is_on_a_thousand_images_at_least(qtbot, page):
    button(page, "export_more").click()
    line = page.findChild(QLineEdit, "editor_images")
    for value, allowed in (("999", False), ("1000", True)):
        line.clear()
        qtbot.keyClicks(line, value)
        assert button(page, "export_start").isEnabled() == allowed


def test_that_a_format_whose_package_is_missing_cannot_be_ticked_and_says_the_pip_line(page):
    button(page, "export_more").click()
    box_of = page.findChild(QCheckBox, "format_vino")
    assert box_of.isVisible()
    assert not box_of.isEnabled()
    assert not box_of.isChecked()
    line = "Not installed: pip install 'sila-studio[vino]'"
    assert box_of.toolTip() == line
    assert page.findChild(QLabel, "format_vino_reason").text() == line
    assert page._export.options.titles()["vino"] == "Vino"


def test_that_a_format_shows_its_options_while_it_is_ticked(page):
    button(page, "export_more").click()
    line = page.findChild(QLineEdit, "editor_opset")
    assert line.isVisible()
    page.findChild(QCheckBox, "format_onnx").click()
    assert not line.isVisible()


def test_that_an_option_that_cannot_be_bars_the_export_with_its_reason(qtbot, page):
    button(page, "export_more").click()
    line = page.findChild(QLineEdit, "editor_opset")
    line.clear()
    qtbot.keyClicks(line, "99")
    assert not button(page, "export_start").isEnabled()
    assert "ONNX: Opset: must be at most 23" in button(page, "export_start").toolTip()
    page.findChild(QCheckBox, "format_onnx").click()
    assert button(page, "export_start").isEnabled()


def test_that_no_format_is_no_export(page, client):
    for name in ("onnx", "safetensors"):
        page.findChild(QCheckBox, f"format_{name}").setChecked(False)
    assert not button(page, "export_start").isEnabled()
    assert "Tick at least one format." in button(page, "export_start").toolTip()
    assert tasks.queued_tasks(client.store) == 0


def test_that_ticks_stay_while_the_catalogue_becomes_complete(page, context):
    page.findChild(QCheckBox, "format_onnx").setChecked(False)
    context.feed.catalog_changed.emit(context.feed.catalog)
    assert page._export.options.formats() == ["safetensors"]


def test_that_a_run_of_one_network_has_no_peer_to_choose(page):
    button(page, "export_more").click()
    assert not box(page, "export_peer").isVisible()


def test_that_any_peer_can_ship_or_all_as_one(qtbot, page, client):
    run = complete(client.store, 5, method="dml", options={"peer_backbones": ["resnet14"]})
    button(page, "export_more").click()
    look_at(qtbot, page, run)
    peers = box(page, "export_peer")
    assert peers.isVisible()
    assert [peers.itemText(at) for at in range(4)] == [
        "Peer 1 of 2, resnet8: the one that the method ships", "The best peer by validation",
        "Peer 2 of 2, resnet14", "All 2 as one: the mean of their probabilities",
    ]
    assert [peers.itemData(at) for at in range(4)] == [None, "best", 2, "ensemble"]
    choose(peers, 2)
    assert arguments(qtbot, page, client)["peer"] == 2


def test_that_an_ensemble_and_a_part_exclude_each_other(qtbot, page, client):
    run = complete(client.store, 5, "exits", method="dml")
    button(page, "export_more").click()
    look_at(qtbot, page, run)
    peers, part = box(page, "export_peer"), box(page, "export_part")
    choose(peers, 3)
    assert not part.isEnabled()
    assert page.findChild(QLabel, "export_part_help").text() == "An ensemble ships whole."
    choose(peers, 0)
    assert part.isEnabled()
    choose(part, 1)
    assert enabled(peers) == [True, True, True, False]
    assert peers.itemData(3, REASON).startswith("An ensemble ships whole: choose the whole")


def test_that_without_validation_images_nothing_is_chosen_by_them(qtbot, page, client):
    run_queue.enqueue(client.store, [RunSpec(seed=9)])
    look_at(qtbot, page, complete_next(client))
    temperature = page.findChild(QCheckBox, "export_temperature")
    assert not temperature.isEnabled()
    assert page._export.options._temperature_help.text().endswith("no validation images.")


@pytest.mark.parametrize(("steps", "can"), [((10, 20, 40), True), ((10, 40), False)])
def test_that_an_average_needs_two_late_checkpoints(qtbot, page, client, steps, can):
    run = complete(client.store, 5)
    put_checkpoints(client, run, *steps)
    with client.store.write() as connection:
        connection.exec_driver_sql(f"update run set num_steps = 40 where id = {run}")
    button(page, "export_more").click()
    look_at(qtbot, page, run)
    weights = box(page, "export_weights")
    qtbot.waitUntil(lambda: "Looking" not in weights.itemData(2, REASON))
    qtbot.waitUntil(lambda: enabled(weights) == [True, True, can, False])
    help_ = page._export.options._weights_help
    assert help_.isVisible() != can
    assert ("this run has kept 1" in help_.text()) != can


def test_that_averaged_weights_ship_of_a_run_that_kept_them(qtbot, page, client):
    run = complete(client.store, 5)
    with client.store.write() as connection:
        summary = Summary(92.0, 9, 92.0, 9)
        points.append(connection, run, {}, {"test/top1/ema": summary})
    look_at(qtbot, page, run)
    weights = box(page, "export_weights")
    assert enabled(weights)[3]
    choose(weights, 3)
    assert arguments(qtbot, page, client)["weights"] == "ema"


def put_curve(client, run, weights, top1):
    path = client.workspace.export_folder(run) / f"anytime-{weights}.json"
    facts = {"kind": "anytime", "weights": weights, "cost": [1e6, 2e6], "top1": top1}
    artifacts.record(client.store, run, "curve", path, num_bytes=1, facts=facts)


def test_that_an_exit_is_chosen_by_what_it_reaches(qtbot, page, client):
    run = complete(client.store, 5, "exits")
    put_curve(client, run, "last", [70.0, 80.0])
    put_curve(client, run, "best", [71.0, 81.0])
    ships = box(page, "export_part")
    assert not ships.isVisible()
    look_at(qtbot, page, run)
    qtbot.waitUntil(lambda: "71.00 % test top-1" in ships.itemText(1))
    ships.setCurrentIndex(1)
    choose(box(page, "export_weights"), 1)
    assert ships.currentText().startswith("Exit 1 of 2   ·   70.00 %")
    assert arguments(qtbot, page, client)["exit"] == 1
    page._runs.choose(1)
    assert not ships.isVisible()


def test_that_a_format_that_needs_all_exits_waits_for_them(qtbot, page, client):
    button(page, "export_more").click()
    early = page.findChild(QCheckBox, "format_early")
    assert not early.isVisible()
    look_at(qtbot, page, complete(client.store, 5, "exits"))
    assert early.isVisible()
    assert not early.isEnabled()
    assert early.toolTip() == "It needs all exits: choose them under “Ships”."
    part = box(page, "export_part")
    choose(part, 3)
    early.click()
    assert arguments(qtbot, page, client)["formats"] == ["onnx", "safetensors", "early"]
    choose(part, 0)
    assert not early.isChecked()


def test_that_branches_are_folded_if_that_is_ticked(qtbot, page, client):
    look_at(qtbot, page, complete(client.store, 5, "reparameterizable"))
    fold = page.findChild(QCheckBox, "export_fold")
    assert fold.isVisible()
    assert not fold.isChecked()
    fold.click()
    assert arguments(qtbot, page, client)["reparameterize"] is True


def test_that_skipping_blocks_is_promised_of_pytorch_alone(qtbot, page, client):
    look_at(qtbot, page, complete(client.store, 5, "paths"))
    said = page.findChild(QLabel, "export_part_help").text()
    assert "In PyTorch every image takes its own path" in said
    assert "the ONNX graph computes every block" in said
