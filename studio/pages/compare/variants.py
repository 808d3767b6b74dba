"""The variants being compared: baseline star, eye, colour, how many of their runs are done."""

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget
from shiboken6 import isValid

from studio.pages.compare.actions import VariantActions
from studio.pages.compare.study import Study, Variant
from studio.pages.compare.verdict_parts import swatch
from studio.plots.palette import run_colour, run_dash
from studio.plots.strokes import pen_of
from studio.report.verdict_text import left_out_text
from studio.widgets.buttons import IconButton
from studio.widgets.labels import NamesLabel, label, tip
from studio.widgets.layout import column, row
from studio.widgets.section import Section

_MOST_REASONS = 3


class LineSample(QWidget):
    """A piece of the line that a variant is drawn with, where a dot does not tell which it is."""

    def __init__(self, variant: Variant, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pen = pen_of(QColor(run_colour(variant.colour)), 2, run_dash(variant.dash))
        self.setFixedSize(24, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(self._pen)
        painter.drawLine(0, 5, self.width(), 5)


class VariantList(QScrollArea):
    """One row per variant; commands act on the current one, which stands out."""

    def __init__(self, actions: VariantActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._rows: dict[str, tuple[QFrame, IconButton]] = {}
        self._current = ""
        actions.current_changed.connect(self._on_current)
        actions.hidden_changed.connect(self._on_hidden)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_variants(
        self, variants: Sequence[Variant], baselines: Iterable[str]
    ) -> Iterator[None]:
        """Show variants, some at each turn, and all of them at the end.

        Args:
            variants: in the order in which they stand.
            baselines: the digests of those that others stand against.
        """
        page = QWidget(self)
        page.hide()
        page.setProperty("role", "page")
        rows, stars = column(page, spacing=4), set(baselines)
        lines = any(variant.dash for variant in variants)
        made: dict[str, tuple[QFrame, IconButton]] = {}
        try:
            for variant in variants:
                made[variant.digest] = self._row(variant, variant.digest in stars, line=lines)
                rows.addWidget(made[variant.digest][0])
                yield
            rows.addStretch(1)
            self._rows = made
            self.setWidget(page)  # which deletes the one before
            page.show()
            self._on_hidden(self._actions.hidden)
            self._on_current(self._actions.current)
        finally:  # also where another study, or the window's end, has come before the end
            if isValid(page) and page is not self.widget():
                page.deleteLater()

    def _row(
        self, variant: Variant, is_baseline: bool, *, line: bool
    ) -> tuple[QFrame, IconButton]:
        star = self._actions.button(
            "star", variant.digest, "star" if is_baseline else "star_off",
            self.tr("Compare the others with {0}").format(variant.shown),
        )
        eye = self._actions.button(
            "eye", variant.digest, "eye", self.tr("Show {0}").format(variant.shown)
        )
        for button, is_on in ((star, is_baseline), (eye, True)):
            button.setCheckable(True)
            button.setChecked(is_on)
        star.clicked.connect(lambda: star.setChecked(is_baseline))  # another study draws another
        done = self.tr("{0}, {1} of {2} runs done").format(
            variant.detail, variant.num_done, variant.num_runs
        )
        texts = column(spacing=0)
        for text, role in ((variant.shown, "heading"), (done, "caption")):
            said = NamesLabel(text, role)
            said.setToolTip(tip(text))
            # The buttons beside it stay in sight, however long a word is.
            said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            texts.addWidget(said)
        cell = QFrame()
        inner = row(cell)
        inner.setContentsMargins(4, 4, 0, 4)
        sign = LineSample(variant) if line else swatch(run_colour(variant.colour))
        inner.addWidget(sign, 0, Qt.AlignmentFlag.AlignVCenter)
        inner.addLayout(texts, 1)
        inner.addWidget(eye)
        inner.addWidget(star)
        return cell, eye

    def _on_hidden(self, hidden: frozenset[str]) -> None:
        for digest, (_, eye) in self._rows.items():
            is_shown = digest not in hidden
            eye.setChecked(is_shown)
            eye.set_icon("eye" if is_shown else "eye_off")

    def _on_current(self, digest: str) -> None:
        for each, role in ((self._current, ""), (digest, "current")):
            if each in self._rows:
                cell = self._rows[each][0]
                cell.setProperty("role", role)
                cell.style().polish(cell)
        self._current = digest
        if digest in self._rows:
            self.ensureWidgetVisible(self._rows[digest][0], 0, 0)


class VariantsSection(Section):
    """The list, and below it which runs do not count, and why."""

    def __init__(self, actions: VariantActions, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Variants"))
        self._list = VariantList(actions)
        self._left_out = label("", "caption", wrap=True)
        self._left_out.setObjectName("compare_left_out")
        self.body.addWidget(self._list, 1)
        self.body.addWidget(self._left_out)

    def show_study(self, study: Study) -> Iterator[None]:
        """Show the variants of a study, some at each turn."""
        yield from self._list.show_variants(study.variants, study.comparison.baselines)
        reasons = [
            self.tr("Run {0} does not count: {1}.").format(
                out.run, left_out_text(study.comparison, out)
            )
            for out in study.comparison.left_out
        ]
        shown = reasons if len(reasons) <= _MOST_REASONS else [
            *reasons[:_MOST_REASONS],
            self.tr("… and {0} more.").format(len(reasons) - _MOST_REASONS),
        ]
        self._left_out.setText("\n".join(shown))
        self._left_out.setToolTip("\n".join(reasons))
        self._left_out.setVisible(bool(reasons))
