"""A widget as a figure: vectors for papers, pixels for slides."""

from collections.abc import Callable
from pathlib import Path

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
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPainter, QPdfWriter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from engine.spec.errors import StoreError
from studio.report.text import cannot_be_written

_translate = QCoreApplication.translate
_PNG_SCALE = 3
_DOTS_PER_INCH, _POINTS_PER_INCH = 96, 72


def save_figure(widget: QWidget, path: Path) -> None:
    """Draw a widget into a file; its ending says how: .svg and .pdf are vectors.

    Raises:
        StoreError: the ending is another, or the file cannot be written.
    """
    write = _WRITERS.get(path.suffix.lower().lstrip("."))
    if write is None:
        text = _translate("report", "{0}: a figure is saved as {1}")
        raise StoreError(text.format(path.name, ", ".join(FORMATS)))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    write(widget, buffer)
    try:
        path.write_bytes(buffer.data().data())
    except OSError as error:
        raise cannot_be_written(path, error) from None


def _write_svg(widget: QWidget, buffer: QBuffer) -> None:
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setResolution(_DOTS_PER_INCH)
    generator.setTitle(widget.accessibleName())
    painter = QPainter(generator)
    _draw(widget, painter)


def _write_pdf(widget: QWidget, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS_PER_INCH)
    size = QSizeF(widget.size()) * (_POINTS_PER_INCH / _DOTS_PER_INCH)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF())
    painter = QPainter(writer)
    _draw(widget, painter)


def _write_png(widget: QWidget, buffer: QBuffer) -> None:
    image = QImage(widget.size() * _PNG_SCALE, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(_PNG_SCALE)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    _draw(widget, painter)
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
