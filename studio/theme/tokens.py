"""The theme's colours and sizes, as read from assets/theme/tokens.toml."""

import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from engine.spec.bundled import bundled

LIGHT, DARK = "light", "dark"
DENSITY = "density"
"""The property of the application that says how close rows stand."""
COMFORTABLE, COMPACT = "comfortable", "compact"


@dataclass(frozen=True)
class Sizes:
    """Pixels, of one density.

    Attributes:
        caption: the smallest of the three text sizes.
        body: that of most text.
        title: that of a page's title.
        grid: everything is spaced on.
        row: height of a table's rows.
        line: height of the lines of trees.
        head: room above and below the words of a table's head.
    """

    caption: int
    body: int
    title: int
    grid: int
    row: int
    line: int
    head: int


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as "#rrggbb"."""

    window: str
    surface: str
    sunken: str
    border: str
    strong_border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    hover: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    info: str
    info_soft: str
    neutral_soft: str
    grid_line: str

    def color(self, name: str) -> QColor:
        """The colour of a name, as in `good`."""
        return QColor(getattr(self, name))

    def tone(self, tone: str) -> tuple[QColor, QColor]:
        """Text and background of a tone: neutral, info, good, warn or bad."""
        front = self.muted if tone == "neutral" else getattr(self, tone)
        return QColor(front), QColor(getattr(self, f"{tone}_soft"))

    def as_dict(self) -> dict[str, str]:
        """Every colour by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@lru_cache(maxsize=1)
def _file() -> dict[str, dict[str, str]]:
    return tomllib.loads((bundled("assets") / "theme" / "tokens.toml").read_text("utf-8"))


@lru_cache(maxsize=2)
def sizes_of(density: str) -> Sizes:
    """The sizes of `comfortable` or `compact`, the same in both themes."""
    closer = _file()["compact"] if density == COMPACT else {}
    return Sizes(**{name: int(size) for name, size in {**_file()["sizes"], **closer}.items()})


def sizes() -> Sizes:
    """The sizes of the density that the application has."""
    app = QCoreApplication.instance()
    return sizes_of(COMPACT if app and app.property(DENSITY) == COMPACT else COMFORTABLE)


@lru_cache(maxsize=2)
def tokens(theme: str) -> Tokens:
    """The colours of the theme `light` or `dark`."""
    return Tokens(**_file()[theme])


def tokens_of(palette: QPalette) -> Tokens:
    """The colours of the theme that a palette belongs to."""
    dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    return tokens(DARK if dark else LIGHT)


def current() -> Tokens:
    """The colours of the theme that the application wears."""
    return tokens_of(QGuiApplication.palette())
