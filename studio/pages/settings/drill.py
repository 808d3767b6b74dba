"""The resume drill: proof on this machine that a kill or a power loss costs nothing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.bridge.drill import NUM_LINES, Drill, DrillResult
from studio.state.commands import Scope, add_cancel
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import Badge, label
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar


class DrillSection(Section):
    """A button, how far it is, and what it came to."""

    def __init__(self, context: Context, place: QWidget) -> None:
        """Make the section.

        Args:
            context: what every page is given.
            place: where it stands; its commands can be used while that is seen.
        """
        super().__init__()
        self.set_title(self.tr("Resume drill"))
        self._context = context
        self._drill = Drill(context.client.workspace, self)
        self._drill.progressed.connect(self._on_progress)
        self._drill.ended.connect(self._on_ended)
        self._drill.failed.connect(lambda line: self._end(self.tr("not done"), "warn", line))
        self._drill.cancelled.connect(
            lambda: self._end(self.tr("cancelled"), "neutral", self.tr("Its files are removed."))
        )
        self._scope = Scope(
            context.commands, place, self.tr("Go to Engine in the settings first")
        )
        self._build()

    def _build(self) -> None:
        start = PushButton(self.tr("Drill"), "shield")
        start.setObjectName("settings_drill")
        follow(start, self._scope.add(
            "settings.drill", self.tr("Kill a training, resume it and compare bit for bit"),
            self._on_start, self._why_not,
        ))
        self._verdict = Badge("")
        self._verdict.setObjectName("drill_verdict")
        self._verdict.hide()
        self.add_control(self._verdict)
        self.add_control(start)
        self._task = TaskBar()
        add_cancel(self._context.commands, self._task, "settings.cancel_drill",
                   self.tr("Cancel the resume drill"), self._on_cancel)
        self._said = label("", wrap=True)
        self._said.setObjectName("drill_said")
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said.hide()
        about = label(self.tr(
            "Trains a small network twice, in a workspace of its own, which takes a minute or two: "
            "once left alone, once killed at random moments and resumed. Both must end with the "
            "same bits. Your runs are not touched."
        ), "muted", wrap=True)
        for widget in (about, self._task, self._said):
            self.body.addWidget(widget)

    def _why_not(self) -> str | None:
        return self.tr("It is under way") if self._drill.running else None

    def _on_start(self) -> None:
        self._verdict.hide()
        self._said.hide()
        self._drill.start()
        self._task.show_progress(0, 0, self.tr("Making ready…"))
        self._scope.refresh()

    def _on_cancel(self) -> None:
        self._drill.cancel()
        self._task.show_progress(0, 0, self.tr("Ending what was started…"))

    def _on_progress(self, done: int, line: str) -> None:
        self._task.show_progress(done, NUM_LINES, line)

    def _on_ended(self, result: DrillResult) -> None:
        words = (self.tr("bit for bit the same"), "good") if result.is_identical else (
            self.tr("not the same"), "bad"
        )
        self._end(*words, "\n".join((result.verdict, *result.drift)))

    def _end(self, word: str, tone: str, said: str) -> None:
        self._task.hide()
        self._verdict.say(word, tone)
        self._verdict.show()
        self._said.setText(said)
        self._said.show()
        self._scope.refresh()
        if not self.isVisible():
            told = self.tr("Resume drill: {0}").format(word)
            self._context.messages.say(told, "info" if tone == "neutral" else tone)
