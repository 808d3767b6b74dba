import re
import shutil
import subprocess

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

from engine.spec.errors import StoreError
from studio.plots.plot import Axis, PlotWidget
from studio.report.figure import draw_figure
from studio.report.paper import PaperPainter
from tests.gui.pixels import is_like, pixels_of, rgb

pytestmark = pytest.mark.gui
BLUE = "#0000ff"
COSMETIC = re.compile(r'<g [^>]*stroke="(?!none)[^>]*>\s*<[^>]*non-scaling-stroke')
"""A line whose width is no part of the drawing."""


@pytest.fixture
def figure(qtbot):
    scene = QGraphicsScene()
    scene.addLine(0, 0, 100, 50)
    scene.addText("accuracy")
    view = QGraphicsView(scene)
    view.resize(200, 100)
    qtbot.addWidget(view)
    view.show()
    yield view
    view.setScene(None)


@pytest.fixture
def plot(qtbot):
    """A blue line, two pixels wide, straight across the middle of what is seen."""
    plot = PlotWidget([Axis("bottom"), Axis("left")])
    plot.setBackground("w")
    plot.resize(300, 200)
    qtbot.addWidget(plot)
    item = pg.PlotCurveItem(np.array([0.0, 1000.0]), np.array([5.0, 5.0]), pen=pg.mkPen(
        BLUE, width=2))
    item.setSegmentedLineMode("off")  # whole lines, as plots have them on paper
    plot.addItem(item)
    plot.setRange(xRange=(0, 1000), yRange=(0, 10), padding=0)
    plot.show()
    plot.grab()
    return plot


def image_of(widget):
    return QImage.fromData(draw_figure(widget, "png"))


def test_that_an_svg_is_made_of_vectors(figure):
    text = draw_figure(figure, ".SVG").decode()
    assert "<polyline" in text
    assert "accuracy" in text
    assert "<image" not in text


def test_that_a_pdf_is_a_page_of_the_figures_size(figure):
    data = draw_figure(figure, ".pdf")
    assert data.startswith(b"%PDF")
    assert b"/MediaBox [0 0 150.000000 75.000000]" in data


def test_that_a_png_has_three_pixels_for_one_and_the_size_of_the_others_on_paper(figure):
    image = image_of(figure)
    assert (image.width(), image.height()) == (600, 300)
    colours = {image.pixelColor(x, y).name() for x in range(0, 600, 3) for y in range(0, 300, 3)}
    assert len(colours) > 1
    inches = image.width() / (image.dotsPerMeterX() * 0.0254)
    assert inches == pytest.approx(200 / 96, rel=1e-3)
    assert image.dotsPerMeterY() == image.dotsPerMeterX()


def test_that_another_ending_is_refused(figure):
    with pytest.raises(StoreError, match="saved as svg, pdf, png"):
        draw_figure(figure, ".gif")


def test_that_a_line_of_a_png_is_as_wide_on_paper_as_on_the_screen(plot):
    pixels = pixels_of(image_of(plot))
    across = is_like(pixels, rgb(BLUE))[:, pixels.shape[1] // 2]
    assert 5 <= across.sum() <= 7, "two pixels, three for one"


def test_that_an_svg_has_the_width_of_each_line_and_fonts_that_are_anywhere(plot):
    text = draw_figure(plot, "svg").decode()
    assert not COSMETIC.search(text)
    (group,) = re.findall(rf'<g [^>]*stroke="{BLUE}"[^>]*>\s*<path', text)
    assert 'stroke-width="2"' in group
    assert 'transform="matrix(1,0,0,1,0,0)"' in group
    families = set(re.findall(r'font-family="([^"]*)"', text))
    assert families
    for family in families:
        first, *rest = family.split(", ")
        assert rest == ["Helvetica", "Arial", "sans-serif"]
        assert first not in ("Sans Serif", "Sans", "")


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="there is no rsvg-convert here")
def test_that_another_program_draws_the_same(plot, tmp_path):
    (tmp_path / "figure.svg").write_bytes(draw_figure(plot, "svg"))
    subprocess.run(["rsvg-convert", "-z", "3", "figure.svg", "-o", "it.png"], cwd=tmp_path,
                   check=True)
    drawn = pixels_of(QImage(str(tmp_path / "it.png")))
    across = is_like(drawn, rgb(BLUE))[:, drawn.shape[1] // 2]
    assert 5 <= across.sum() <= 7


def test_that_every_shape_has_its_width_whatever_the_scale(qapp):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill("white")
    painter = PaperPainter(image)
    painter.scale(100, 1)
    painter.setPen(pg.mkPen(BLUE, width=8))
    path = QPainterPath(QPointF(0.1, 20))
    path.lineTo(2.9, 20)
    painter.drawPath(path)
    painter.drawLine(QPointF(0.1, 50), QPointF(2.9, 50))
    painter.drawRect(QRectF(0.5, 80, 2, 40))
    painter.drawEllipse(QRectF(0.5, 150, 2, 40))
    painter.drawEllipse(QPointF(1.5, 220), 1.0, 15)
    painter.drawPolygon(QPolygonF([QPointF(0.5, 260), QPointF(2.5, 260), QPointF(1.5, 290)]))
    painter.end()
    blue = is_like(pixels_of(image), rgb(BLUE))
    for top in (20, 50, 80, 120, 150, 190, 205, 235, 260):
        assert blue[top - 4 : top + 4, 150].sum() >= 7, top
    assert blue[100, 46:54].all(), "the sides are no wider than top and bottom"
    assert not blue[100, 60:240].any()
