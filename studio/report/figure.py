"""A widget as a figure: vectors for papers, pixels for slides."""

import re
from collections.abc import Callable

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QMarginsF,
    QPoint,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QFont,
    QFontInfo,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from engine.spec.errors import StoreError
from studio.report.paper import PaperPainter

_translate = QCoreApplication.translate
_PNG_SCALE = 3
_DOTS_PER_INCH, _POINTS_PER_INCH = 96, 72
_METRES_PER_INCH = 0.0254
_FONT_FAMILY = re.compile(r'(?<=font-family=")[^"]*(?=")')
_FALLBACKS = "Helvetica, Arial, sans-serif"


def draw_figure(widget: QWidget, ending: str) -> bytes:
    """Return a widget as a file of the kind that an ending means; "svg" and "pdf" are vectors.

    All of them are as large on paper as the widget is on a screen of 96 dots per inch.

    Raises:
        StoreError: figures have no such ending.
    """
    write = _WRITERS.get(ending.lower().lstrip("."))
    if write is None:
        text = _translate("report", "{0}: a figure is saved as {1}")
        raise StoreError(text.format(ending, ", ".join(FORMATS)))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    write(widget, buffer)
    return bytes(buffer.data().data())


def _write_svg(widget: QWidget, buffer: QBuffer) -> None:
    drawn = QBuffer()
    drawn.open(QBuffer.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(drawn)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setResolution(_DOTS_PER_INCH)
    generator.setTitle(widget.accessibleName())
    _draw(widget, PaperPainter(generator))
    text = bytes(drawn.data().data()).decode()
    buffer.write(_FONT_FAMILY.sub(lambda found: _families(found[0]), text).encode())


def _families(family: str) -> str:
    """The font that a name stands for here, and what to take where that is missing."""
    return f"{QFontInfo(QFont(family)).family()}, {_FALLBACKS}"


def _write_pdf(widget: QWidget, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS_PER_INCH)
    size = QSizeF(widget.size()) * (_POINTS_PER_INCH / _DOTS_PER_INCH)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF())
    _draw(widget, PaperPainter(writer))


def _write_png(widget: QWidget, buffer: QBuffer) -> None:
    image = QImage(widget.size() * _PNG_SCALE, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(_PNG_SCALE)
    image.fill(Qt.GlobalColor.white)
    _draw(widget, PaperPainter(image))
    # Only now: fonts measured in points would grow with it.
    dots = round(_PNG_SCALE * _DOTS_PER_INCH / _METRES_PER_INCH)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    QImageWriter(buffer, QByteArray(b"png")).write(image)


def _draw(widget: QWidget, painter: QPainter) -> None:
    """A graphics view draws its scene; as a widget it would come out as one bitmap."""
    if isinstance(widget, QGraphicsView):
        widget.render(painter, QRectF(widget.rect()), widget.viewport().rect())
    else:
        # Without the window's background, which belongs to a theme.
        widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    painter.end()


_WRITERS: dict[str, Callable[[QWidget, QBuffer], None]] = {
    "svg": _write_svg, "pdf": _write_pdf, "png": _write_png,
}
FORMATS = tuple(_WRITERS)
