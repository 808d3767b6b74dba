import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

from engine.spec.errors import StoreError
from studio.report.figure import save_figure

pytestmark = pytest.mark.gui


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


def test_that_an_svg_is_made_of_vectors(figure, tmp_path):
    save_figure(figure, tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text()
    assert "<polyline" in text
    assert "accuracy" in text
    assert "<image" not in text


def test_that_a_pdf_is_a_page_of_the_figures_size(figure, tmp_path):
    save_figure(figure, tmp_path / "figure.pdf")
    data = (tmp_path / "figure.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/MediaBox [0 0 150.000000 75.000000]" in data


def test_that_a_png_has_three_pixels_for_one(figure, tmp_path):
    save_figure(figure, tmp_path / "figure.png")
    image = QImage(str(tmp_path / "figure.png"))
    assert (image.width(), image.height()) == (600, 300)
    colours = {image.pixelColor(x, y).name() for x in range(0, 600, 3) for y in range(0, 300, 3)}
    assert len(colours) > 1


def test_that_another_ending_is_refused(figure, tmp_path):
    with pytest.raises(StoreError, match="saved as svg, pdf, png"):
        save_figure(figure, tmp_path / "figure.gif")


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_that_a_folder_that_is_not_there_is_told(figure, tmp_path, ending):
    with pytest.raises(StoreError, match="cannot be written"):
        save_figure(figure, tmp_path / "nowhere" / f"figure.{ending}")
