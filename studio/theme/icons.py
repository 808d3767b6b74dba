"""Icons by what they mean, drawn from the icon font that QtAwesome bundles, in theme colours.

QtAwesome itself is not imported: with qtpy it takes a third of the time to the first paint.
"""

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from studio.theme.tokens import current

_GLYPHS = {
    "runs": "view-list-outline", "compose": "plus-circle-outline", "run": "chart-line",
    "compare": "scale-balance", "export": "package-up", "data": "image-multiple-outline",
    "settings": "cog-outline", "add": "plus", "close": "close", "search": "magnify",
    "filter": "filter-variant", "columns": "view-column-outline", "group": "group",
    "play": "play", "pause": "pause", "stop": "stop", "up": "arrow-up", "down": "arrow-down",
    "trash": "trash-can-outline", "tag": "tag-outline", "note": "note-text-outline",
    "pin": "pin", "eye": "eye-outline", "eye_off": "eye-off-outline", "copy": "content-copy",
    "duplicate": "content-duplicate", "folder": "folder-outline", "file": "file-outline",
    "open": "open-in-new", "more": "dots-horizontal", "menu": "chevron-down",
    "collapse": "chevron-right", "check": "check", "star": "star", "star_off": "star-outline",
    "info": "information-outline", "warn": "alert-outline", "bad": "alert-circle-outline",
    "good": "check-circle-outline", "neutral": "circle-outline", "queued": "clock-outline",
    "running": "progress-clock", "paused": "pause-circle-outline",
    "completed": "check-circle", "failed": "close-circle", "cancelled": "cancel",
    "interrupted": "power-plug-off-outline", "engine": "engine-outline",
    "device": "expansion-card-variant", "help": "help-circle-outline", "link": "link-variant",
    "reset": "restore", "save": "content-save-outline", "download": "download-outline",
    "upload": "upload-outline", "refresh": "refresh", "edit": "pencil-outline",
    "image": "image-outline", "code": "code-braces", "beaker": "flask-outline",
    "network": "sitemap-outline", "method": "school-outline", "speed": "speedometer",
    "shield": "shield-check-outline", "drop": "tray-arrow-down", "list": "format-list-bulleted",
    "fork": "source-branch",
}
_FONT = "materialdesignicons6-webfont-"


class _Glyph(QIconEngine):
    """One letter of the icon font."""

    def __init__(self, letter: str, family: str, colour: str, disabled: str) -> None:
        super().__init__()
        self._letter, self._family = letter, family
        self._colour, self._disabled = QColor(colour), QColor(disabled)

    def paint(
        self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        """Draw the letter as large as the place."""
        font = QFont(self._family)
        font.setPixelSize(max(round(rect.height() * 0.92), 1))
        painter.save()
        painter.setFont(font)
        painter.setPen(self._disabled if mode == QIcon.Mode.Disabled else self._colour)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._letter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw the letter on nothing."""
        made = QPixmap(size)
        if made.isNull():
            return made  # a button that has no room yet asks for an icon of no height
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made


@lru_cache(maxsize=1)
def _font() -> tuple[str, dict[str, str]]:
    """The family of the icon font, and the code of each of its letters by name."""
    package = find_spec("qtawesome")
    if package is None or package.origin is None:
        raise FileNotFoundError("the installation lacks QtAwesome: reinstall sila-studio")
    folder = Path(package.origin).parent / "fonts"
    font = QFontDatabase.addApplicationFont(str(next(folder.glob(f"{_FONT}[0-9]*.ttf"))))
    codes = json.loads(next(folder.glob(f"{_FONT}charmap-*.json")).read_text("utf-8"))
    return QFontDatabase.applicationFontFamilies(font)[0], codes


@lru_cache(maxsize=512)
def _drawn(glyph: str, colour: str, disabled: str) -> QIcon:
    family, codes = _font()
    return QIcon(_Glyph(chr(int(codes[glyph], 16)), family, colour, disabled))


def icon(name: str, colour: str = "muted") -> QIcon:
    """Return an icon in the colours of the theme worn now.

    Args:
        name: what it means, a key of this module's table.
        colour: name of a theme colour.
    """
    colours = current()
    return _drawn(_GLYPHS[name], getattr(colours, colour), colours.strong_border)
