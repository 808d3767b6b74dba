import pytest

from engine.store import cards
from tests.gui.composing import CARDS, opened


@pytest.fixture
def resting(client, monkeypatch):
    """No engine is started: what is queued stays queued."""
    monkeypatch.setattr(client, "start_engine", lambda: None)


@pytest.fixture
def published(client, resting):
    cards.publish(client.store, CARDS, "stamp")


@pytest.fixture
def page(qtbot, published, context):
    return opened(qtbot, context)
