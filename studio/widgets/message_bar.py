"""A line below the page that says what happened, what was kept and what to do."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QPlainTextEdit, QWidget

from studio.theme.icons import icon
from studio.theme.tokens import current
from studio.widgets.buttons import IconButton, PushButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.themed import Themed

_GONE_AFTER_MS = 8000


class MessageBar(Themed, QFrame):
    """One message at a time; hidden while there is none. Good news goes by itself.

    A message that returns waits below those that take its place, and is shown again after them.
    """

    gone = Signal(object)
    """The `run` of a message that was closed, withdrawn or replaced before its button was used.

    One that returns is not gone by being replaced.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._run: Callable[[], None] | None = None
        self._again: Callable[[], None] | None = None
        self._below: dict[Callable[[], None], Callable[[], None]] = {}
        """What shows the messages that wait, by their `run`; the next to return is the last."""
        self._tone = "info"
        self._picture = QLabel()
        self._text = label("", wrap=True)
        self._text.setObjectName("message_bar.text")
        self._action = PushButton("")
        self._action.clicked.connect(self._on_action)
        self._more = PushButton(self.tr("Details"))
        self._more.setCheckable(True)
        self._copy = IconButton("copy", self.tr("Copy the message"))
        self._copy.clicked.connect(self._on_copy)
        self._close = IconButton("close", self.tr("Close the message"))
        self._close.setObjectName("message_bar.close")
        self._close.clicked.connect(self._dismiss)
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setMaximumHeight(160)
        self._more.toggled.connect(self._details.setVisible)
        line = row()
        line.addWidget(self._picture)
        line.addWidget(self._text, 1)
        for button in (self._action, self._more, self._copy, self._close):
            line.addWidget(button)
        outer = column(self)
        outer.setContentsMargins(12, 8, 8, 8)
        outer.addLayout(line)
        outer.addWidget(self._details)
        self._timer = QTimer(self, singleShot=True, interval=_GONE_AFTER_MS)
        self._timer.timeout.connect(self._dismiss)
        self.hide()

    @property
    def buttons(self) -> dict[str, QAbstractButton]:
        """Its buttons, by what they do: `act`, `details`, `copy` and `close`."""
        return {"act": self._action, "details": self._more, "copy": self._copy,
                "close": self._close}

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_message(
        self,
        text: str,
        tone: str = "bad",
        details: str = "",
        action: str = "",
        run: Callable[[], None] | None = None,
        *,
        returns: bool = False,
    ) -> None:
        """Say something.

        Args:
            text: what happened, in a line or two.
            tone: `bad`, `warn`, `info` or `good`.
            details: more, folded away.
            action: text of a button, such as "Undo".
            run: what the button does.
            returns: whether it comes back after what is shown in its place.
        """
        self._make_way()
        self._run = run
        again = partial(self.show_message, text, tone, details, action, run, returns=True)
        self._again = again if returns else None
        self._text.setText(text)
        self._details.setPlainText(details)
        self._more.setChecked(False)
        self._more.setVisible(bool(details))
        self._details.hide()
        self._action.setText(action)
        self._action.setVisible(run is not None)
        self._copy.setVisible(tone in ("bad", "warn"))
        self._tone = tone
        self.dress()
        self.show()
        if tone == "good":
            self._timer.start()
        else:
            self._timer.stop()

    def withdraw(self, run: Callable[[], None]) -> None:
        """Take a message away, if the one whose button does this is still shown or waits."""
        if self._run == run:
            self._dismiss()
        elif self._below.pop(run, None) is not None:
            self.gone.emit(run)

    def take_back(self, text: str) -> None:
        """Take a message away, if it is the one that is shown."""
        if self.text == text:
            self._dismiss()

    def _dress(self) -> None:
        colours = current()
        _, back = colours.tone(self._tone)
        self.setStyleSheet(
            f"#message_bar {{ background: {back.name()}; border: none;"
            f" border-top: 1px solid {colours.border}; }}"
        )
        self._picture.setPixmap(icon(self._tone, self._tone).pixmap(18, 18))

    def _make_way(self) -> None:
        """Let another message be shown: what returns waits, and anything else is gone."""
        again, run = self._again, self._take()
        if run is not None and again is not None:
            self._below[run] = again
        elif run is not None:
            self.gone.emit(run)

    def _dismiss(self) -> None:
        run = self._take()
        if run is not None:
            self.gone.emit(run)
        self._show_next()

    def _on_action(self) -> None:
        run = self._take()
        if run is not None:
            run()
        self._show_next()

    def _show_next(self) -> None:
        """Show what waits, unless something else was said meanwhile."""
        if self._below and self.isHidden():
            self._below.popitem()[1]()

    def _take(self) -> Callable[[], None] | None:
        run, self._run = self._run, None
        self.hide()
        return run

    def _on_copy(self) -> None:
        parts = (self._text.text(), self._details.toPlainText())
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))
