"""The passport of a card: where it comes from; of a method, what it adds and that none ships."""

import html
import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from engine.spec.card import Card
from studio.pages.compose.badges import size_lines
from studio.pages.compose.equation import Equation
from studio.pages.compose.parts_diagram import PartsDiagram
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.buttons import ActionButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row

_SOURCE = re.compile(r"arXiv[ :](?P<arxiv>\d{4}\.\d{4,5}(?:v\d+)?)|(?P<url>https?://\S*[^\s.,;)])")


class Passport(QWidget):
    """Title, summary, equation, evidence and citation of a card, and a method's modules."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None
        self._commands = context.commands
        self._title = _label("passport_title", "heading")
        self._diagram = PartsDiagram()
        self._summary = _label("passport_summary", "muted")
        self._equation = Equation(context.jobs)
        self._equation.setObjectName("passport_equation")
        self._evidence = _label("passport_evidence", "muted")
        self._size = _label("passport_size", "")
        self._paper = _label("passport_paper", "caption")
        self._paper.setTextFormat(Qt.TextFormat.RichText)
        self._paper.setOpenExternalLinks(True)
        self._paper.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self._add_commands()
        self._heads = (
            self._head(self.tr("Equation"), "compose.copy_equation"),
            self._head(self.tr("Source"), "compose.copy_citation"),
        )
        layout = column(self)
        for widget in (self._title, self._heads[0], self._equation, self._diagram, self._summary,
                       self._evidence, self._size, self._heads[1], self._paper):
            layout.addWidget(widget)

    def show_card(self, card: Card) -> None:
        """Describe a card."""
        self._card = card
        self._title.setText(card.title)
        self._summary.setText(card.summary)
        self._equation.show_equation(card.equation, card.latex)
        for widget in (self._heads[0], self._equation):
            widget.setVisible(bool(card.equation))
        self._evidence.setText(self.tr("Evidence: {0}").format(card.evidence))
        self._evidence.setVisible(bool(card.evidence))
        lines = size_lines(card) if card.kind == "backbone" else []
        self._size.setText("\n".join(lines))
        self._size.setVisible(bool(lines))
        self._paper.setText(linked(card.paper))
        for widget in (self._heads[1], self._paper):
            widget.setVisible(bool(card.paper))
        self._diagram.setVisible(card.kind == "method")
        self._diagram.set_parts(card.parts)
        self._commands.refresh()

    def _head(self, title: str, command: str) -> QWidget:
        """A small heading, with a button that copies what stands below it."""
        copy = ActionButton(self._commands.action(command), "copy", flat=True)
        copy.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        head = QWidget()
        line = row(head)
        line.addWidget(label(title, "caption"), 1)
        line.addWidget(copy)
        return head

    def _add_commands(self) -> None:
        for name, text, copy, reason in (
            ("compose.copy_equation", self.tr("Copy the equation as LaTeX"), self._copy_equation,
             self._why_no_equation),
            ("compose.copy_citation", self.tr("Copy the citation"), self._copy_citation,
             self._why_no_citation),
        ):
            self._commands.add(Command(name, text, "", copy, reason))
        self._equation.addAction(self._commands.action("compose.copy_equation"))

    def _copy_equation(self) -> None:
        if self._card is not None:
            QGuiApplication.clipboard().setText(self._card.latex)

    def _copy_citation(self) -> None:
        if self._card is not None:
            QGuiApplication.clipboard().setText(self._card.paper)

    def _why_no_equation(self) -> str | None:
        if self._card is not None and self._card.latex:
            return None
        return self.tr("what the passport describes has no equation in LaTeX")

    def _why_no_citation(self) -> str | None:
        if self._card is not None and self._card.paper:
            return None
        return self.tr("what the passport describes has no source")


def linked(paper: str) -> str:
    """Return a citation as rich text: arXiv numbers and addresses lead there."""
    parts: list[str] = []
    end = 0
    for found in _SOURCE.finditer(paper):
        url = found["url"] or f"https://arxiv.org/abs/{found['arxiv']}"
        parts += [
            html.escape(paper[end : found.start()]),
            f'<a href="{html.escape(url)}">{html.escape(found[0])}</a>',
        ]
        end = found.end()
    return "".join([*parts, html.escape(paper[end:])])


def _label(name: str, role: str) -> QLabel:
    made = label("", role, wrap=True)
    made.setObjectName(name)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
