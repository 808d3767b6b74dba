import pytest

from studio.app import PAGES
from studio.main_window import MainWindow
from tests.gui.framing import add


@pytest.fixture
def context(bare):
    """The window brings the commands of its frame along; those of others stand in here."""
    for others in ("demo.start", "workspace.open"):
        add(bare, others, lambda: None)
    return bare


@pytest.fixture
def window(qtbot, context, settings, monkeypatch):
    # Compose starts an engine where there are no cards yet, and that has nothing to do here.
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    window = MainWindow(PAGES, settings, context.commands)
    qtbot.addWidget(window)
    window.show()
    window.attach(context)
    window.show_page("runs")
    return window
