import pytest

from engine.store import cards
from tests.gui.comparing import KNOWN, opened, train, train_dynamic


@pytest.fixture
def runs(client, monkeypatch):
    """Plain and SiLa over three seeds, SiLa one point better and a tenth slower."""
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, KNOWN, "stamp")
    plain = [train(client.store, "plain", seed, 90.0 + seed / 10) for seed in range(3)]
    sila = [train(client.store, "sila", seed, 91.0 + seed / 9, 11.0) for seed in range(3)]
    return plain + sila


@pytest.fixture
def page(qtbot, context, runs):
    return opened(qtbot, context, runs)


@pytest.fixture
def dynamic(client, runs):
    """Networks with exits: three of plain, one of SiLa."""
    plain = [train_dynamic(client, "plain", seed, 74.0 + seed / 10) for seed in range(3)]
    return [*plain, train_dynamic(client, "sila", 0, 75.0, kinds=("anytime",))]
