"""Pictures mean what they show: a run's colour is its colour, a band lies where the spread is."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtWidgets import QWidget

from engine.spec.run_state import RunState
from engine.store import cards, schema
from studio.item_models import wording
from studio.item_models.run_columns import COLUMN_INDEX
from studio.pages.run.page import RunPage
from studio.pages.runs.page import RunsPage
from studio.plots.palette import RUN_COLOURS, run_colour
from studio.plots.plot import PlotWidget
from studio.theme.theme import apply_theme
from studio.theme.tokens import tokens
from tests.gui.comparing import KNOWN, opened, train
from tests.gui.listing import shown, table_of
from tests.gui.pixels import (
    is_like,
    picture,
    place_of,
    rgb,
    run_colours_in,
    shows,
    tint,
)

pytestmark = pytest.mark.gui

SPREAD = 10.0
"""Of the seeds below, whose accuracies lie so far apart that the band is high."""
LINE = 4
"""Pixels that a mean's line takes at most, on each side of it."""
DOT = 40
"""So many pixels a dot has at least in its very colour."""
VIOLET = 7
ICON = 26
"""Pixels at the left of a cell that an icon has for itself."""


@pytest.fixture(params=["light", "dark"])
def theme(qapp, request):
    apply_theme(qapp, request.param)
    yield tokens(request.param)
    apply_theme(qapp, "light")


@pytest.fixture
def worn(qapp):
    """The themes, each while the window wears it: a page that is there follows."""

    def wear():
        for theme in ("light", "dark"):
            apply_theme(qapp, theme)
            yield tokens(theme)

    yield wear()
    apply_theme(qapp, "light")


# ---- the table of runs


@pytest.fixture
def runs_page(qtbot, context, filling, monkeypatch, theme):
    monkeypatch.setattr(context.client, "start_engine", lambda: None)
    page = RunsPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page


def cell(page, row, column):
    """What is seen of a cell."""
    table = table_of(page)
    index = table.model().index(row, COLUMN_INDEX[column])
    return picture(table.viewport(), table.visualRect(index))


def test_that_the_dot_of_each_run_has_its_colour_and_no_other(qtbot, runs_page, filling):
    ids = filling.queue(seeds=range(len(RUN_COLOURS)))
    qtbot.waitUntil(lambda: len(shown(runs_page)) == len(ids))
    colours = {run.id: run_colour(run.colour) for run in filling_rows(runs_page)}
    assert set(colours.values()) == set(RUN_COLOURS)
    for row, run in enumerate(shown(runs_page)):
        seen = cell(runs_page, row, "name")
        assert run_colours_in(seen, DOT, RUN_COLOURS) == {colours[run]}, run


def filling_rows(page):
    model = table_of(page).model()
    return [model.entry(row) for row in range(model.rowCount())]


def test_that_each_state_has_an_icon_of_its_own_and_its_word(
    qtbot, runs_page, client, filling, theme
):
    states = list(RunState)
    ids = filling.queue(seeds=range(len(states)))
    with client.store.write() as connection:
        for run, state in zip(ids, states, strict=True):
            connection.execute(
                schema.run.update().where(schema.run.c.id == run).values(state=state)
            )
    qtbot.waitUntil(lambda: {run.state for run in filling_rows(runs_page)} == set(states))
    icons = {}
    for row, run in enumerate(filling_rows(runs_page)):
        seen = cell(runs_page, row, "state")
        ground = seen[seen.shape[0] // 2, 2]
        tone = wording.look(run.state).tone
        colour = theme.muted if tone == "neutral" else getattr(theme, tone)
        part, beside = tint(seen, ground, rgb(colour))
        inked = (part > 0.3) & (beside < 20)
        icons[run.state] = inked[:, :ICON]
        assert icons[run.state].sum() > 15, run.state
        assert inked[:, ICON:].sum() > 15, run.state
        said = table_of(runs_page).model().index(row, COLUMN_INDEX["state"])
        assert said.data(Qt.ItemDataRole.DisplayRole).startswith(wording.look(run.state).word)
    for one, other in combinations(states, 2):
        assert (icons[one] != icons[other]).sum() > 10, (one, other)


# ---- the page of a run


def test_that_the_curves_of_a_run_have_its_colour_and_no_other(
    qtbot, context, client, filling, worn
):
    (run,) = filling.queue()
    filling.complete(run)
    with client.store.write() as connection:
        connection.execute(schema.run.update().values(colour=VIOLET))
    page = RunPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 900)
    page.show()
    context.selection.open_run(run)
    qtbot.waitUntil(lambda: {"top1", "loss", "lr"} <= set(page._curves.panels))
    for _ in worn:
        for name in ("top1", "loss", "lr"):
            panel = page._curves.panels[name]
            plot = panel.findChild(PlotWidget)
            qtbot.waitUntil(lambda plot=plot: bool(run_colours_in(picture(plot))))
            assert run_colours_in(picture(plot)) == {run_colour(VIOLET)}, name
            assert shows(picture(panel), run_colour(VIOLET)), "the dot of the read-out"


