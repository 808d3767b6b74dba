import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter

from studio.plots.canvas import Canvas, Frame
from studio.plots.strokes import Shade, Stroke, between

pytestmark = pytest.mark.gui
PLACE = QRectF(0, 0, 1000, 10)
"""Of the axes: x up to 1000, y up to 10, ten rows of pixels for each."""
COLUMNS, ROWS = 50, 100
COLOUR = QColor("#ff0000")


def alpha(draw, scale=1.0):
    """(rows, columns) opacity of what is drawn on a canvas."""
    canvas = Canvas(QSizeF(COLUMNS, ROWS), scale, PLACE)
    draw(canvas)
    picture = canvas.picture()
    assert picture.devicePixelRatio() == scale
    memory = np.frombuffer(picture.constBits(), np.uint8)
    return memory.reshape(picture.height(), picture.bytesPerLine() // 4, 4)[..., 3].copy()


def long(y):
    return np.arange(1001, dtype=float), np.resize(np.asarray(y, dtype=float), 1001)


def test_that_a_long_line_fills_each_column_from_its_lowest_to_its_highest_value():
    x, y = long([2.0, 6.0])
    seen = alpha(Stroke(COLOUR, x, y).draw)
    assert (seen[40:80] == 255).all(), "from 2 to 6, ten pixels each, from below"
    assert not seen[:40].any()
    assert not seen[81:].any()


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_that_a_line_stands_where_its_values_do(scale):
    x, y = long([5.0])
    y[500] = 9.0
    seen = alpha(Stroke(COLOUR, x, y).draw, scale)
    spike = round(25 * scale)
    assert seen.shape == (ROWS * scale, COLUMNS * scale)
    assert (seen[round(10 * scale) + 1 : round(50 * scale), spike] == 255).all()
    assert not seen[: round(50 * scale) - 2, : spike - 2].any()
    assert (seen[round(50 * scale)] > 0).all(), "no column is without a pixel"


def test_that_a_wide_line_is_nowhere_thinner():
    x, y = long([5.0])
    y[500] = 9.0
    thin, wide = (alpha(Stroke(COLOUR, x, y, width).draw) for width in (1, 3))
    assert (np.count_nonzero(wide, axis=0) >= 3).all()
    assert np.count_nonzero(wide[20]) == 4
    assert np.count_nonzero(thin[20]) == 2, "the spike, on the edge of two columns"


def test_that_what_is_not_finite_leaves_a_gap_and_dashes_leave_theirs():
    x, y = long([2.0, 6.0])
    y[400:600] = np.nan
    seen = alpha(Stroke(COLOUR, x, y).draw).any(axis=0)
    assert not seen[21:29].any()
    assert seen[:19].all()
    assert seen[31:].all()
    dashed = alpha(Stroke(COLOUR, *long([2.0, 6.0]), dash=(6, 4)).draw).any(axis=0)
    assert dashed.tolist() == ([True] * 6 + [False] * 4) * 5


def test_that_a_band_of_many_points_fills_its_columns_once():
    x, low = long([2.0, 3.0])
    soft = QColor(255, 0, 0, 40)
    seen = alpha(Shade(soft, x, low, low + 4.0).draw)
    assert set(np.unique(seen[31:79]).tolist()) == {40}, "from 2 to 7"
    assert not seen[:29].any()
    assert not seen[82:].any()
    low = np.where(x < 500, np.nan, low)
    assert not alpha(Shade(soft, x, low, low + 4.0).draw)[:, :24].any()


def test_that_a_band_of_few_points_is_filled_between_its_lines_and_not_over_a_gap():
    x = np.array([0.0, 200.0, 400.0, 600.0, 800.0, 1000.0])
    low = np.array([2.0, 2.0, 2.0, np.nan, 2.0, 2.0])
    seen = alpha(Shade(COLOUR, x, low, low + 4.0).draw)
    assert (seen[42:78, 1:19] == 255).all()
    assert not seen[:, 21:39].any()
    assert (seen[42:78, 41:49] == 255).all()
    assert between(x, low, low + 4.0).elementCount() == 6 + 4


@pytest.mark.parametrize("count", [20, 1001])
@pytest.mark.parametrize("kind", [Stroke, Shade])
def test_that_vectors_cover_what_the_picture_covers(kind, count):
    x = np.linspace(0, 1000, count)
    y = 5 + 3 * np.sin(x / 90) + np.resize([0.5, -0.5], count)
    drawn = Stroke(COLOUR, x, y) if kind is Stroke else Shade(COLOUR, x, y - 1, y + 1)
    vectors = QImage(COLUMNS, ROWS, QImage.Format.Format_ARGB32_Premultiplied)
    vectors.fill(0)
    painter = QPainter(vectors)
    drawn.paint(painter, Frame(QSizeF(COLUMNS, ROWS), 1.0, PLACE))
    painter.end()
    picture = alpha(drawn.draw) > 127
    other = np.frombuffer(vectors.constBits(), np.uint8).reshape(ROWS, COLUMNS, 4)[..., 3] > 127
    # A column more or less at the edges of lines, nothing else.
    apart = np.count_nonzero(picture ^ other) / np.count_nonzero(picture | other)
    assert apart < 0.35


def test_that_infinities_become_gaps_and_gaps_stay():
    x = np.arange(4.0)
    y = np.array([1.0, np.inf, np.nan, -np.inf])
    stroke = Stroke(COLOUR, x, y).without_infinities()
    np.testing.assert_array_equal(stroke.y, [1.0, np.nan, np.nan, np.nan])
    assert stroke.without_infinities() is stroke
    shade = Shade(COLOUR, x, y, np.ones(4)).without_infinities()
    assert shade.extent((0, 3)) == (1.0, 1.0)
