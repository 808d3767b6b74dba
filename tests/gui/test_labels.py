import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from studio.widgets.labels import NamesLabel, label
from studio.widgets.layout import column
from tests.gui.pixels import picture

pytestmark = pytest.mark.gui
TEXT = "resnet8 · image_folder, 3 von 3 Läufen fertig"


def lines(said, fitting):
    """A label's lines where there is room for so much text."""
    layout = said._laid_out(said.fontMetrics().horizontalAdvance(fitting) + 1)
    shown = [layout.lineAt(at) for at in range(layout.lineCount())]
    seen = [layout.text()[at.textStart():at.textStart() + at.textLength()] for at in shown]
    return [text.replace("\N{ZERO WIDTH SPACE}", "").strip() for text in seen]


@pytest.mark.parametrize(("text", "fitting", "broken"), [
    (TEXT, TEXT, [TEXT]),
    (TEXT, "resnet8 · image_f", ["resnet8 ·", "image_folder, 3", "von 3 Läufen", "fertig"]),
    (TEXT, "resnet8 ·", ["resnet8 ·", "image_", "folder, 3", "von 3", "Läufen", "fertig"]),
    ("mobilenetv2 a_b", "mobilenetv", ["mobilenetv", "2 a_b"]),
    ("slimmable-resnet/wide.net", "slimmable-", ["slimmable-", "resnet/", "wide.net"]),
    ("(lr = 1e-05, -0.125)", "1e-05,", ["(lr =", "1e-05,", "-0.125", ")"]),
])
def test_that_a_name_is_broken_only_where_it_has_no_room(qtbot, text, fitting, broken):
    said = NamesLabel(text)
    qtbot.addWidget(said)
    assert lines(said, fitting) == broken
    assert said.text() == text


def shown(qtbot, made):
    """A label in a narrow place that is as wide as it is, whatever the label asks for."""
    frame = QFrame()
    qtbot.addWidget(frame)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    inner = column(frame)
    inner.addWidget(made)
    inner.addStretch(1)
    frame.resize(90, 200)
    frame.show()
    return frame


def letters(frame):
    """The rows of its picture from the first that something is written on to the last."""
    seen = picture(frame)
    written = np.flatnonzero((seen != seen[-1, 0]).any(axis=(1, 2)))
    return seen[written[0]:written[-1] + 1]


@pytest.mark.parametrize("role", ["heading", "caption"])
def test_that_a_text_without_long_names_looks_like_that_of_any_label(qtbot, role):
    text = "plain on digits, 3 of 3 runs done"
    own, others = (shown(qtbot, made) for made in (NamesLabel(text, role),
                                                   label(text, role, wrap=True)))
    own_label, other = own.findChild(NamesLabel), others.findChild(QLabel)
    assert own_label.height() == other.height() > 2 * own_label.fontMetrics().height()
    assert (letters(own) == letters(others)).all()


def test_that_the_lines_of_a_name_have_room(qtbot):
    frame = shown(qtbot, NamesLabel("an_image_folder_of_a_very_long_name"))
    said = frame.findChild(NamesLabel)
    high = said.height()
    assert high >= 3 * said.fontMetrics().height()
    frame.resize(45, 200)
    qtbot.waitUntil(lambda: said.height() > high)
    assert said.textFormat() is Qt.TextFormat.PlainText
