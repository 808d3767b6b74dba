import pytest
from PySide6.QtWidgets import QListWidget

from engine.store import cards
from studio.pages.export.page import ExportPage
from tests.gui.exporting import FORMATS, METHODS, NETWORKS, complete


@pytest.fixture
def runs(client, monkeypatch):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, [*FORMATS, *NETWORKS, *METHODS], "stamp")
    return [complete(client.store, seed) for seed in range(2)]


@pytest.fixture
def page(qtbot, context, runs):
    page = ExportPage(context)
    qtbot.addWidget(page)
    page.resize(948, 640)  # of the smallest window
    page.show()
    view = page.findChild(QListWidget, "export_runs")
    qtbot.waitUntil(lambda: view.count() == 2)
    qtbot.waitUntil(lambda: len(page._export.options.formats()) == 2)
    return page
