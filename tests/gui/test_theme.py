import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from studio.plots.palette import RUN_COLOURS
from studio.theme import icons
from studio.theme.icons import icon
from studio.theme.theme import apply_theme, palette, stylesheet
from studio.theme.tokens import current, tokens, tokens_of
from studio.widgets.buttons import PushButton
from studio.widgets.labels import Badge
from studio.widgets.message_bar import MessageBar

pytestmark = pytest.mark.gui

THEMES = ("light", "dark")


def luminance(name):
    channels = [c / 255 for c in QColor(name).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(autouse=True)
def light_again(qapp):
    yield
    apply_theme(qapp, "light")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("front", ["text", "muted", "accent", "good", "warn", "bad"])
@pytest.mark.parametrize("back", ["window", "surface"])
def test_that_text_can_be_read_on_every_ground(theme, front, back):
    colours = tokens(theme)
    assert contrast(getattr(colours, front), getattr(colours, back)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", ["neutral", "info", "good", "warn", "bad"])
def test_that_badges_can_be_read(theme, tone):
    front, back = tokens(theme).tone(tone)
    assert contrast(front, back) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_that_the_primary_button_can_be_read(theme):
    colours = tokens(theme)
    assert contrast(colours.on_accent, colours.accent) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colour", RUN_COLOURS)
def test_that_the_colours_of_runs_are_seen_on_every_ground(theme, colour):
    assert contrast(colour, tokens(theme).surface) >= 2.3


@pytest.mark.parametrize("theme", THEMES)
def test_that_the_palette_tells_which_theme_it_belongs_to(theme):
    assert tokens_of(palette(tokens(theme))) is tokens(theme)


@pytest.mark.parametrize("theme", THEMES)
def test_that_the_stylesheet_names_only_colours_of_the_theme(theme):
    sheet = stylesheet(tokens(theme))
    assert "$" not in sheet
    assert set(re.findall(r"#[0-9a-f]{6}", sheet)) <= set(tokens(theme).as_dict().values())


@pytest.mark.parametrize("name", sorted(icons._GLYPHS))
def test_that_every_icon_is_drawn(qapp, name):
    image = icon(name).pixmap(16, 16).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(16) for y in range(16))


def test_that_widgets_follow_a_change_of_theme(qtbot, qapp):
    badge, button, bar = Badge("x", "good"), PushButton("x", "add"), MessageBar()
    for widget in (badge, button, bar):
        qtbot.addWidget(widget)
    before = badge.styleSheet(), button.icon().cacheKey()
    apply_theme(qapp, "dark")
    assert current() is tokens("dark")
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == tokens("dark").window
    qtbot.waitUntil(lambda: tokens("dark").good in badge.styleSheet())
    assert (badge.styleSheet(), button.icon().cacheKey()) != before
    apply_theme(qapp, "light")
    qtbot.waitUntil(lambda: badge.styleSheet() == before[0])
