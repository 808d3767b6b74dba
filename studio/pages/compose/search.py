"""How well a card fits what is searched for. No Qt widgets here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from engine.spec.card import Card

_WORD = re.compile(r"[^\W_]+")
_LEAST_BEGINNING = 4  # letters: in prose shorter ones must be whole words, so "sam" is not "same"
_translate = QCoreApplication.translate


@dataclass(frozen=True)
class Searched:
    """What is searched of a card.

    Attributes:
        names: its name and its title.
        family: the heading that it stands under, or empty.
        marks: what is said of it in a word or two.
        prose: what is written of it.
    """

    names: tuple[tuple[str, ...], ...]
    family: tuple[str, ...]
    marks: frozenset[str]
    prose: frozenset[str]

    def rank(self, words: Sequence[str]) -> int | None:
        """How far down the card stands among those that fit; None where it does not fit.

        0: it is called so. 1: the name of its family begins so. 2: its own name does. 3: all words
        are in these names. 4: it says the rest elsewhere.
        """
        query = "".join(words)
        names = ["".join(name) for name in self.names]
        if query in names:
            return 0
        if "".join(self.family).startswith(query):
            return 1
        if any(name.startswith(query) for name in names):
            return 2
        called = {part for name in (*self.names, self.family) for part in name}
        elsewhere = [word for word in words if not any(word in part for part in called)]
        if not elsewhere:
            return 3
        return 4 if all(map(self._says, elsewhere)) else None

    def _says(self, word: str) -> bool:
        if any(mark.startswith(word) for mark in self.marks) or word in self.prose:
            return True
        is_long = len(word) >= _LEAST_BEGINNING
        return is_long and any(said.startswith(word) for said in self.prose)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, without case: "Multi-exit VGG_16" → multi, exit, vgg, 16."""
    return tuple(_WORD.findall(text.casefold()))


def searched(card: Card, family: str, marks: Iterable[str]) -> Searched:
    """Return what is searched of a card.

    Args:
        card: is described.
        family: the heading that it stands under, or empty.
        marks: what is said of it in a word or two.
    """
    return Searched(
        names=(words_of(card.name), words_of(card.title)),
        family=words_of(family),
        marks=frozenset(words_of(" ".join((*marks, *_synonyms(card))))),
        prose=frozenset(words_of(" ".join((card.summary, card.paper, *card.parts)))),
    )


def _synonyms(card: Card) -> list[str]:
    """What people may call a card that does not say so itself."""
    words = {
        "exits": _translate("CardList", "dynamic early multi-exit multiexit"),
        "widths": _translate("CardList", "dynamic slimmable"),
        "paths": _translate("CardList", "dynamic skipping"),
    }
    found = [text for trait, text in words.items() if trait in card.traits]
    if card.kind == "backbone" and "weights" in card.option_defaults:
        found.append(_translate("CardList", "pretrained"))
    return found
