import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from engine.spec.run_state import RunState
from engine.store import run_queue
from studio.plots.palette import run_colour
from studio.widgets.pace import Pace
from tests.gui.comparing import begin, choose, opened, validate

pytestmark = pytest.mark.gui


@pytest.fixture
def training(client, runs):
    """A third seed-mate of SiLa's runs that has had three epochs."""
    claim = begin(client.store, "sila", 3)
    validate(client.store, claim.run, range(1, 4))
    return claim


@pytest.fixture
def page(qtbot, context, runs, training):
    context.settings.put("compare/lines", "runs")
    page = opened(qtbot, context, [*runs, training.run])
    qtbot.waitUntil(lambda: len(page._curves.plot._legend.items) == len(runs) + 1)
    return page


def line_of(page, run):
    colour = next(run_colour(row.colour) for row in page.study.rows if row.id == run)
    return next(s for s in page._curves.plot.layer.strokes if s.colour.name() == colour)


def built(page):
    """Every widget of the page, but for what the drawing of text and scroll bars makes."""
    return set(page.findChildren(QWidget))


def test_that_a_curve_grows_while_its_run_trains_and_nothing_is_built_or_read_again(
    qtbot, page, client, runs, training, monkeypatch
):
    widgets, legend = built(page), list(page._curves.plot._legend.items)
    others = {run: page.study.curves[run] for run in runs}
    comparison = page.study.comparison
    monkeypatch.setattr(client, "series", lambda *_: pytest.fail("a history is read again"))
    for epoch in (4, 5):
        validate(client.store, training.run, [epoch])
        qtbot.waitUntil(lambda epoch=epoch: len(line_of(page, training.run).y) == epoch)
    np.testing.assert_array_equal(line_of(page, training.run).x, np.arange(1.0, 6.0))
    assert all(page.study.curves[run] is others[run] for run in runs)
    assert page.study.comparison is comparison
    assert built(page) == widgets
    assert page._curves.plot._legend.items == legend


def test_that_means_and_bands_grow_too(qtbot, page, client, context, runs, training):
    other = begin(client.store, "plain", 3)
    validate(client.store, other.run, range(1, 4))
    context.selection.choose([other.run, training.run])
    choose(page, "compare_lines", "mean")
    qtbot.waitUntil(lambda: len(page.study.rows) == 2)
    for run in (other.run, training.run):
        validate(client.store, run, [4, 5])
    qtbot.waitUntil(lambda: [len(s.x) for s in page._curves.plot.layer.strokes] == [5, 5])
    qtbot.waitUntil(lambda: {len(band.steps) for band in page.study.bands.values()} == {5})


def test_that_a_run_that_ends_is_judged_and_only_it_is_read(
    qtbot, page, client, runs, training, monkeypatch
):
    asked = []
    series, tail = client.series, client.tail
    monkeypatch.setattr(
        client, "series", lambda ids, key: asked.append(list(ids)) or series(ids, key)
    )
    monkeypatch.setattr(
        client, "tail", lambda at, ids, key=None: asked.append(list(ids)) or tail(at, ids, key)
    )
    run_queue.finish(client.store, training, RunState.CANCELLED, final_step=30)
    qtbot.waitUntil(
        lambda: [out.reason for out in page.study.comparison.left_out]
        == ["it is cancelled, not completed"]
    )
    assert asked == [[training.run]]


def test_that_what_is_shown_stays_where_a_study_says_the_same(qtbot, page):
    widgets, before = built(page), page.study
    page._refresh()
    qtbot.waitUntil(lambda: page.study is not before)
    assert built(page) == widgets


def test_that_asking_again_does_not_put_off_what_is_due(qtbot):
    pace = Pace(0.5, after_ms=100)
    told = []
    pace.due.connect(lambda: told.append(True))
    for _ in range(8):
        pace.ask()
        qtbot.wait(25)
    assert told
    pace.stop()


def test_that_what_costs_much_is_due_less_often(qtbot):
    pace = Pace(0.5)
    pace.spend(0.15)
    pace.ask()
    qtbot.wait(100)
    assert pace.is_waiting
    with qtbot.waitSignal(pace.due):
        pass
    assert not pace.is_waiting
