import numpy as np
import pytest

from engine.analysis.curves import band
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import points, run_queue, runs, schema, staff
from engine.store.points import Points
from studio.bridge.client import Client
from studio.pages.compare.histories import Curves, Series

KEY = "val/top1"


@pytest.fixture
def client(workspace):
    client = Client(workspace)
    yield client
    client.close()


@pytest.fixture
def asked(client, monkeypatch):
    """What was asked of the store: whole series by run, and what came after a cursor."""
    said = []
    whole, tail = client.series, client.tail
    monkeypatch.setattr(
        client, "series", lambda ids, key: said.append(("whole", *ids)) or whole(ids, key)
    )
    monkeypatch.setattr(
        client, "tail",
        lambda at, ids, key=None: said.append(("tail", *ids)) or tail(at, ids, key),
    )
    return said


def start(client, count):
    run_queue.set_parallel_runs(client.store, 100)
    ids = run_queue.enqueue(client.store, [RunSpec(seed=seed) for seed in range(count)])
    worker = staff.hire(client.store, "train")
    return [run_queue.claim(client.store, worker) for _ in ids]


def log(client, run, first, last, key=KEY):
    steps = np.arange(first, last + 1, dtype=np.int64)
    with client.store.write() as connection:
        points.append(connection, run, {key: Points(steps, 1e9 + steps, 10.0 * run + steps)})


def rows_of(client):
    return client.runs()[::-1]


def test_that_of_a_run_that_trains_only_what_is_new_is_read(client, asked):
    first, second = (claim.run for claim in start(client, 2))
    log(client, first, 1, 5)
    log(client, first, 1, 5, "train/loss")
    log(client, second, 1, 4)
    series = Series(client, KEY)
    before = series.read(rows_of(client))
    assert asked == [("whole", first, second)]
    log(client, first, 6, 8)
    log(client, first, 6, 8, "train/loss")
    after = series.read(rows_of(client))
    assert asked[1:] == [("tail", first, second)]
    np.testing.assert_array_equal(after[first].steps, np.arange(1, 9))
    np.testing.assert_array_equal(after[first].values, 10.0 * first + np.arange(1, 9))
    assert after[second] is before[second]


def test_that_steps_that_are_repeated_after_a_resume_replace_the_first(client):
    run = start(client, 1)[0].run
    log(client, run, 1, 6)
    series = Series(client, KEY)
    series.read(rows_of(client))
    log(client, run, 4, 5)
    np.testing.assert_array_equal(series.read(rows_of(client))[run].steps, np.arange(1, 6))


def test_that_a_run_that_has_ended_is_not_looked_at_again_unless_it_goes_on(client, asked):
    claim = start(client, 1)[0]
    log(client, claim.run, 1, 5)
    series = Series(client, KEY)
    series.read(rows_of(client))
    log(client, claim.run, 6, 7)
    run_queue.finish(client.store, claim, RunState.FAILED, final_step=7)
    assert len(series.read(rows_of(client))[claim.run].steps) == 7
    assert asked[1:] == [("tail", claim.run)]
    series.read(rows_of(client))
    assert len(asked) == 2
    with client.store.write() as connection:
        connection.execute(schema.run.update().values(state=RunState.RUNNING))
    log(client, claim.run, 8, 9)
    assert len(series.read(rows_of(client))[claim.run].steps) == 9


def test_that_a_run_that_joins_is_read_whole_and_the_others_are_not(client, asked):
    claims = start(client, 2)
    first, second = (claim.run for claim in claims)
    for run in (first, second):
        log(client, run, 1, 5)
    run_queue.finish(client.store, claims[0], RunState.COMPLETED, final_step=5)
    series = Series(client, KEY)
    series.read([runs.get_run(client.store, first)])
    both = series.read(rows_of(client))
    assert asked == [("whole", first), ("whole", second)]
    assert set(both) == {first, second}
    assert set(series.read([runs.get_run(client.store, second)])) == {second}


