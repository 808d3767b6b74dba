"""Putting a theme on: palette, font and stylesheet of the application."""

from dataclasses import asdict
from string import Template

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QListWidget, QStyleFactory, QTableView

from engine.spec.bundled import bundled
from studio.theme.tokens import COMFORTABLE, DARK, DENSITY, LIGHT, Tokens, sizes, tokens

SYSTEM = "system"


def apply_theme(app: QApplication, choice: str, density: str = COMFORTABLE) -> None:
    """Dress the application; where it is dressed so already, nothing is done.

    Args:
        app: the application.
        choice: `light`, `dark`, or `system` to follow the desktop.
        density: `comfortable` or `compact`: how close rows stand.
    """
    before = sizes().row
    app.setProperty(DENSITY, density)
    theme = system_theme() if choice == SYSTEM else choice
    colours = tokens(theme)
    sheet = stylesheet(colours)
    if app.styleSheet() == sheet:
        return
    if not app.styleSheet():  # else it is so since before, and all widgets would be dressed twice
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(colours))
    app.setFont(body_font(app.font()))
    app.setStyleSheet(sheet)
    if sizes().row != before:
        _set_rows(app, before, sizes().row)


def _set_rows(app: QApplication, before: int, after: int) -> None:
    """Give rows that were as high as the theme's another height: no stylesheet can."""
    for widget in app.allWidgets():
        if isinstance(widget, QTableView) and (
            widget.verticalHeader().defaultSectionSize() == before
        ):
            widget.verticalHeader().setMinimumSectionSize(after)
            widget.verticalHeader().setDefaultSectionSize(after)
        elif isinstance(widget, QListWidget):
            for item in map(widget.item, range(widget.count())):
                if item.sizeHint().height() == before:
                    item.setSizeHint(QSize(item.sizeHint().width(), after))


def system_theme() -> str:
    """What the desktop asks for."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def body_font(base: QFont) -> QFont:
    """The window's font: the desktop's own, in our size, with digits of equal width."""
    font = QFont(base)
    font.setPixelSize(sizes().body)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def caption_font(base: QFont) -> QFont:
    """The same, smaller."""
    font = QFont(base)
    font.setPixelSize(sizes().caption)
    return font


def palette(colours: Tokens) -> QPalette:
    """The palette of a theme."""
    role, made = QPalette.ColorRole, QPalette()
    for where, name in {
        role.Window: "window", role.WindowText: "text", role.Base: "surface",
        role.AlternateBase: "window", role.Text: "text", role.Button: "surface",
        role.ButtonText: "text", role.BrightText: "bad", role.ToolTipBase: "surface",
        role.ToolTipText: "text", role.Highlight: "accent_soft", role.HighlightedText: "text",
        role.Link: "accent", role.LinkVisited: "accent", role.PlaceholderText: "faint",
        role.Mid: "border", role.Midlight: "hover", role.Dark: "strong_border",
        role.Light: "surface", role.Accent: "accent",
    }.items():
        made.setColor(where, colours.color(name))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(colours.faint))
    return made


def stylesheet(colours: Tokens) -> str:
    """The stylesheet of a theme: what a palette cannot say."""
    folder = bundled("assets") / "theme"
    text = (folder / "studio.qss").read_text("utf-8")
    pixels = {name: f"{size}px" for name, size in asdict(sizes()).items()}
    return Template(text).substitute(colours.as_dict(), **pixels, folder=folder.as_posix())
