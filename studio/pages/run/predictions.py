"""What the network of the run looked at says of each held-out image, epoch by epoch."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from engine.spec.rows import RunRow
from studio.image_fetch import ImageFetch
from studio.state.commands import Scope
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.calm import CalmComboBox
from studio.widgets.confusion_matrix import ConfusionMatrix
from studio.widgets.empty_state import EmptyState
from studio.widgets.image_grid import ImageGrid
from studio.widgets.labels import label
from studio.widgets.layout import column, row

if TYPE_CHECKING:
    from studio.bridge.client import Predictions, Split

MOST_SHOWN = 60


class PredictionsTab(QWidget):
    """A confusion matrix of any stored epoch, and the images of a cell or all mistakes."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._stored: dict[Split, dict[int, Path]] = {}
        self._said: Predictions | None = None
        self._cell: tuple[int, int] | None = None
        self._names: list[str] = []
        self._images = ImageFetch(context, "predictions.problem")
        self._images.offer_cancel("run.cancel_images", self.tr("Cancel reading the images"))
        self._images.arrived.connect(self._on_images)
        self._build()

    # ---- building

    def _build(self) -> None:
        self._part, self._epoch = CalmComboBox(), CalmComboBox()
        self._part.setObjectName("predictions.part")
        self._part.setAccessibleName(self.tr("Images"))
        self._epoch.setObjectName("predictions.epoch")
        self._epoch.setAccessibleName(self.tr("Epoch"))
        self._part.activated.connect(self._show_epochs)
        self._epoch.activated.connect(self._read)
        self._right = label("", "muted")
        self._right.setObjectName("predictions.right")
        bar = row()
        for widget in (label(self.tr("Images"), "muted"), self._part,
                       label(self.tr("Epoch"), "muted"), self._epoch, self._right):
            bar.addWidget(widget)
        bar.addStretch(1)
        self._matrix = ConfusionMatrix()
        self._matrix.setObjectName("predictions.matrix")
        self._matrix.chosen.connect(self._on_cell)
        columns = row(spacing=16)
        columns.addWidget(self._matrix, 3)
        columns.addWidget(self._make_images(), 2)
        inside = QWidget()
        inner = column(inside)
        inner.setContentsMargins(0, 8, 0, 0)
        inner.addLayout(bar)
        inner.addLayout(columns, 1)
        self._empty = EmptyState("run", self.tr(
            "Nothing yet: what the network says of each held-out image is kept after an epoch."
        ))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(inside)
        column(self).addWidget(self._stack)

    def _make_images(self) -> QWidget:
        self._title = label("", "heading", wrap=True)
        self._title.setObjectName("predictions.title")
        self._all = PushButton(self.tr("All mistakes"))
        self._all.setObjectName("predictions.all")
        scope = Scope(self._context.commands, self._all, self.tr("All mistakes are shown"))
        follow(self._all, scope.add(
            "run.all_mistakes", self.tr("Show all mistakes, not one cell's images"),
            lambda: self._on_cell(-1, -1),
        ))
        self._grid = ImageGrid(side=96)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("role", "page")
        inner = column(page)
        inner.addWidget(self._grid)
        inner.addStretch(1)
        scroll.setWidget(page)
        side = QWidget()
        layout = column(side)
        top = row()
        top.addWidget(self._title, 1)
        top.addWidget(self._all)
        layout.addLayout(top)
        layout.addWidget(self._images)
        layout.addWidget(scroll, 1)
        return side

    # ---- which run, part and epoch

    def show_run(self, run: RunRow) -> None:
        """Show a run, or what it has got further."""
        before, self._run = self._run, run
        if before is None or before.id != run.id:
            self._stored, self._said, self._cell, self._names = {}, None, None, []
            self._images.speak_of(run.id)
            self._stack.setCurrentIndex(0)
            self._look()
        elif (before.epoch, before.state) != (run.epoch, run.state):
            self._look()
        if before is not None and before.steps_per_epoch != run.steps_per_epoch:
            self._stored = {}  # its steps are other epochs than was said
            self._look()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again."""
        super().showEvent(event)
        self._look()

    def _look(self) -> None:
        if self._run is None or not self.isVisible():
            return
        run, client = self._run.id, self._context.client
        self._context.jobs.run(
            lambda: client.predictions(run), lambda found: self._on_stored(run, found), owner=self
        )

    def _on_stored(self, run: int, stored: "dict[Split, dict[int, Path]]") -> None:
        if self._run is None or run != self._run.id or stored == self._stored:
            return
        self._stored = stored
        words: dict[Split, str] = {"val": self.tr("validation"), "test": self.tr("test")}
        chosen = self._part.currentData()
        self._part.clear()
        for part, steps in stored.items():
            if steps:
                self._part.addItem(words[part], part)
        self._part.setCurrentIndex(max(self._part.findData(chosen), 0))
        if self._part.count():
            self._show_epochs()

    def _show_epochs(self) -> None:
        assert self._run is not None
        steps = self._stored[self._part.currentData()]
        chosen = self._epoch.currentData()
        self._epoch.clear()
        for step, path in reversed(steps.items()):
            self._epoch.addItem(str(step // max(self._run.steps_per_epoch, 1)), path)
        at = self._epoch.findData(chosen)
        self._epoch.setCurrentIndex(max(at, 0))
        if at < 0 or self._said is None:
            self._read()

    def _read(self) -> None:
        path, client = self._epoch.currentData(), self._context.client
        self._context.jobs.run(
            lambda: client.read_predictions(path),
            lambda said: self._show(said) if path == self._epoch.currentData() else None,
            owner=self,
        )

    # ---- matrix and images

    def _show(self, said: "Predictions") -> None:
        self._said = said
        classes = 1 + int(max(said.labels.max(initial=0), said.predicted.max(initial=0)))
        if len(self._names) < classes:
            self._names = [str(at) for at in range(classes)]
        counts_KK = said.confusion(len(self._names))
        self._matrix.show_counts(counts_KK, self._names)
        total, right = len(said.labels), int((said.labels == said.predicted).sum())
        self._right.setText(self.tr("{0:,} of {1:,} right, {2:.2f} %").format(
            right, total, 100 * right / max(total, 1)
        ))
        self._stack.setCurrentIndex(1)
        self._show_images()

    def _on_cell(self, label_: int, predicted: int) -> None:
        self._cell = (label_, predicted) if label_ >= 0 else None
        self._matrix.choose(self._cell)
        self._show_images()

    def _chosen(self) -> list[int]:
        """The images of the cell, or all mistakes, the most confident first."""
        assert self._said is not None
        found = self._said.in_cell(*self._cell) if self._cell else self._said.mistakes()
        return [int(at) for at in found[:MOST_SHOWN]]

    def _show_images(self) -> None:
        if self._said is None:
            return
        part: Split = self._part.currentData()
        self._title.setText(
            self._matrix.text_of(self._cell) if self._cell
            else self.tr("Mistakes, the most confident first")
        )
        self._all.setVisible(self._cell is not None)
        wanted = self._chosen()
        held = self._images.held(part)
        have = [at for at in wanted if at in held]
        self._grid.show_images([held[at] for at in have], [self._caption(at) for at in have])
        if wanted and self._run is not None:
            self._images.fetch(self._run.id, part, wanted)

    def _caption(self, at: int) -> str:
        assert self._said is not None
        of, to = self._names[self._said.labels[at]], self._names[self._said.predicted[at]]
        return self.tr("{0} → {1}  {2:.0f} %").format(of, to, 100 * self._said.confidence[at])

    def _on_images(self) -> None:
        self._names = self._images.names
        if self._said is not None:
            self._matrix.show_counts(self._said.confusion(len(self._names)), self._names)
            self._show_images()
