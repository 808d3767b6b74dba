"""Many long curves in one plot: an exact picture of them, and a quick one while the view moves."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from studio.plots.canvas import Canvas, Frame
from studio.plots.strokes import Drawable, bulk_of

SLICE_S = 0.008
"""For so long strokes are drawn in one go; the event loop has its turn between two goes."""
PAUSE_MS = 20
"""What takes more than one go begins when the view has rested for so long."""


class CurveLayer(QGraphicsObject):
    """Lies in a view box and draws its strokes into a picture, a few at a time.

    Until all are in it the picture before is shown, moved and stretched to where its points lie
    now: so a frame costs the same however many curves there are.
    """

    def __init__(self, view: pg.ViewBox) -> None:
        """Lie in a view box, below its items.

        Args:
            view: whose axes the strokes are on.
        """
        super().__init__(view)
        self._view: Any = view
        self._strokes: Sequence[Drawable] = ()
        self._is_exporting = False
        self._picture = QImage()
        self._place = QRectF()
        self._work: Iterator[QImage] = iter(())
        self._wanted = QRectF()
        self._takes_long = False
        self._spent_s = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self.setZValue(-1)
        self._view.sigResized.connect(self.prepareGeometryChange)
        self._view.sigRangeChanged.connect(self._on_view)

    # ---- what is shown

    def set_strokes(self, strokes: Sequence[Drawable]) -> None:
        """Show these, the last one on top; `draw` draws them."""
        self._strokes = [stroke.without_infinities() for stroke in strokes]
        self._takes_long = False

    def setExportMode(self, export: bool) -> None:
        """Draw vectors from now on, or the picture again."""
        self._is_exporting = export
        self.update()

    @property
    def strokes(self) -> Sequence[Drawable]:
        """What is shown, the last one on top."""
        return self._strokes

    @property
    def is_exact(self) -> bool:
        """Whether what is seen is the strokes as they are, not a moved picture of them."""
        return not self._timer.isActive()

    @property
    def spent_s(self) -> float:
        """Seconds of the processor that the picture took."""
        return self._spent_s

    def extent(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """Lowest and highest value within a range of x; infinity and -infinity where none is."""
        ends = [stroke.extent(x_range) for stroke in self._strokes]
        return min((low for low, _ in ends), default=np.inf), max(
            (high for _, high in ends), default=-np.inf
        )

    def bulk(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """What holds all but a twentieth of the values at either end within a range of x.

        Where there are many, some of each stroke, evenly spaced, speak for all.
        """
        return bulk_of([stroke.sample(x_range) for stroke in self._strokes])

    def draw(self) -> None:
        """Draw for the present view; what takes longer than a moment is finished bit by bit."""
        if self._view.width() < 1 or self._view.height() < 1:
            return
        self._wanted = QRectF(self._view.viewRect()).normalized()
        self._work = self._drawing(self._wanted)
        self._spent_s = 0.0
        if self._takes_long:
            self._timer.start(PAUSE_MS)
        else:
            self._go_on()

    def _go_on(self) -> None:
        begun = time.thread_time()
        self._draw_until(time.perf_counter() + SLICE_S)
        self._spent_s += time.thread_time() - begun

    def _draw_until(self, limit: float) -> None:
        for picture in self._work:
            if not picture.isNull():
                self._timer.stop()
                self._picture, self._place = picture, self._wanted
                self.update()
                break
            if time.perf_counter() > limit:
                self._takes_long = True
                self._timer.start(0)
                break

    def _drawing(self, place: QRectF) -> Iterator[QImage]:
        """Draw stroke by stroke; yields nothing drawn after each, and the picture at the end."""
        scale = self._view.getViewWidget().devicePixelRatioF()
        canvas = Canvas(self._view.rect().size(), scale, place)
        for stroke in self._strokes:
            stroke.draw(canvas)
            yield QImage()
        yield canvas.picture()

    # ---- what Qt asks

    def boundingRect(self) -> QRectF:
        """The view box: the picture is never seen beyond it."""
        return QRectF(self._view.rect())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Show the picture where its points lie now."""
        painter.setClipRect(self.boundingRect())
        if self._is_exporting:
            frame = Frame(self._view.rect().size(), 1.0, self._view.viewRect().normalized())
            for stroke in self._strokes:
                stroke.paint(painter, frame)
            return
        if self._picture.isNull():
            return
        there = self._view.mapFromView(self._place).boundingRect()
        size = self._picture.deviceIndependentSize()
        if abs(there.width() - size.width()) < 1 and abs(there.height() - size.height()) < 1:
            there = QRectF(QPointF(round(there.x()), round(there.y())), size)
        painter.drawImage(there, self._picture)

    def _on_view(self) -> None:
        self.update()

