import csv
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.store.predictions import (
    PeerPredictions,
    Predictions,
    save_peers,
    save_predictions,
)
from studio.pages.compare.exports import ExportMenu
from studio.plots.palette import run_colour
from studio.theme.theme import apply_theme
from tests.gui.comparing import LAST, choose, command, copied, export_menu, opened
from tests.gui.pixels import COLOURFUL, is_like, pixels_of, rgb, run_colours_in
from tests.unit.studio.report.test_figure import COSMETIC

pytestmark = pytest.mark.gui

SVG = "{http://www.w3.org/2000/svg}"
ENDINGS = "csv", "md", "tex"
PARTS = (
    "verdict", "curves", "settings", "price", "cost", "flips", "classes", "confusion",
    "calibration", "peers",
)
DRAWN = "curves", "price", "cost", "confusion", "calibration"
MOST_OF_A_LINE = 0.02
"""The share of a figure's pixels that lines and dots of one colour take at most."""
DRIVEN = {
    f"compare.export.{part}.{form}"
    for part in PARTS for form in (*ENDINGS, *(f"copy_{ending}" for ending in ENDINGS))
} | {f"compare.export.{part}.figure" for part in DRAWN}
"""The commands that are driven below."""
LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2])
PLAIN, SILA = np.array([0, 1, 1, 1, 1, 2, 2, 0]), np.array([0, 0, 0, 1, 2, 2, 2, 0])


