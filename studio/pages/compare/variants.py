"""The variants being compared: baseline star, eye, colour, how many of their runs are done."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from shiboken6 import isValid

from studio.pages.compare.study import Study, Variant
from studio.pages.compare.verdicts import swatch
from studio.plots.palette import run_colour, run_dash
from studio.plots.strokes import pen_of
from studio.widgets.buttons import IconButton
from studio.widgets.labels import label
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
    """One row per variant.

    Signals:
        baseline_chosen: the Variant that the others shall stand against.
        hidden_changed: the digests whose curves are hidden.
    """

    baseline_chosen = Signal(object)
    hidden_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden: set[str] = set()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def hidden(self) -> frozenset[str]:
        """The digests whose curves are hidden."""
        return frozenset(self._hidden)

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
        try:
            for variant in variants:
                rows.addWidget(self._row(variant, variant.digest in stars, line=lines))
                yield
            rows.addStretch(1)
            self.setWidget(page)  # which deletes the one before
            page.show()
        finally:  # also where another study, or the window's end, has come before the end
            if isValid(page) and page is not self.widget():
                page.deleteLater()

    def _row(self, variant: Variant, is_baseline: bool, *, line: bool) -> QWidget:
        star = self._toggle(
            "star" if is_baseline else "star_off", is_baseline,
            self.tr("Compare the others with {0}").format(variant.shown),
            f"star_{variant.digest}", lambda _: self.baseline_chosen.emit(variant),
        )
        shown = variant.digest not in self._hidden
        eye = self._toggle(
            "eye" if shown else "eye_off", shown,
            self.tr("Show the curve of {0}").format(variant.shown), f"eye_{variant.digest}",
            lambda on: self._on_eye(eye, variant.digest, on),
        )
        texts = column(spacing=0)
        texts.addWidget(label(variant.shown, "heading", wrap=True))
        done = self.tr("{0}, {1} of {2} runs done").format(
            variant.detail, variant.num_done, variant.num_runs
        )
        texts.addWidget(label(done, "caption", wrap=True))
        cell = QWidget()
        inner = row(cell)
        inner.setContentsMargins(0, 4, 0, 4)
        sign = LineSample(variant) if line else swatch(run_colour(variant.colour))
        inner.addWidget(sign, 0, Qt.AlignmentFlag.AlignVCenter)
        inner.addLayout(texts, 1)
        inner.addWidget(eye)
        inner.addWidget(star)
        return cell

    @staticmethod
    def _toggle(
        icon_name: str, on: bool, text: str, name: str, clicked: Callable[[bool], None]
    ) -> IconButton:
        button = IconButton(icon_name, text)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setChecked(on)
        button.clicked.connect(clicked)
        return button

    def _on_eye(self, eye: IconButton, digest: str, on: bool) -> None:
        eye.set_icon("eye" if on else "eye_off")
        self._hidden ^= {digest}
        self.hidden_changed.emit(self.hidden)


class VariantsSection(Section):
    """The list, and below it which runs do not count, and why.

    Signals:
        baseline_chosen: as of the list.
        hidden_changed: as of the list.
    """

    baseline_chosen = Signal(object)
    hidden_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Variants"))
        self._list = VariantList()
        self._list.baseline_chosen.connect(self.baseline_chosen)
        self._list.hidden_changed.connect(self.hidden_changed)
        self._left_out = label("", "caption", wrap=True)
        self._left_out.setObjectName("compare_left_out")
        self.body.addWidget(self._list, 1)
        self.body.addWidget(self._left_out)

    def show_study(self, study: Study) -> Iterator[None]:
        """Show the variants of a study, some at each turn."""
        baselines = [g.digest for g in study.comparison.groups if g.verdict == "baseline"]
        yield from self._list.show_variants(study.variants, baselines)
        reasons = [
            self.tr("Run {0} does not count: {1}.").format(out.run, out.reason)
            for out in study.comparison.left_out
        ]
        shown = reasons if len(reasons) <= _MOST_REASONS else [
            *reasons[:_MOST_REASONS],
            self.tr("… and {0} more.").format(len(reasons) - _MOST_REASONS),
        ]
        self._left_out.setText("\n".join(shown))
        self._left_out.setToolTip("\n".join(reasons))
        self._left_out.setVisible(bool(reasons))
