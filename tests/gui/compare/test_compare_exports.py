import csv
import io
import re
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog

from studio.plots.palette import run_colour
from studio.theme.theme import apply_theme
from tests.gui.comparing import choose, do, export_menu, opened

pytestmark = pytest.mark.gui

SVG = "{http://www.w3.org/2000/svg}"
COMMANDS = [f"{verb}_{ending}" for verb in ("copy", "save") for ending in ("csv", "md", "tex")]


@pytest.fixture
def save_as(monkeypatch):
    """Answer the question where to save."""

    def answer(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        return path

    return answer


def copied(menu, name):
    menu.findChild(QAction, name).trigger()
    return QGuiApplication.clipboard().text()


@pytest.mark.parametrize(("ending", "start"), [
    ("csv", "metric,which"), ("md", "| Dataset |"), ("tex", "% needs \\usepackage{booktabs}"),
])
def test_that_the_comparison_is_copied_with_equal_time(page, ending, start):
    do(page, f"copy_{ending}")
    text = QGuiApplication.clipboard().text()
    assert text.startswith(start)
    assert "equal" in text
    assert "+0.01 (" in text or ending == "csv"


@pytest.mark.parametrize("ending", ["csv", "md", "tex"])
def test_that_the_comparison_is_saved(qtbot, page, save_as, tmp_path, ending):
    path = save_as(tmp_path / f"table.{ending}")
    do(page, f"save_{ending}")
    qtbot.waitUntil(path.exists)
    do(page, f"copy_{ending}")
    qtbot.waitUntil(lambda: path.read_text() == QGuiApplication.clipboard().text())


def test_that_the_prices_are_copied_and_the_menu_says_of_what(page):
    menu = export_menu(page, "price")
    assert menu.menuAction().isVisible()
    choose(page, "compare_price", "seconds")
    plain, sila = csv.DictReader(io.StringIO(copied(menu, "copy_price_CSV")))
    assert (plain["label"], plain["price_of"], plain["price"]) == ("plain", "seconds", "10.0")
    assert (sila["on_pareto_front"], sila["n"]) == ("1", "3")
    assert copied(menu, "copy_price_Markdown").splitlines()[2] == (
        "| digits | resnet8 | plain | 10 | 90.10 ± 0.10 | 3 | yes |"
    )
    assert r"sila & 11 & 91.11 $\pm$ 0.11 & 3 & yes \\" in copied(menu, "copy_price_LaTeX")
    choose(page, "compare_price", "latency")
    assert not export_menu(page, "price").menuAction().isVisible()


def test_that_nothing_can_be_exported_before_anything_is_compared(context, qtbot, runs):
    page = opened(qtbot, context, runs)
    context.selection.choose([])
    context.commands.refresh()
    for name in (*COMMANDS, "save_curves", "save_tradeoff"):
        action = context.commands.action(f"compare.{name}")
        assert not action.isEnabled()
        assert "Choose runs to compare first" in action.toolTip()
    assert page.study is None


def colours_of(image):
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width()) for y in range(image.height())
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", ["curves", "tradeoff"])
def test_that_an_svg_is_plain_vectors_in_the_runs_colours(
    qtbot, page, save_as, tmp_path, figure, theme
):
    apply_theme(QApplication.instance(), theme)
    path = save_as(tmp_path / "figure.svg")
    do(page, f"save_{figure}")
    root = ElementTree.fromstring(path.read_text())
    assert root.tag == f"{SVG}svg"
    assert len(root.attrib["viewBox"].split()) == 4
    assert not root.findall(f".//{SVG}image"), "a bitmap is no figure for a paper"
    assert {element.tag.partition("}")[0] for element in root.iter()} == {SVG[:-1]}
    drawn = {run_colour(variant.colour) for variant in page.study.variants}
    text = path.read_text()
    assert all(colour in text for colour in drawn)
    assert [e for e in root.iter(f"{SVG}text") if "".join(e.itertext()).strip() == "sila"]
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    assert drawn & colours_of(image)
    assert image.pixelColor(2, 2).name() == "#ffffff", "paper is white, whatever the theme"
    apply_theme(QApplication.instance(), "light")


def test_that_a_png_has_more_than_twice_the_pixels_and_a_pdf_one_page(page, save_as, tmp_path):
    png = save_as(tmp_path / "figure.png")
    do(page, "save_curves")
    image, plot = QImage(str(png)), page._curves.plot
    assert image.width() >= 2 * plot.width()
    drawn = {run_colour(variant.colour) for variant in page.study.variants}
    assert drawn <= colours_of(image.copy(image.width() // 2, 0, 400, image.height()))
    pdf = save_as(tmp_path / "figure.pdf")
    do(page, "save_curves")
    assert len(re.findall(rb"/Type /Page\b", pdf.read_bytes())) == 1
