"""Drawing on paper what is made for a screen."""

from typing import Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF


class PaperPainter(QPainter):
    """Draws lines as wide as they are on the screen, whatever the resolution of the paper.

    A plot's lines are cosmetic: so many pixels wide under any scale. On an image of three pixels
    for one they would be hairlines, and a vector file would rest on `vector-effect`, which hardly
    a converter for LaTeX knows. Here they are drawn where they lie on the page, with pens of the
    page's own unit. Qt hands the items of a scene the very painter that it was given, so that what
    items written in Python draw comes by here.
    """

    def drawPath(self, path: QPainterPath) -> None:
        """Draw a path."""
        pen = self.pen()
        if not pen.isCosmetic():
            super().drawPath(path)
            return
        there = self.worldTransform().map(path)
        real = QPen(pen)
        real.setCosmetic(False)
        real.setWidthF(max(pen.widthF(), 1.0))
        self.save()
        self.resetTransform()
        self.setPen(real)
        super().drawPath(there)
        self.restore()

    def drawLine(self, *line: Any) -> None:
        """Draw a line between two points, or four numbers."""
        found = QLineF(*line)
        path = QPainterPath(found.p1())
        path.lineTo(found.p2())
        self.drawPath(path)

    def drawRect(self, *rect: Any) -> None:
        """Draw a rectangle."""
        path = QPainterPath()
        path.addRect(QRectF(*rect))
        self.drawPath(path)

    def drawEllipse(self, *ellipse: Any) -> None:
        """Draw an ellipse in a rectangle, or around a point."""
        path = QPainterPath()
        if isinstance(ellipse[0], QPointF):
            path.addEllipse(*ellipse)
        else:
            path.addEllipse(QRectF(*ellipse))
        self.drawPath(path)

    def drawPolygon(
        self, polygon: Any, /, fillRule: Qt.FillRule = Qt.FillRule.OddEvenFill
    ) -> None:
        """Draw a polygon."""
        path = QPainterPath()
        path.setFillRule(fillRule)
        path.addPolygon(QPolygonF(polygon))
        path.closeSubpath()
        self.drawPath(path)
