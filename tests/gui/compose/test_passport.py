from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel

from studio.pages.compose.equation import Equation
from studio.pages.compose.passport import Passport, linked
from studio.theme.theme import apply_theme
from studio.theme.tokens import tokens
from tests.gui.clipping import clipped
from tests.gui.composing import card, click_card

pytestmark = pytest.mark.gui

LATEX = r"L = \mathrm{CE}(\ell, y) \allowbreak + \alpha\, C \allowbreak + \beta\, D \\ C = 1"
METHOD = card(
    "method", "sila", "SiLa", parts=("label encoder", "projector"),
    equation="L = CE(ℓ, y) + α C + β D\nC = 1", latex=LATEX, evidence="No difference shown.",
    paper="Gan <et al.>: Labels. arXiv 2103.00200v3. See https://example.org/a?b=1&c.",
)
PLAIN = card("method", "plain", "Plain")


@pytest.fixture
def passport(qtbot, context):
    passport = Passport(context)
    qtbot.addWidget(passport)
    passport.resize(400, 700)
    passport.show()
    return passport


@pytest.fixture
def equation(passport):
    return passport.findChild(Equation)


@pytest.fixture
def typeset(qtbot, passport, equation):
    passport.show_card(METHOD)
    qtbot.waitUntil(lambda: equation.is_typeset)
    return equation


def text(passport, name):
    label = passport.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def ink(equation):
    image = equation.grab().toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    ground = image.pixelColor(image.width() - 1, 0)
    return {colour.name() for colour in pixels} - {ground.name()}


def command(context, name):
    return context.commands.action(f"compose.copy_{name}")


def test_that_a_method_is_described(passport):
    passport.show_card(METHOD)
    assert text(passport, "passport_title") == "SiLa"
    assert text(passport, "passport_evidence") == "Evidence: No difference shown."
    passport.show_card(PLAIN)
    assert text(passport, "passport_evidence") is None
    assert text(passport, "passport_paper") is None


def test_that_the_card_looked_at_is_described(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    assert text(page, "passport_title") == "Mixup"
    assert page.findChild(Equation).accessibleName() == "x̃ = λ x + (1 − λ) x′"
    assert text(page, "passport_paper") == "Zhang et al. 2018"
    click_card(qtbot, page, "method", "SiLa")
    assert text(page, "passport_title") == "SiLa"


def test_that_an_equation_is_drawn_in_the_colour_of_the_text(typeset):
    assert tokens("light").text in ink(typeset)
    assert typeset.accessibleName() == METHOD.equation
    assert typeset.toolTip() == LATEX


def test_that_an_equation_follows_the_theme(qtbot, typeset):
    try:
        apply_theme(QApplication.instance(), "dark")
        qtbot.waitUntil(lambda: tokens("dark").text in ink(typeset))
    finally:
        apply_theme(QApplication.instance(), "light")


def test_that_an_equation_is_broken_where_it_may_be_and_stays_inside(typeset):
    wide, narrow = (typeset.heightForWidth(width) for width in (400, 110))
    assert narrow > wide
    for width in (400, 110, 40):
        places = [place for place, _ in typeset._flow(width)]
        assert max(place.right() for place in places) <= width
        assert all(a.bottom() <= b.top() or a.right() <= b.left()
                   for a, b in pairwise(places))


@pytest.mark.parametrize(("before", "after"), [(900, 150), (150, 900)])
def test_that_an_equation_is_as_high_as_its_lines_at_every_width(
    qtbot, passport, equation, before, after
):
    passport.resize(before, 900)
    passport.show_card(METHOD)
    qtbot.waitUntil(lambda: equation.is_typeset)
    qtbot.wait(20)  # it is laid out as wide as it is now
    passport.resize(after, 900)
    qtbot.waitUntil(lambda: clipped(passport) == [], timeout=1000)
    assert equation.height() >= equation.heightForWidth(equation.width())


def test_that_latex_that_cannot_be_read_leaves_the_plain_text(qtbot, passport, equation, jobs):
    passport.show_card(METHOD.model_copy(update={"latex": r"\frac{1", "equation": "L = 1"}))
    jobs.wait()
    qtbot.waitUntil(lambda: bool(ink(equation)))
    assert not equation.is_typeset
    assert equation.accessibleName() == "L = 1"


def test_that_an_equation_without_latex_is_shown_as_text(passport, equation, context):
    passport.show_card(METHOD.model_copy(update={"latex": "", "equation": "L = 1"}))
    assert not equation.is_typeset
    assert ink(equation)
    assert not command(context, "equation").isEnabled()


def test_that_the_equation_of_the_card_left_is_not_shown(qtbot, passport, equation):
    passport.show_card(METHOD)
    passport.show_card(METHOD.model_copy(update={"latex": "x = 1", "equation": "x = 1"}))
    qtbot.waitUntil(lambda: equation.is_typeset)
    assert len(list(equation._flow(400))) == 1


def test_that_equation_and_citation_can_be_copied(passport, context):
    assert not command(context, "equation").isEnabled()
    passport.show_card(METHOD)
    for name, said in (("equation", LATEX), ("citation", METHOD.paper)):
        command(context, name).trigger()
        assert QGuiApplication.clipboard().text() == said
    passport.show_card(PLAIN)
    assert command(context, "citation").toolTip() == (
        "Copy the citation: what the passport describes has no source"
    )


def test_that_a_citation_leads_to_its_paper(passport):
    assert linked(METHOD.paper) == (
        'Gan &lt;et al.&gt;: Labels. <a href="https://arxiv.org/abs/2103.00200v3">arXiv '
        '2103.00200v3</a>. See <a href="https://example.org/a?b=1&amp;c">'
        "https://example.org/a?b=1&amp;c</a>."
    )
    passport.show_card(METHOD)
    paper = passport.findChild(QLabel, "passport_paper")
    assert paper.openExternalLinks()
    assert paper.textInteractionFlags() & Qt.TextInteractionFlag.LinksAccessibleByKeyboard
