"""What pages have to tell the user, whichever page is shown by then."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
        returns: whether it waits below what is said in its place, and comes back after that.
    """

    text: str
    tone: str = "good"
    details: str = ""
    action: str = ""
    run: Callable[[], None] | None = None
    returns: bool = False


class Messages(QObject):
    """Passes messages on to the window."""

    said = Signal(object)
    """A Message."""

    withdrawn = Signal(object)
    """The `run` of a Message that is to go, if it is still shown or waits to be."""

    taken_back = Signal(str)
    """The text of a Message that is to go, if it is still shown: it does not hold any more."""

    gone = Signal(object)
    """The `run` of a Message that went for good before its button was used."""

    def say(self, text: str, tone: str = "good", details: str = "") -> None:
        """Tell the user."""
        self.said.emit(Message(text, tone, details))

    def offer(
        self, text: str, action: str, run: Callable[[], None], *, returns: bool = False
    ) -> None:
        """Tell the user, with a button for what to do about it; see `Message` for `returns`."""
        self.said.emit(Message(text, "info", action=action, run=run, returns=returns))

    def take_back(self, text: str) -> None:
        """Let a message go that was said before."""
        self.taken_back.emit(text)

    def withdraw(self, run: Callable[[], None]) -> None:
        """Take an offer back; `gone` follows where it was still shown, or waited to be."""
        self.withdrawn.emit(run)


class StandingOffer(QObject):
    """A message with a button that is kept true: told anew, or taken away, as things change."""

    gone = Signal()
    """It was closed or replaced before its button was used: whoever saw it wants no more of it."""

    def __init__(
        self, messages: Messages, action: str, run: Callable[[], None], parent: QObject
    ) -> None:
        """Say nothing yet.

        Args:
            messages: what the user is told.
            action: text of the button.
            run: what it does.
            parent: owner.
        """
        super().__init__(parent)
        self._messages, self._action, self._run = messages, action, run
        self._text = ""
        self._mine: Callable[[], None] | None = None
        messages.gone.connect(self._on_gone)

    def say(self, text: str) -> None:
        """Let it say this from now on; an empty text takes it away."""
        if text == self._text:
            return
        before, self._text, self._mine = self._mine, text, None
        if text:
            self._mine = partial(self._act)  # another each time, told apart from what it replaces
            self._messages.offer(text, self._action, self._mine)
        elif before is not None:
            self._messages.withdraw(before)

    def _act(self) -> None:
        self._text, self._mine = "", None
        self._run()

    def _on_gone(self, run: object) -> None:
        if self._mine is not None and run is self._mine:
            self._text, self._mine = "", None
            self.gone.emit()
