import tomllib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from engine.spec.spec_file import dump_spec
from studio.pages.compose.toml_dialog import TomlDialog
from tests.gui.composing import edit_as_toml, wait_for_text

pytestmark = pytest.mark.gui


def test_that_the_form_goes_through_toml_and_back(qtbot, page):
    before = page.editor.draft()
    dialog = edit_as_toml(qtbot, page)
    assert tomllib.loads(dialog.text.toPlainText())["grid"]["method"] == [
        {"name": "plain"}, {"name": "sila"}
    ]
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert page.editor.draft() == before


def test_that_edited_toml_is_put_into_the_form(qtbot, page):
    dialog = edit_as_toml(qtbot, page)
    dialog.text.setPlainText(
        'name = "mine"\nseeds = [1]\n[method]\nname = "sila"\n[method.options]\nalpha = 0.3\n'
        '[grid]\n"training.lr" = [0.1, 0.2]\n'
    )
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, page, "Queue 2 runs")
    draft = page.editor.draft()
    assert draft.picks["method"] == ({"name": "sila", "options": {"alpha": 0.3}},)
    assert draft.varied == {"training.lr": [0.1, 0.2]}
    assert "2 training.lr" in page.findChild(QLabel, "preflight_runs").text()


def test_that_toml_of_tables_and_keys_below_them_is_shown_as_it_can_be_used(qtbot, page):
    dialog = edit_as_toml(qtbot, page)
    dialog.text.setPlainText(
        'seeds = [1]\n[grid]\n"training.lr" = [0.05, 0.1]\n'
        "training = [{ epochs = 4 }, { epochs = 8 }]\n"
    )
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, page, "Queue 4 runs")
    shown = TomlDialog(dump_spec(page.editor.draft().to_table()), lambda _: None, page)
    assert shown.reason.text() == ""
    rates = [spec.training.lr for spec in shown.draft().specs()]
    assert rates == [spec.training.lr for spec in page.editor.draft().specs()]
    assert sorted(rates) == [0.05, 0.05, 0.1, 0.1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name =", "not valid TOML"), ("[trainin]", "did you mean 'training'"),
        ('[method]\nname = "sula"', "did you mean 'sila'"),
        ("x = " + "[" * 3000, "nested too deeply"),
        (f"method.options.{'.'.join('x' * 3000)} = 1", "nested too deeply"),
        ("[regularizers.mixap]", "unknown regularizer 'mixap'; did you mean 'mixup'?"),
    ],
)
def test_that_toml_that_is_not_understood_cannot_be_used(qtbot, page, text, reason):
    dialog = edit_as_toml(qtbot, page)
    dialog.text.setPlainText(text)
    qtbot.waitUntil(lambda: reason in dialog.reason.text())
    assert not dialog.apply.isEnabled()
    dialog.reject()
