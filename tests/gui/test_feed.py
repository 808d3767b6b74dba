import numpy as np
import pytest
from PySide6.QtCore import QObject

from engine.spec.card import Card
from engine.spec.errors import StoreError
from engine.spec.run_state import RunState
from engine.store import cards, run_queue, staff, watching
from engine.store.points import Points, append
from engine.store.runs import annotate
from studio.bridge.feed import Feed
from studio.plots.curves import RunCurves

pytestmark = pytest.mark.gui


@pytest.fixture
def listener(feed):
    """Gathers the points of runs as a page does."""

    class Listener(QObject):
        def __init__(self):
            super().__init__()
            self.curves = {}
            self.blocks = 0
            feed.points_arrived.connect(self.take)

        def follow(self, *runs):
            self.curves = {run: self.curves.get(run, RunCurves(run)) for run in runs}
            feed.follow(self, runs)

        def take(self, blocks):
            self.blocks += len(blocks)
            for curves in self.curves.values():
                curves.apply(blocks)

        def num_points(self, run, key="lr"):
            points = self.curves[run].series.get(key)
            return 0 if points is None else len(points.steps)

    return Listener


def write(client, run, first, count, key="lr"):
    steps = np.arange(first, first + count, dtype=np.int64)
    with client.store.write() as connection:
        append(connection, run, {key: Points(steps, 1.0 * steps, 0.5 * steps)})


def test_that_a_new_feed_tells_of_the_runs_that_are_there(qtbot, client, jobs, filling):
    filling.queue(seeds=(0, 1))
    feed = Feed(client, jobs)
    with qtbot.waitSignal(feed.runs_changed) as signal:
        feed.start()
    feed.stop()
    assert [run.id for run in signal.args[0]] == [2, 1]
    assert feed.runs == signal.args[0]


def test_that_it_is_told_when_all_of_a_run_was_read_though_there_be_nothing(
    qtbot, client, feed, filling, listener
):
    filling.queue(seeds=(0, 1))
    write(client, 1, 1, 3)
    follower = listener()
    told = []
    feed.points_arrived.connect(lambda blocks: told.append(blocks[0].run))
    feed.caught_up.connect(told.append)
    follower.follow(1, 2)
    qtbot.waitUntil(lambda: told == [1, [1, 2]])
    write(client, 1, 4, 1)
    qtbot.waitUntil(lambda: told == [1, [1, 2], 1])


def test_that_a_run_that_trains_is_looked_on_while_it_is_followed(
    qtbot, feed, filling, client, listener
):
    filling.queue(seeds=(0, 1))
    filling.complete(1)
    filling.train(2, 1)
    qtbot.waitUntil(lambda: feed.runs == client.runs())
    followed = listener()
    followed.follow(1)
    qtbot.waitUntil(lambda: followed.num_points(1) > 0)
    assert not watching.is_watched(client.store)
    followed.follow(2)
    qtbot.waitUntil(lambda: watching.is_watched(client.store))


def test_that_every_change_of_a_run_is_told(qtbot, feed, filling, client):
    with qtbot.waitSignal(feed.runs_changed):
        filling.queue()
    with qtbot.waitSignal(feed.runs_changed):
        annotate(client.store, 1, note="look here")
    assert feed.runs[0].note == "look here"
    with qtbot.waitSignal(feed.runs_changed):
        run_queue.ask(client.store, 1, run_queue.STOP)
    assert feed.runs[0].state is RunState.CANCELLED


def test_that_writes_that_change_no_run_are_not_told_as_changes_of_runs(qtbot, feed, client):
    with qtbot.assertNotEmitted(feed.runs_changed, wait=600):
        cards.put_setting(client.store, "x", 1)


def test_that_a_followed_run_comes_from_its_beginning_and_then_only_what_is_new(
    qtbot, client, filling, listener
):
    filling.queue()
    write(client, 1, 1, 10)
    ear = listener()
    ear.follow(1)
    qtbot.waitUntil(lambda: ear.num_points(1) == 10)
    assert ear.blocks == 1
    write(client, 1, 11, 5)
    qtbot.waitUntil(lambda: ear.num_points(1) == 15)
    assert ear.blocks == 2


def test_that_a_second_page_gets_the_whole_run_and_the_first_does_not_double_it(
    qtbot, client, filling, listener
):
    filling.queue()
    write(client, 1, 1, 10)
    first, second = listener(), listener()
    first.follow(1)
    qtbot.waitUntil(lambda: first.num_points(1) == 10)
    write(client, 1, 11, 10)
    qtbot.waitUntil(lambda: first.num_points(1) == 20)
    second.follow(1)
    qtbot.waitUntil(lambda: second.num_points(1) == 20)
    assert first.num_points(1) == 20


