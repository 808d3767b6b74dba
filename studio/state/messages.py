"""What pages have to tell the user, whichever page is shown by then."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True)
class Message:
    """One message for the bar below the page.

    Attributes:
        text: what happened, what was kept, what to do.
        tone: `good` (goes by itself), `info`, `warn` or `bad`.
        details: more, folded away.
        action: text of a button, or empty.
        run: what the button does.
    """

    text: str
    tone: str = "good"
    details: str = ""
    action: str = ""
    run: Callable[[], None] | None = None


class Messages(QObject):
    """Passes messages on to the window."""

    said = Signal(object)
    """A Message."""

    withdrawn = Signal(object)
    """The `run` of a Message that is to go, if it is still shown."""

    taken_back = Signal(str)
    """The text of a Message that is to go, if it is still shown: it does not hold any more."""

    gone = Signal(object)
    """The `run` of a Message that went before its button was used."""

    def say(self, text: str, tone: str = "good", details: str = "") -> None:
        """Tell the user."""
        self.said.emit(Message(text, tone, details))

    def offer(self, text: str, action: str, run: Callable[[], None]) -> None:
        """Tell the user, with a button for what to do about it."""
        self.said.emit(Message(text, "info", action=action, run=run))

    def take_back(self, text: str) -> None:
        """Let a message go that was said before."""
        self.taken_back.emit(text)

    def withdraw(self, run: Callable[[], None]) -> None:
        """Take an offer back; `gone` follows where it was still shown."""
        self.withdrawn.emit(run)