def test_that_curves_and_bands_that_did_not_grow_stay_the_same_objects(client):
    first, second = (claim.run for claim in start(client, 2))
    with client.store.write() as connection:
        connection.execute(schema.run.update().values(steps_per_epoch=2))
        connection.execute(
            schema.run.update().where(schema.run.c.id == second).values(digest="other")
        )
    for run in (first, second):
        log(client, run, 1, 4)
    series, curves = Series(client, KEY), Curves()
    rows = rows_of(client)
    before = curves.of_runs(rows, series.read(rows))
    bands = curves.of_variants(rows, before, ())
    np.testing.assert_array_equal(before[first][0], [0.5, 1.0, 1.5, 2.0])
    log(client, second, 5, 6)
    after = curves.of_runs(rows, series.read(rows))
    now = curves.of_variants(rows, after, ())
    assert after[first] is before[first]
    assert now[rows[0].digest] is bands[rows[0].digest]
    assert len(after[second][0]) == len(now["other"].steps) == 6


def curve(*values, every=1.0):
    return every * np.arange(1, len(values) + 1), np.array(values, dtype=float)


@pytest.mark.parametrize(("first", "second"), [
    ((1.0, 2.0, 3.0, 7.0), (2.0, 4.0, 6.0, 9.0, 8.0)),
    ((1.0, 2.0, 3.0), (2.0, 4.0, 6.0, 9.0)),
    ((1.0, np.nan, 3.0, 4.0), (2.0, 4.0, 6.0, 7.0)),
    ((1.0, 5.0, 5.0, 5.0), (2.0, 4.0, 6.0, 7.0)),
    ((1.0,), (2.0, 4.0, 6.0)),
])
def test_that_a_band_that_grew_is_the_band_of_its_curves(client, first, second):
    runs = [claim.run for claim in start(client, 2)]
    curves, rows = Curves(), rows_of(client)
    before = dict(zip(runs, (curve(1.0, 2.0), curve(2.0, 4.0, 6.0)), strict=True))
    curves.of_variants(rows, before, ())
    now = dict(zip(runs, (curve(*first), curve(*second)), strict=True))
    found, wanted = curves.of_variants(rows, now, ())[rows[0].digest], band(list(now.values()))
    for part in ("steps", "mean", "low", "high", "n"):
        np.testing.assert_allclose(getattr(found, part), getattr(wanted, part))


def test_that_only_what_came_is_worked_out(client, monkeypatch):
    runs = [claim.run for claim in start(client, 2)]
    curves, rows, asked = Curves(), rows_of(client), []
    monkeypatch.setattr(
        "studio.pages.compare.histories.band",
        lambda of: asked.append([len(x) for x, _ in of]) or band(of),
    )
    for count in (3, 5):
        values = np.linspace(0, 1, 5)[:count]
        curves.of_variants(rows, {run: curve(*values) for run in runs}, ())
    assert asked == [[3, 3], [2, 2]]


@pytest.mark.parametrize("state", [
    RunState.QUEUED, RunState.RUNNING, RunState.FAILED, RunState.CANCELLED, RunState.PAUSED,
])
def test_that_no_run_cuts_the_mean_of_what_the_verdict_counts_short(client, state):
    done, short = (claim.run for claim in start(client, 2))
    put(client, done, RunState.COMPLETED)
    put(client, short, state)
    curves = {done: curve(10.0, 20.0, 30.0), short: curve(90.0)}
    assert mean_of(client, curves, [done]) == (1, [10.0, 20.0, 30.0])
    assert mean_of(client, curves) == (1, [10.0, 20.0, 30.0]), "completed without the metric"
    assert mean_of(client, {short: curves[short]}) == (1, [90.0])


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.PAUSED])
def test_that_before_one_is_completed_the_mean_is_of_what_trains(client, state):
    first, second, short = (claim.run for claim in start(client, 3))
    put(client, short, state)
    curves = {first: curve(10.0, 20.0), second: curve(20.0, 30.0), short: curve(90.0)}
    assert mean_of(client, curves) == (2, [15.0, 25.0])
    put(client, second, RunState.QUEUED)
    assert mean_of(client, curves) == (2, [15.0, 25.0])


def test_that_of_runs_that_repeat_a_seed_one_counts_for_a_band(client):
    older, newer, other = (claim.run for claim in start(client, 3))
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == newer).values(seed=0))
    curves = {older: curve(1.0), newer: curve(3.0), other: curve(5.0)}
    assert mean_of(client, curves) == (2, [4.0])
    put(client, older, RunState.COMPLETED)
    assert mean_of(client, curves, [older]) == (1, [1.0])


def put(client, run, state):
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == run).values(state=state))


def mean_of(client, curves, counted=()):
    """Of how many curves the mean is, and the mean."""
    (found,) = Curves().of_variants(rows_of(client), curves, counted).values()
    return found.n, found.mean.tolist()