def test_that_a_run_followed_later_misses_nothing_that_was_written_between(
    qtbot, client, filling, listener
):
    filling.queue(seeds=(0, 1))
    write(client, 2, 1, 3)
    write(client, 1, 1, 3)
    ear = listener()
    ear.follow(1)
    qtbot.waitUntil(lambda: ear.num_points(1) == 3)
    write(client, 2, 4, 3)
    write(client, 1, 4, 3)
    qtbot.waitUntil(lambda: ear.num_points(1) == 6)
    ear.follow(1, 2)
    write(client, 2, 7, 3)
    qtbot.waitUntil(lambda: ear.num_points(2) == 9)
    write(client, 1, 7, 1)
    write(client, 2, 10, 1)
    qtbot.waitUntil(lambda: (ear.num_points(1), ear.num_points(2)) == (7, 10))


def test_that_the_merged_blocks_of_a_finished_run_change_no_curve(
    qtbot, client, filling, listener
):
    run, = filling.queue()
    claim = filling.train(run, 2)
    ear = listener()
    ear.follow(run)
    qtbot.waitUntil(lambda: ear.num_points(run) == 100)
    write(client, run, 101, 20)
    qtbot.waitUntil(lambda: ear.num_points(run) == 120)
    before = ear.curves[run].series["lr"].values.tolist()
    run_queue.finish(client.store, claim, RunState.COMPLETED)
    write(client, run, 121, 1)
    qtbot.waitUntil(lambda: ear.num_points(run) == 121)
    assert ear.curves[run].series["lr"].values.tolist()[:120] == before


def test_that_points_of_a_run_that_nobody_follows_any_more_are_not_read(
    qtbot, client, feed, filling, listener
):
    filling.queue()
    ear = listener()
    ear.follow(1)
    write(client, 1, 1, 2)
    qtbot.waitUntil(lambda: ear.num_points(1) == 2)
    ear.deleteLater()
    with qtbot.waitSignal(ear.destroyed):
        pass
    with qtbot.assertNotEmitted(feed.points_arrived, wait=500):
        write(client, 1, 3, 2)


def test_that_points_read_for_a_run_that_is_let_go_meanwhile_are_not_told(
    qtbot, client, feed, filling, listener, monkeypatch
):
    filling.queue()
    ear, tail, was_read = listener(), client.tail, []

    def let_go(cursor, runs):
        found = tail(cursor, runs)
        if found[1]:
            ear.follow()
            was_read.append(found)
        return found

    ear.follow(1)
    with qtbot.assertNotEmitted(feed.points_arrived, wait=500):
        monkeypatch.setattr(client, "tail", let_go)
        write(client, 1, 1, 2)
        qtbot.waitUntil(lambda: bool(was_read))
    monkeypatch.undo()
    ear.follow(1)
    qtbot.waitUntil(lambda: ear.num_points(1) == 2)


def test_that_the_engine_that_comes_and_goes_is_told(qtbot, client, feed):
    with qtbot.waitSignal(feed.engine_changed) as signal:
        token = staff.take_lease(client.store)
    assert signal.args[0].pid == feed.engine.pid
    with qtbot.waitSignal(feed.engine_changed) as signal:
        staff.release_lease(client.store, token)
    assert signal.args == [None]


def test_that_a_published_catalogue_is_told_once(qtbot, client, feed):
    card = Card(kind="metric", name="top1", title="Top-1", summary="", facts={"direction": "up"})
    with qtbot.waitSignal(feed.catalog_changed):
        cards.publish(client.store, [card], "one")
    assert feed.catalog.direction("val/top1") == "up"
    with qtbot.assertNotEmitted(feed.catalog_changed, wait=500):
        cards.put_setting(client.store, "x", 1)


def test_that_facts_that_come_later_are_told(qtbot, client, feed):
    card = Card(kind="backbone", name="net", title="Net", summary="")
    with qtbot.waitSignal(feed.catalog_changed):
        cards.publish(client.store, [card], "one")
    with qtbot.waitSignal(feed.catalog_changed):
        cards.add_facts(client.store, {"net": {"multiply_adds": [5]}}, "one")
    assert feed.catalog.card("backbone", "net").facts == {"multiply_adds": [5]}


def test_that_a_damaged_store_is_told_and_the_feed_goes_on_looking(
    qtbot, client, feed, jobs, filling
):
    filling.queue()
    qtbot.waitUntil(lambda: bool(feed.runs))
    with client.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE run RENAME TO away")
    with qtbot.waitSignal(jobs.failed) as signal:
        annotate_setting(client)
    assert str(client.workspace.database) in signal.args[0]
    with client.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO run")
    with qtbot.waitSignal(feed.runs_changed, timeout=6000):
        annotate(client.store, 1, note="mended")


def test_that_a_workspace_that_is_moved_away_is_told_once_until_it_is_back(
    qtbot, client, feed, jobs, filling, tmp_path
):
    told = []
    jobs.failed.connect(told.append)
    root, away = client.workspace.root, tmp_path / "away"
    root.rename(away)
    qtbot.waitUntil(lambda: bool(told))
    with pytest.raises(StoreError, match="is not there any more"):
        client.start_engine()
    qtbot.wait(50)
    assert told == [f"the workspace {root} is not there any more: put it back, or open it where it "
                    "is now"]
    away.rename(root)
    filling.queue()
    qtbot.waitUntil(lambda: bool(feed.runs))


def annotate_setting(client):
    cards.put_setting(client.store, "nudge", 1)
