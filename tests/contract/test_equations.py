"""What every method and regularizer says of its loss must read the same in text and mathematics."""

import re
import unicodedata

import pytest
from PySide6.QtSvg import QSvgRenderer

from engine.registry import entries
from studio.pages.compose.typeset import typeset

CARDS = [
    entry.card for kind in ("method", "regularizer") for entry in entries(kind)
]
SIGNS = {
    "sum": "Σ", "ell": "ℓ", "alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ", "sigma": "σ",
    "tau": "τ", "varepsilon": "ε", "neq": "≠", "parallel": "‖", "|": "‖", "top": "ᵀ",
    "odot": "⊙", "sim": "~", "dots": "…", "cdot": "·", "tilde": "", "bar": "", "log": "log",
    "mathrm": "", "mathbf": "", "operatorname": "", "text": "", "allowbreak": "", ",": "",
    "\\": "",
}
COMBINED = {"sila_deep", "sila_dml"}  # whose L_C and L_T are SiLa's


def letters(text):
    """What both ways of writing have in common."""
    text = re.sub(r"\\([A-Za-z]+|.)\*?", lambda found: SIGNS[found[1]], text)
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    text = text.translate(str.maketrans({"−": "-", "²": "2", "′": "'", "ᵀ": "T"}))
    return re.sub(r"[\s{}_^]", "", text)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_that_an_equation_is_drawn_as_mathematics(card, qapp):
    assert card.latex
    for line in typeset(card.latex, 14, "#102030"):
        for formula in line:
            assert QSvgRenderer(formula.svg).isValid()
            assert formula.ascent > 0
            assert formula.width < 240
            assert formula.ascent + formula.descent < 60


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_that_mathematics_and_plain_text_say_the_same(card):
    assert letters(card.latex) == letters(card.equation)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_that_options_are_called_as_in_the_equation(card):
    titles = [o.get("title", "") for o in card.options.get("properties", {}).values()]
    symbols = {title.split()[-1] for title in titles if " " in title}
    symbols = {s for s in symbols if len(s) == 1 or "_" in s} - {"d"}  # a width, of no term
    if card.name not in COMBINED:
        missing = {s for s in symbols if letters(s) not in letters(card.equation)}
        assert not missing
