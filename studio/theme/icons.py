"""Icons by what they mean, drawn from a bundled icon font in the colours of the theme."""

from functools import lru_cache
from pathlib import Path

import qtawesome
from PySide6.QtGui import QColor, QIcon
from qtawesome.iconic_font import IconicFont

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
}


@lru_cache(maxsize=1)
def _font() -> IconicFont:
    # One font of twelve: qtawesome's own loader reads them all, for a tenth of a second.
    folder, name = Path(qtawesome.__file__).parent / "fonts", "materialdesignicons6-webfont-"
    font = next(folder.glob(f"{name}[0-9]*.ttf"))
    glyphs = next(folder.glob(f"{name}charmap-*.json"))
    return IconicFont(("mdi6", font.name, glyphs.name))


@lru_cache(maxsize=512)
def _drawn(glyph: str, colour: str, disabled: str) -> QIcon:
    return _font().icon(f"mdi6.{glyph}", color=QColor(colour), color_disabled=QColor(disabled))


def icon(name: str, colour: str = "muted") -> QIcon:
    """Return an icon in the colours of the theme worn now.

    Args:
        name: what it means, a key of this module's table.
        colour: name of a theme colour.
    """
    colours = current()
    return _drawn(_GLYPHS[name], getattr(colours, colour), colours.strong_border)
