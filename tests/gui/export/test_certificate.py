import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTableWidget, QToolButton

from studio.pages.export.certificate import CertificateView
from studio.pages.export.certificate_files import as_markdown
from studio.pages.export.leave_early import SharesBar
from studio.theme.theme import apply_theme
from studio.theme.tokens import current
from tests.gui.exporting import CERTIFICATE, OLD, proof, texts
from tests.gui.listing import do
from tests.gui.pixels import is_like, picture, rgb

pytestmark = pytest.mark.gui
TITLES = {"onnx": "ONNX", "int8": "ONNX int8"}
HASH = OLD["formats"]["onnx"]["sha256"]


@pytest.fixture
def view(qtbot, context):
    view = CertificateView(context)
    qtbot.addWidget(view)
    view.resize(660, 900)
    return view


@pytest.fixture
def shown(view):
    """A function: the view of a certificate."""

    def show(certificate=CERTIFICATE, **changed):
        view.show_certificate({**certificate, **changed}, TITLES)
        view.show()
        return view

    return show


def files(view):
    table = view.findChild(QTableWidget, "certificate_formats")
    return [
        [table.item(row, column).text() for column in range(5) if table.item(row, column)]
        for row in range(table.rowCount())
    ]


def test_that_files_stand_beside_each_other_below_the_trained_network(shown):
    assert files(shown()) == [
        ["trained network", "91.11 %\nECE 2.50 %", "", "", ""],
        ["ONNX\nmodel.onnx", "91.11 %\nECE 2.50 %", "100 %\n± 2.4e-06", "0.06 ms\n1.20 × plain",
         "0.40 ms\n1.00 × plain"],
        ["ONNX int8\nmodel.int8.onnx", "90.50 %\nECE 2.50 %", "95 %\n± 2.4e-06",
         "0.06 ms\n1.20 × plain", "0.40 ms\n1.00 × plain"],
    ]


def test_that_what_was_stripped_and_what_ships_is_told(shown):
    said = texts(shown())
    assert "77,754 of 90,938, exactly as many as in the plain backbone" in said
    assert "13,184 parameters\nauxiliary: 13,184" in said
    assert any("model.onnx 22 and 24, model.int8.onnx 22 and 24" in line for line in said)


def test_that_warnings_are_seen_with_the_word(shown):
    assert "Warning: ONNX int8: another class for 5.0% of the images." in texts(shown())


@pytest.mark.parametrize(("changed", "line"), [
    ({"peer": {"number": 2, "of": 2, "chosen": "as asked for"}}, "peer 2 of 2, as asked for"),
    ({"ensemble": [{}, {}], "params_removed": 0},
     "77,754 of 90,938: 2 networks, each computed for every image"),
    ({"averaged": {"steps": [20, 40]}},
     "the average of those of steps 20, 40, with the statistics of batch norms taken anew"),
    ({"temperature": {"values": [0.6], "num_images": 136, "test_ece_before": 4.3},
      "results": {"test/ece": 1.6}},
     "0.600, fitted on 136 validation images: calibration error on test 4.30 % before, 1.60 % "
     "after"),
    ({"ema": {"decay": 0.999}},
     "the running average of steps with decay 0.999, step 40"),
    ({"forked_from": 1, "forked_at": 4}, "from run 1 at epoch 4"),
    ({"params_removed": 0, "removed_modules": {}},
     "nothing: the method has no training-only parts"),
])
def test_that_what_was_chosen_is_named_as_what_it_is(shown, changed, line):
    assert line in texts(shown(**changed))


def test_that_a_format_that_was_not_written_is_seen_with_the_reason(shown):
    said = texts(shown(not_written={"int8": "there is no operator for it, in module head.1"}))
    line = "ONNX int8 was not written: there is no operator for it, in module head.1."
    assert line in said
    assert line in as_markdown({**CERTIFICATE, "not_written": {"int8": line[27:-1]}}, TITLES)


def test_that_folded_batch_norms_are_counted_with_their_parameters(shown):
    part = {
        "name": "the whole network with 2 batch norms folded", "params_left_out": 0,
        "folded_batch_norms": {"conv": "norm", "other": "norm2"}, "params_before_folding": 78_000,
    }
    said = texts(shown(part=part))
    line = "2 batch norms, into the convolutions before them: 78,000 parameters became 77,754"
    assert line in said
    assert any("exactly as many as this part of the plain backbone has" in each for each in said)


def test_that_versions_are_folded_away(shown):
    view = shown()
    assert "2.14.0" not in texts(view)
    view.findChild(QPushButton, "certificate_versions").click()
    assert {"2.14.0", "Linux x86_64", "1289a25b99ed"} <= set(texts(view))


def test_that_a_hash_is_copied_in_full_by_mouse_by_key_and_by_its_command(qtbot, shown, context):
    table = shown().findChild(QTableWidget, "certificate_formats")
    copy = table.cellWidget(1, 5).findChild(QToolButton)
    assert copy.accessibleName() == "Copy the SHA-256 of model.onnx"
    copy.click()
    assert QGuiApplication.clipboard().text() == HASH
    QGuiApplication.clipboard().clear()
    do(context, "export.copy_hash")  # of the file that the button was beside
    assert QGuiApplication.clipboard().text() == HASH
    QGuiApplication.clipboard().clear()
    table.selectRow(2)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == HASH


