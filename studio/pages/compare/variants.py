"""The variants being compared: baseline star, eye, colour, how many of their runs are done."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.pages.compare.study import Variant
from studio.pages.compare.verdicts import swatch
from studio.plots.palette import run_colour
from studio.widgets.buttons import IconButton
from studio.widgets.labels import label


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
        page = QWidget()
        page.setProperty("role", "page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def hidden(self) -> frozenset[str]:
        """The digests whose curves are hidden."""
        return frozenset(self._hidden)

    def show_variants(self, variants: Iterable[Variant], baselines: Iterable[str]) -> None:
        """Show variants; `baselines` are the digests of those that others stand against."""
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        stars = set(baselines)
        for at, variant in enumerate(variants):
            self._column.insertWidget(at, self._row(variant, variant.digest in stars))

    def _row(self, variant: Variant, is_baseline: bool) -> QWidget:
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
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(label(variant.shown, "heading", wrap=True))
        done = self.tr("{0}, {1} of {2} runs done").format(
            variant.detail, variant.num_done, variant.num_runs
        )
        texts.addWidget(label(done, "caption", wrap=True))
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(swatch(run_colour(variant.colour)), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(texts, 1)
        row.addWidget(eye)
        row.addWidget(star)
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
