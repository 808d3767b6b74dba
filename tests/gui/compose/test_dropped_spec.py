import pytest
from PySide6.QtWidgets import QLineEdit

from tests.gui.composing import said
from tests.gui.dropping import drop

pytestmark = pytest.mark.gui

SPEC = """
name = "dropped"
seeds = [4, 5]
[method]
name = "sila"
options = { alpha = 0.25 }
"""


def put(tmp_path, text, name="own.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_that_a_spec_file_dropped_on_the_page_fills_the_form(qtbot, page, tmp_path):
    assert drop(page, put(tmp_path, SPEC))
    name = page.findChild(QLineEdit, "compose_name")
    qtbot.waitUntil(lambda: name.text() == "dropped")
    draft = page.editor.draft()
    assert draft.seeds == (4, 5)
    assert draft.picks["method"] == ({"name": "sila", "options": {"alpha": 0.25}},)
    assert said(page) == ""


@pytest.mark.parametrize("text", ["no TOML at all", '[method]\nname = "silla"', "seeds = 'many'"])
def test_that_a_file_that_is_no_spec_leaves_the_form_alone(qtbot, page, context, tmp_path, text):
    before = page.editor.draft()
    with qtbot.waitSignal(context.messages.said) as heard:
        assert drop(page, put(tmp_path, text))
    assert heard.args[0].tone == "bad"
    assert "\n" not in heard.args[0].text
    assert page.editor.draft() == before


def test_that_a_dropped_file_may_begin_with_a_byte_order_mark(qtbot, page, tmp_path):
    assert drop(page, put(tmp_path, "\ufeffname = 'notepad'\r\n"))
    name = page.findChild(QLineEdit, "compose_name")
    qtbot.waitUntil(lambda: name.text() == "notepad")


def test_that_a_file_that_is_no_toml_is_called_a_file(qtbot, page, context, tmp_path):
    path = put(tmp_path, "no TOML")
    with qtbot.waitSignal(context.messages.said) as heard:
        assert drop(page, path)
    assert heard.args[0].text.startswith(f"the file {path} is not valid TOML: ")


@pytest.mark.parametrize("text", [
    "x = " + "[" * 3000, f"method.options.{'.'.join('x' * 3000)} = 1",
])
def test_that_a_file_that_is_nested_too_deeply_is_refused_in_one_line(
    qtbot, page, context, tmp_path, text
):
    with qtbot.waitSignal(context.messages.said) as heard:
        assert drop(page, put(tmp_path, text))
    assert "nested too deeply" in heard.args[0].text
    assert "unforeseen" not in heard.args[0].text


def test_that_other_files_are_not_taken(page, tmp_path):
    assert not drop(page, put(tmp_path, SPEC, "own.txt"))
    assert not drop(page, tmp_path)