def test_that_a_certificate_of_the_first_version_is_shown_too(shown):
    view = shown(OLD)
    assert files(view) == [["ONNX\nmodel.onnx", "–", "100 %\n± 2.4e-06", "0.03 ms", "–"]]
    assert view.findChild(QPushButton, "certificate_versions") is None


def test_that_all_of_it_is_markdown_without_a_window():
    text = as_markdown(CERTIFICATE, TITLES)
    assert text.startswith("# Certificate of run 1: sila resnet8 digits s0\n")
    assert "- **Stripped**: 13,184 parameters; auxiliary: 13,184\n" in text
    row = "| ONNX, model.onnx | 91.11 %, ECE 2.50 % | 100 %, ± 2.4e-06 | 0.06 ms, 1.20 × plain |"
    assert f"{row} 0.40 ms, 1.00 × plain | 338.0 KiB | {HASH} |" in text
    assert "Warning: ONNX int8" in text
    assert "| ONNX, model.onnx | – |" in as_markdown(OLD, TITLES)


def test_that_its_marks_follow_the_theme(qtbot, qapp, shown):
    view = shown()
    qtbot.waitExposed(view)

    def mark():
        table = view.findChildren(QTableWidget)[-1]
        return table.item(1, 2).icon().pixmap(16, 16).toImage()

    before = mark()
    apply_theme(qapp, "dark")
    try:
        qtbot.waitUntil(lambda: mark() != before)
    finally:
        apply_theme(qapp, "light")


def test_that_budgets_for_leaving_early_are_drawn(shown):
    budget = {"expected_multiply_adds": 2e6, "test_top1": 81.5, "exit_shares": [0.25, 0.75],
              "thresholds": [0.9, 0.0]}
    view = shown(part={
        "name": "all 2 exits", "multiply_adds": [1e6, 2e6], "leave_early": [budget],
    })
    assert "81.50 %" in texts(view)
    bar = view.findChild(SharesBar)
    assert bar.accessibleName().startswith("exit 1: 25% of the images, from confidence 0.900; ex")
    seen = picture(bar)
    quarter = seen.shape[1] // 4  # leaves at the first exit
    assert is_like(seen[:, 2 : quarter - 2], rgb(current().accent_soft)).mean() > 0.5
    assert is_like(seen[:, quarter + 2 : -2], rgb(current().border)).mean() > 0.5


def test_that_what_was_measured_goes_before_what_was_counted(shown):
    timed = {"thresholds": [0.9, 0.0], "exit_shares": [0.5, 0.5], "test_top1": 80.0, "ms": 0.25,
             "num_images": 450, "timed_images": 50}
    view = shown(formats={"early": proof("model.early_exit.onnx", leave_early=[timed])})
    said = texts(view)
    assert {"an image takes", "0.25 ms", "80.00 %"} <= set(said)
    assert any("on 450 test images, the time on 50 of them, one by" in line for line in said)


def timed(ms, **said):
    return [{"batch": 1, "ms": ms, "plain_ms": 0.05, "calls": 200, **said},
            {"batch": 32, "ms": 0.4, "plain_ms": 0.4, "calls": 120}]


@pytest.mark.parametrize(("ms", "is_said"), [(0.09, True), (0.05, False)])
def test_that_integers_that_are_slower_than_float32_are_told(shown, ms, is_said):
    formats = {"onnx": proof("model.onnx", latency=timed(0.06)),
               "onnx_int8": proof("model.int8.onnx", latency=timed(ms))}
    line = (
        "model.int8.onnx is slower than model.onnx on the computer that wrote it (0.09 ms instead "
        "of 0.06 for a batch of 1): 8-bit integers are quicker only where the processor has "
        "instructions for them."
    )
    assert (line in texts(shown(formats=formats))) == is_said
    assert (line in as_markdown({**CERTIFICATE, "formats": formats}, TITLES)) == is_said


def test_that_it_is_told_how_files_were_timed(shown):
    ratio = {"ratio": 1.016, "ratio_interval": [1.002, 1.031]}
    formats = {"onnx": proof("model.onnx", latency=timed(0.06, **ratio))}
    view = shown(formats=formats)
    assert texts(view)[-1] == (
        "Times are medians of 120 to 200 calls, in turns with the plain backbone's, written in "
        "the same way."
    )
    table = view.findChild(QTableWidget, "certificate_formats")
    assert table.item(1, 3).text() == "0.06 ms\n1.02 × plain"
    one = (
        "0.060 ms, the plain backbone 0.050 ms: medians of 200 calls, 1.016 times as long (95 % "
        "interval 1.002 to 1.031)"
    )
    assert table.item(1, 3).toolTip() == one
    assert table.item(1, 4).toolTip().endswith("medians of 120 calls")
    assert f"- model.onnx, 1 image: {one}." in as_markdown(
        {**CERTIFICATE, "formats": formats}, TITLES)


@pytest.mark.parametrize("count", [0, 2])
def test_that_the_margin_of_images_with_another_class_is_told(shown, count):
    told = {"num_images": count, "largest_margin": 0.0123, "median_margin": 0.005}
    view = shown(formats={"onnx": proof("model.onnx", disagreeing=told)})
    line = (
        "model.onnx names another class for 2 of the images; the trained network's two highest "
        "logits are 0.012 apart there at most, 0.005 in the median."
    )
    assert (line in texts(view)) == bool(count)
