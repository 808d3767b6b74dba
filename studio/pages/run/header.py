"""The head of the Run page: which run it is, how far it is, and what can be done with it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QProgressBar, QToolButton, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.state.commands import Commands
from studio.widgets.buttons import ActionButton, IconButton
from studio.widgets.labels import Badge, ElidedLabel, label
from studio.widgets.layout import column, row

_ACTIONS = {"pause": "pause", "resume": "play", "stop": "stop", "duplicate": "duplicate",
            "export": "export"}
_MORE = ("fork", "compare", "baseline", "pin", "tag", "note", "delete")
_NAME_WIDTH = 120
_BOUND = "\u00a0"
"""A space at which no line is broken."""


class RunHeader(QWidget):
    """Name, state, buttons, facts and progress of a run.

    The name goes before the words of the buttons: where there is no room for both, the buttons
    are icons, and their tooltips say the words.
    """

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ElidedLabel("")  # a long one must not push the buttons out
        self._name.setProperty("role", "title")
        self._name.setObjectName("run.name")
        self._name.setMinimumWidth(_NAME_WIDTH)
        self._state = Badge("")
        self._state.setObjectName("run.state")
        self._buttons = [
            ActionButton(commands.action(f"run.{name}"), icon) for name, icon in _ACTIONS.items()
        ]
        self._more = self._make_more(commands)
        self._progress = QProgressBar()
        self._progress.setObjectName("run.progress")
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._facts = label("", "muted", wrap=True)
        self._facts.setObjectName("run.facts")
        self._error = label("", "error", wrap=True)
        self._error.setObjectName("run.error")
        self._top = row()
        self._top.addWidget(self._name)
        self._top.addWidget(self._state)
        self._top.addStretch(1)
        for button in (*self._buttons, self._more):
            self._top.addWidget(button)
        layout = column(self, spacing=8)
        layout.addLayout(self._top)
        for widget in (self._facts, self._progress, self._error):
            layout.addWidget(widget)

    def _make_more(self, commands: Commands) -> IconButton:
        more = IconButton("more", self.tr("More to do with this run"))
        more.setObjectName("run.more")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addActions([commands.action(f"run.{name}") for name in _MORE])
        more.setMenu(menu)
        return more

    def show_run(self, run: RunRow) -> None:
        """Show a run, or what its row says anew."""
        look = wording.look(run.actual_state)
        self._name.setText(run.name)
        self._name.setToolTip(run.name)
        self._state.say(look.word, look.tone)
        facts = (fact.replace(" ", _BOUND) for fact in self._facts_of(run))
        self._facts.setText("   ·   ".join(facts))
        self._progress.setValue(round(1000 * run.progress))
        self._progress.setVisible(run.state is not RunState.COMPLETED and bool(run.num_steps))
        trouble = wording.trouble(run)
        self._error.setText(trouble)
        self._error.setVisible(bool(trouble))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the width."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave the words of the buttons out where the name would be cut for them."""
        style = Qt.ToolButtonStyle
        for button in self._buttons:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon)
        widgets = (self._name, self._state, *self._buttons, self._more)
        needed = sum(one.sizeHint().width() + self._top.spacing() for one in widgets)
        if needed > self.width():
            for button in self._buttons:
                button.setToolButtonStyle(style.ToolButtonIconOnly)

    def _facts_of(self, run: RunRow) -> list[str]:
        facts = [f"#{run.id}", self.tr("epoch {0} of {1}").format(run.epoch, run.epochs)]
        if run.forked_from is not None:
            origin = self.tr("forked from #{0} at epoch {1}")
            facts.append(origin.format(run.forked_from, run.forked_at))
        left = wording.remaining_s(run)
        if left is not None:
            facts.append(self.tr("{0} left").format(wording.duration(left)))
        if run.seconds:
            facts.append(self.tr("{0} trained").format(wording.duration(run.seconds)))
        if run.device:
            facts.append(run.device)
        if run.images_per_s and run.actual_state is RunState.RUNNING:
            facts.append(self.tr("{0} images/s").format(wording.count(run.images_per_s)))
        if run.params_deployed is not None:
            shipped = self.tr("{0} parameters shipped")
            facts.append(shipped.format(wording.count(run.params_deployed)))
        return facts + wording.scores(run)
