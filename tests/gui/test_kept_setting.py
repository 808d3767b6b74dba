import pytest

from engine.spec.errors import StoreError
from studio.bridge.kept_setting import KeptSetting

pytestmark = pytest.mark.gui
FULL = "the disk is full: free some space"


@pytest.fixture
def kept(client, jobs):
    return KeptSetting(client, jobs, "key")


def test_that_the_newest_value_is_kept(qtbot, kept, client):
    for value in range(20):
        kept.put(value)
    qtbot.waitUntil(lambda: client.setting("key") == 19)


def test_that_nothing_is_a_value_too(qtbot, kept, client):
    kept.put("a")
    kept.put(None)
    qtbot.waitUntil(lambda: client.setting("key", "") is None)


@pytest.mark.parametrize("values", [[1, 2], [1]])
def test_that_a_value_that_could_not_be_written_is_told_and_the_next_one_is_written(
    qtbot, kept, client, jobs, monkeypatch, values
):
    told, put = [], client.put_setting
    jobs.failed.connect(told.append)

    def refuse(*_):
        monkeypatch.setattr(client, "put_setting", put)
        raise StoreError(FULL)

    monkeypatch.setattr(client, "put_setting", refuse)
    for value in values:
        kept.put(value)
    qtbot.waitUntil(lambda: told == [FULL])
    if values == [1]:
        kept.put(2)
    qtbot.waitUntil(lambda: client.setting("key") == 2)