@pytest.fixture
def save_as(monkeypatch):
    """Answer the question where to save."""

    def answer(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        return path

    return answer


@pytest.fixture
def full(qtbot, client, context, runs, dynamic):
    """A page on which every part has something to say."""
    for run in runs:
        folder = client.workspace.run_folder(run)
        is_plain = run in runs[:3]
        said = PLAIN if is_plain else SILA
        save_predictions(
            folder, "test", LAST, Predictions(LABELS, said, np.full(8, 0.75, np.float32))
        )
        if not is_plain:
            save_peers(folder, LAST, PeerPredictions(LABELS, np.array([SILA, PLAIN]), LABELS))
    page = opened(qtbot, context, [*runs, *dynamic])
    small = [v for v in page.study.variants if (v.method, v.backbone) == ("sila", "resnet8")]
    choose(page, "compare_images_variant", small[0].digest)
    page.findChild(ExportMenu).aboutToShow.emit()  # which reads what no one has scrolled to
    qtbot.waitUntil(lambda: command(page, "peers", "csv").isEnabled())
    return page


def saved(qtbot, page, part, path):
    """The figure of a part, once it is there."""
    command(page, part, "figure").trigger()
    qtbot.waitUntil(path.exists)
    page._context.jobs.wait()
    return path


def cells_of(line):
    return re.split(r"(?<!\\\\)\|", line)[1:-1]


def test_that_every_part_of_the_page_is_a_table_in_three_forms(qtbot, full):
    commands = {each.id for each in full._context.commands.all()}
    assert {name for name in commands if name.startswith("compare.export.")} == DRIVEN
    for part in PARTS:
        texts = {ending: copied(qtbot, full, part, ending) for ending in ENDINGS}
        rows = list(csv.reader(io.StringIO(texts["csv"])))
        assert len(rows) > 1, part
        assert {len(row) for row in rows} == {len(rows[0])}, part
        for table in texts["md"].split("\n\n"):
            assert len({len(cells_of(line)) for line in table.splitlines()}) == 1, part
        tables = re.findall(r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end", texts["tex"], re.DOTALL)
        assert tables, part
        for columns, body in tables:
            lines = [line for line in body.splitlines() if line.endswith(r"\\")]
            assert len(lines) > 1, part
            assert {len(line.split(" & ")) for line in lines} == {len(columns)}, part
        assert texts["tex"].isascii(), part


def test_that_every_part_stands_in_the_menu_and_each_file_is_saved(qtbot, full, save_as, tmp_path):
    for part in PARTS:
        if part != "verdict":
            assert export_menu(full, part).menuAction().isVisible(), part
        for ending in ENDINGS:
            path = save_as(tmp_path / f"{part}.{ending}")
            command(full, part, ending).trigger()
            qtbot.waitUntil(lambda path=path: path.exists() and path.stat().st_size > 0)
            assert path.read_text() == copied(qtbot, full, part, ending)


def test_that_every_figure_is_saved_as_vectors_and_pixels_on_white(
    qtbot, full, save_as, tmp_path
):
    apply_theme(QApplication.instance(), "dark")
    for part in DRAWN:
        svg = saved(qtbot, full, part, save_as(tmp_path / f"{part}.svg"))
        assert not COSMETIC.search(svg.read_text()), part
        root = ElementTree.fromstring(svg.read_text())
        assert root.findall(f".//{SVG}text"), part
        assert not root.findall(f".//{SVG}image"), part
        png = saved(qtbot, full, part, save_as(tmp_path / f"{part}.png"))
        image = QImage(str(png))
        assert image.pixelColor(2, image.height() - 3).name() == "#ffffff", part
        assert len(colours_of(image.scaled(200, 200))) > 5, part
        seen = pixels_of(image)[::2, ::2]  # a quarter of them: there are millions
        for colour in () if part == "confusion" else COLOURFUL:
            assert is_like(seen, rgb(colour)).mean() < MOST_OF_A_LINE, (part, colour)
    apply_theme(QApplication.instance(), "light")


def test_that_curves_are_told_by_run_and_read_as_they_are_drawn(qtbot, page):
    rows = list(csv.DictReader(io.StringIO(copied(qtbot, page, "curves", "csv"))))
    assert len(rows) == 6 * 5
    last = [row for row in rows if row["label"] == "plain" and row["epoch"] == "5.0"]
    assert [(row["seed"], float(row["value"])) for row in last] == [
        ("0", 89.0), ("1", pytest.approx(89.1)), ("2", pytest.approx(89.2))
    ]
    assert {(row["mean"][:5], row["std"][:4], row["n"]) for row in last} == {("89.10", "0.10", "3")}
    lines = copied(qtbot, page, "curves", "md").splitlines()
    assert (lines[0], lines[-1]) == (
        "| Epoch | plain | sila |", "| 5 | 89.10 ± 0.10 | 90.11 ± 0.11 |"
    )
    choose(page, "compare_lines", "runs")
    lines = copied(qtbot, page, "curves", "md").splitlines()
    assert lines[0].startswith("| Epoch | plain s0 (run 1) | plain s1 (run 2) |")
    assert lines[-1].startswith("| 5 | 89.00 | 89.10 | 89.20 | 90.00 |")


def test_that_flips_are_told_with_class_and_seeds(qtbot, full):
    assert copied(qtbot, full, "flips", "md").splitlines() == [
        "| Image | Class | plain, resnet8 says | sila, resnet8 says | Flip | Seeds |",
        "| --: | --- | --- | --- | --- | --- |",
        "| 1 | 0 | 1 | 0 | fixed | 0 1 2 |",
        "| 2 | 0 | 1 | 0 | fixed | 0 1 2 |",
        "| 4 | 1 | 1 | 2 | broken | 0 1 2 |",
    ]


def test_that_confusions_and_calibration_are_told_as_they_are_shown(qtbot, full):
    assert copied(qtbot, full, "confusion", "csv").splitlines() == [
        "class,0,1,2", "0,2.0,-2.0,0.0", "1,0.0,-1.0,1.0", "2,0.0,0.0,0.0"
    ]
    assert "| 1 | 0 | −1.00 | +1.00 |" in copied(qtbot, full, "confusion", "md")
    assert "| 3 | 12.50 ± 0.00 | 75.00 | 62.50 | +12.50 |" in copied(
        qtbot, full, "calibration", "md")
    first, _ = csv.DictReader(io.StringIO(copied(qtbot, full, "calibration", "csv")))
    assert [first[key] for key in ("ece", "bin_confidence", "bin_accuracy", "bin_images")] == [
        "12.5", "75.0", "62.5", "8.0"
    ]


def test_that_settings_are_told_in_full_and_as_they_are_shown(qtbot, full):
    assert "method.name,plain,sila,plain,sila" in copied(qtbot, full, "settings", "csv")
    names = "| Setting | plain, resnet8 | sila, resnet8 | plain, msdnet | sila, msdnet |"
    assert copied(qtbot, full, "settings", "md").startswith(names)


@pytest.mark.parametrize(("ending", "start"), [
    ("csv", "metric,which"), ("md", "| Dataset |"),
    ("tex", "% Dataset: digits; Backbone: resnet8; needs \\usepackage{booktabs}"),
])
def test_that_the_comparison_is_copied_with_equal_time(qtbot, page, ending, start):
    text = copied(qtbot, page, "verdict", ending)
    assert text.startswith(start)
    assert "equal" in text.lower()
    assert "+0.01 (" in text or ending == "csv"


def test_that_the_prices_are_copied_and_the_menu_says_of_what(qtbot, page):
    assert export_menu(page, "price").menuAction().isVisible()
    choose(page, "compare_price", "seconds")
    plain, sila = csv.DictReader(io.StringIO(copied(qtbot, page, "price", "csv")))
    assert (plain["label"], plain["price_of"], plain["price"]) == ("plain", "seconds", "10.0")
    assert (sila["on_front_of_means"], sila["front_is_shown"], sila["n"]) == ("1", "1", "3")
    assert copied(qtbot, page, "price", "md").splitlines()[2] == (
        "| digits | resnet8 | plain | 10 | 90.10 ± 0.10 | 3 | yes |"
    )
    assert r"sila & 11 & 91.11 $\pm$ 0.11 & 3 & yes \\" in copied(qtbot, page, "price", "tex")
    choose(page, "compare_price", "latency")
    assert not export_menu(page, "price").menuAction().isVisible()


def test_that_nothing_can_be_exported_before_anything_is_compared(context, qtbot, runs):
    page = opened(qtbot, context, runs)
    context.selection.choose([])
    for part in PARTS:
        for form in (*ENDINGS, *(f"copy_{ending}" for ending in ENDINGS)):
            action = command(page, part, form)
            assert not action.isEnabled()
            assert "Choose runs to compare first" in action.toolTip()
    assert page.study is None


def colours_of(image):
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width()) for y in range(image.height())
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", ["curves", "price"])
def test_that_an_svg_is_plain_vectors_in_the_runs_colours(
    qtbot, page, save_as, tmp_path, figure, theme
):
    apply_theme(QApplication.instance(), theme)
    path = saved(qtbot, page, figure, save_as(tmp_path / "figure.svg"))
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


def test_that_a_png_has_more_than_twice_the_pixels_and_a_pdf_one_page(
    qtbot, page, save_as, tmp_path
):
    png = saved(qtbot, page, "curves", save_as(tmp_path / "figure.png"))
    image, plot = QImage(str(png)), page._curves.plot
    assert image.width() >= 2 * plot.width()
    left = 3 * round(plot.item.vb.sceneBoundingRect().left())
    axis = [image.pixelColor(x, 310).lightness() < 80 for x in range(left - 9, left + 9)]
    assert 2 <= sum(axis) <= 4, "dark, and three pixels wide"
    drawn = {run_colour(variant.colour) for variant in page.study.variants}
    assert drawn <= colours_of(image.copy(image.width() // 2, 0, 400, image.height()))
    pdf = saved(qtbot, page, "curves", save_as(tmp_path / "figure.pdf"))
    assert len(re.findall(rb"/Type /Page\b", pdf.read_bytes())) == 1


def test_that_a_figure_that_cannot_be_saved_is_told(qtbot, page, save_as, tmp_path):
    save_as(tmp_path / "figure.gif")
    with qtbot.waitSignal(page._context.messages.said) as told:
        command(page, "curves", "figure").trigger()
    assert "a figure is saved as svg, pdf, png" in told.args[0].text
    save_as(tmp_path / "nowhere" / "figure.svg")
    with qtbot.waitSignal(page._context.jobs.failed) as failed:
        command(page, "curves", "figure").trigger()
    assert "cannot be written" in failed.args[0]


def test_that_epochs_are_counted_in_whole_numbers(qtbot, page, save_as, tmp_path):
    text = saved(qtbot, page, "curves", save_as(tmp_path / "figure.svg")).read_text()
    said = [text.strip() for text in re.findall(r">([^<]*)</text>", text)]
    assert {"1", "2", "3", "4", "5"} <= set(said)
    assert "1.5" not in said


def test_that_a_figure_that_was_never_seen_is_whole(qtbot, full, save_as, tmp_path):
    png = saved(qtbot, full, "calibration", save_as(tmp_path / "figure.png"))
    seen = pixels_of(QImage(str(png)))
    drawn = {run_colour(v.colour) for v in full.study.variants if v.backbone == "resnet8"}
    assert run_colours_in(seen[:, : seen.shape[1] // 4]) == drawn, "the dots, left of the legend"
