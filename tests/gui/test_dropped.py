import pytest
from PySide6.QtWidgets import QLineEdit

from engine.store import cards
from studio.app import PAGES, Studio
from studio.pages.runs.table import RunsTable
from studio.theme.theme import apply_theme
from tests.gui.claiming import next_task
from tests.gui.composing import CARDS
from tests.gui.dropping import drop

pytestmark = pytest.mark.gui


@pytest.fixture
def window(qtbot, qapp, client, filling, settings, monkeypatch):
    """The window over a workspace with a run."""
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    cards.publish(client.store, CARDS, "stamp")
    filling.queue()
    studio = Studio(qapp, client.workspace, settings)
    qtbot.addWidget(studio.window)
    studio.window.show()
    qtbot.waitUntil(lambda: studio.context is not None and studio.context.feed.runs != [])
    yield studio.window
    studio.window.close()
    studio.close()
    apply_theme(qapp, "light")


def put(tmp_path, text, name="own.toml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def name_in_form(window):
    edit = window.page.findChild(QLineEdit, "compose_name")
    return edit.text() if edit is not None else None


@pytest.mark.parametrize("page", [page.id for page in PAGES])
def test_that_an_experiment_is_composed_wherever_it_is_dropped(qtbot, window, tmp_path, page):
    window.show_page(page)
    target = window.page.findChild(RunsTable).viewport() if page == "runs" else window.page
    assert drop(target, put(tmp_path, 'name = "dropped"\n[method]\nname = "sila"\n'))
    assert window.current_page == "compose"
    qtbot.waitUntil(lambda: name_in_form(window) == "dropped")


@pytest.mark.parametrize("page", ["runs", "compose", "compare"])
@pytest.mark.parametrize("name", ["pets", "pets.npz", "cifar.tar.gz"])
def test_that_data_is_added_wherever_it_is_dropped(qtbot, window, client, tmp_path, page, name):
    window.show_page(page)
    path = tmp_path / name
    path.write_text("") if path.suffix else path.mkdir()
    assert drop(window.page, path)
    assert window.current_page == "data"
    task = next_task(qtbot, client)
    assert (task.kind, task.arguments) == ("add", {"path": str(path)})


def test_that_anything_else_is_answered_in_a_line(window, tmp_path):
    assert drop(window.page, put(tmp_path, "", "notes.txt"))
    assert window.messages.text == (
        "notes.txt is neither an experiment (.toml) nor a dataset (a folder, .npz or .tar.gz)."
    )
    assert window.current_page == "runs"


def test_that_an_experiment_that_can_be_used_takes_back_the_refusal_of_the_one_before(
    qtbot, window, tmp_path
):
    window.show_page("compose")
    assert drop(window.page, put(tmp_path, "no TOML at all"))
    qtbot.waitUntil(lambda: "own.toml is not valid TOML" in window.messages.text)
    assert drop(window.page, put(tmp_path, 'name = "dropped"\n'))
    qtbot.waitUntil(lambda: window.messages.text == "")