# ---- compare


@pytest.fixture
def runs(client, monkeypatch):
    """Plain over three seeds that lie far apart, and SiLa with one."""
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, KNOWN, "stamp")
    plain = [train(client.store, "plain", seed, 60.0 + SPREAD * seed) for seed in range(3)]
    return [*plain, train(client.store, "sila", 0, 20.0)]


@pytest.fixture
def compare(qtbot, context, runs):
    page = opened(qtbot, context, runs, (1208, 1400))
    qtbot.waitUntil(lambda: bool(run_colours_in(picture(page, whole(page, "compare_curves")))))
    return page


def whole(page, name):
    return place_of(page, page.findChild(QWidget, name))


def column_at(page, name, x, low, high):
    """(H, 3), what is seen of a figure at an x, from one y to another, without their lines."""
    plot = page.findChild(PlotWidget, name)
    ends = [
        plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(x, y)))
        for y in (high, low)
    ]
    (left, top), (_, bottom) = ((end.x(), end.y()) for end in ends)
    place = QRect(left, top + LINE, 1, bottom - top - 2 * LINE)
    assert place.height() > LINE, "there is room to look at"
    return picture(page, place.translated(whole(page, name).topLeft()))[:, 0]


def colour_of(page, method):
    return run_colour(next(v.colour for v in page.study.variants if v.method == method))


def test_that_a_band_in_the_variants_colour_lies_within_a_deviation_of_the_mean(compare, worn):
    for theme in worn:
        ground, colour = rgb(theme.surface), rgb(colour_of(compare, "plain"))
        for epoch in (1.5, 2.5, 3.5):
            mean = 70.0 - 6 + epoch  # of the validation, which gains a point an epoch
            for low, high, inside in (
                (mean, mean + SPREAD, True), (mean - SPREAD, mean, True),
                (mean + SPREAD, mean + 1.5 * SPREAD, False),
                (mean - 2 * SPREAD, mean - SPREAD, False),
            ):
                usual = np.median(column_at(compare, "compare_curves", epoch, low, high), axis=0)
                part, beside = tint(usual, ground, colour)
                assert beside <= 4
                assert (0.08 < part < 0.5) if inside else abs(part) < 0.02, (epoch, low, high)


def test_that_one_seed_has_a_line_without_a_band(compare, worn):
    for theme in worn:
        ground, colour = rgb(theme.surface), rgb(colour_of(compare, "sila"))
        mean = 20.0 - 6 + 2.5
        around = column_at(compare, "compare_curves", 2.5, mean + 1, mean + SPREAD)
        assert abs(tint(np.median(around, axis=0), ground, colour)[0]) < 0.02
        seen = picture(compare, whole(compare, "compare_curves"))
        assert shows(seen, colour_of(compare, "sila"))


def test_that_curves_and_their_names_beside_them_have_the_variants_colours(compare, worn):
    both = {colour_of(compare, method) for method in ("plain", "sila")}
    plot = compare.findChild(PlotWidget, "compare_curves")
    view = plot.mapFromScene(plot.getPlotItem().vb.sceneBoundingRect()).boundingRect()
    for _ in worn:
        seen = picture(compare, whole(compare, "compare_curves"))
        assert run_colours_in(seen[:, : view.right()]) == both
        legend = seen[:, view.right() + 1 :]
        assert run_colours_in(legend) == both
        heights = [
            np.flatnonzero(
                is_like(legend, rgb(colour_of(compare, v.method))).any(axis=1)
            ).mean()
            for v in compare.study.variants
        ]
        assert heights == sorted(heights), "in the order of the variants"


def test_that_a_variant_keeps_its_colour_in_the_verdict_the_list_and_the_scatter(compare):
    for method in ("plain", "sila"):
        plot = compare.findChild(PlotWidget, "compare_scatter")
        (spot,) = [s for s in compare._tradeoff.plot._spots if s.group.method == method]
        at = plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(
            QPointF(np.log10(spot.price), spot.group.mean)
        ))
        dot = picture(plot, QRect(at.x() - 2, at.y() - 2, 5, 5))
        assert is_like(dot, rgb(colour_of(compare, method))).mean() > 0.5, method
    both = {colour_of(compare, method) for method in ("plain", "sila")}
    for section in (compare._verdicts, compare._variants):
        assert run_colours_in(picture(section)) == both
