"""Where the disk's room has gone, and how to get it back."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMessageBox, QWidget

from engine.spec.rows import RunRow
from studio.bridge.jobs import as_line
from studio.item_models.wording import file_size, look
from studio.pages.settings.parts import Table
from studio.pages.settings.usage import RunUsage, Usage, measure
from studio.state.commands import Scope
from studio.state.context import Context
from studio.widgets.buttons import ActionButton, PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row


class StorageTab(QWidget):
    """Bytes by run; deletes runs, and checkpoints that nobody needs any more."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._measuring = self._stale = self._cleaning = False
        self._usages: list[RunUsage] = []
        self._known: list[tuple[int, str]] = []
        self._build()
        context.feed.runs_changed.connect(self._on_runs)

    def _build(self) -> None:
        self._total = label("")
        self._total.setObjectName("settings_total")
        self._besides = label("", "muted", wrap=True)
        self._besides.setObjectName("settings_besides")
        self._clean = PushButton("")
        self._clean.setObjectName("settings_clean")
        self._scope = Scope(
            self._context.commands, self, self.tr("Go to Storage in the settings first")
        )
        follow(self._clean, self._scope.add(
            "settings.clean", self.tr("Remove the checkpoints that no run needs any more…"),
            self._on_clean, self._why_not_clean,
        ))
        delete = ActionButton(self._context.commands.action("run.delete"), "trash")
        self._runs = Table("settings_storage", self.tr("Storage by run"), [
            self.tr("run"), self.tr("state"), self.tr("spare checkpoints"), self.tr("on disk"),
        ], right=2)
        self._runs.itemSelectionChanged.connect(self._on_selection)
        top = row()
        top.addWidget(self._total, 1)
        top.addWidget(self._clean)
        top.addWidget(delete)
        layout = column(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._besides)
        layout.addWidget(self._runs, 1)
        self._on_selection()

    # ---- measuring

    def showEvent(self, event: QShowEvent) -> None:
        """Measure anew each time it is looked at, and let commands act on what is selected."""
        super().showEvent(event)
        self._measure()
        self._on_selection()

    def hideEvent(self, event: QHideEvent) -> None:
        """Commands act on nothing that is not seen."""
        super().hideEvent(event)
        if self._context.selection.selected == [run.id for run in self._selected()]:
            self._context.selection.select([])

    def _on_runs(self, runs: list[RunRow]) -> None:
        if self.isVisible() and self._known != _what_matters(runs):
            self._measure()

    def _measure(self) -> None:
        self._stale = self._measuring
        if self._measuring:
            return
        self._measuring = True
        client, runs = self._context.client, self._context.feed.runs
        self._known = _what_matters(runs)
        if not self._usages:
            self._total.setText(self.tr("Measuring…"))
        self._context.jobs.run(
            lambda: measure(
                client.workspace, runs, client.spare_checkpoints([run.id for run in runs])
            ),
            self._on_measured, self._on_not_measured, owner=self,
        )

    def _on_measured(self, usage: Usage) -> None:
        self._measuring = False
        self._usages = usage.runs
        total = file_size(sum(each.num_bytes for each in usage.runs))
        self._total.setText(self._total_text(total, len(usage.runs)))
        parts = [(self.tr("database"), usage.database), (self.tr("packed images"), usage.packed),
                 (self.tr("datasets"), usage.datasets), (self.tr("logs"), usage.logs)]
        said = ", ".join(f"{name} {file_size(size)}" for name, size in parts if size)
        self._besides.setText(self.tr("Besides: {0}.").format(said) if said else "")
        self._show_runs()
        if self._stale:
            self._measure()

    def _total_text(self, total: str, runs: int) -> str:
        if not runs:
            return self.tr("No run has files yet.")
        text = self.tr("{0} in 1 run.") if runs == 1 else self.tr("{0} in {1} runs.")
        return text.format(total, runs)

    def _on_not_measured(self, error: Exception) -> None:
        self._measuring = False
        self._total.setText(as_line(error))

    def _show_runs(self) -> None:
        selected = {run.id for run in self._selected()}
        self._runs.blockSignals(True)  # rows move: what is selected is not their places
        self._runs.clearSelection()
        self._runs.setSelectionMode(Table.SelectionMode.MultiSelection)
        self._runs.fill(
            [
                (f"{usage.run.id}   {usage.run.name}", look(usage.run.state).word,
                 file_size(usage.spare_bytes) if usage.spare_bytes else "",
                 file_size(usage.num_bytes))
                for usage in self._usages
            ],
            [usage.run for usage in self._usages],
        )
        for at, usage in enumerate(self._usages):
            if usage.run.id in selected:
                self._runs.selectRow(at)
        self._runs.setSelectionMode(Table.SelectionMode.ExtendedSelection)
        self._runs.blockSignals(False)
        self._on_selection()

    # ---- what is selected

    def _selected(self) -> list[RunRow]:
        return [run for run in self._runs.selected() if isinstance(run, RunRow)]

    def _on_selection(self) -> None:
        selected = self._selected()
        if self.isVisible():
            self._context.selection.select(run.id for run in selected)
        spare = sum(self._spare().values())
        text = self.tr("Remove their spare checkpoints") if selected else self.tr(
            "Remove spare checkpoints")
        self._clean.setText(f"{text} ({file_size(spare)})…" if spare else f"{text}…")
        self._scope.refresh()

    def _why_not_clean(self) -> str | None:
        if self._cleaning:
            return self.tr("They are being removed")
        return None if self._spare() else self.tr(
            "Only completed runs whose weights are kept can do without checkpoints"
        )

    def _spare(self) -> dict[int, int]:
        """Spare bytes of the selected runs, of all while none is selected."""
        selected = {run.id for run in self._selected()}
        return {
            usage.run.id: usage.spare_bytes for usage in self._usages
            if usage.spare_bytes and (usage.run.id in selected or not selected)
        }

    # ---- cleaning up

    def _on_clean(self) -> None:
        spare = self._spare()
        runs = list(spare)
        box = QMessageBox(self)
        box.setObjectName("settings_confirm")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("Remove checkpoints"))
        size = file_size(sum(spare.values()))
        box.setText(
            self.tr("Remove the checkpoints of a completed run ({0})?").format(size)
            if len(runs) == 1 else
            self.tr("Remove the checkpoints of {0} completed runs ({1})?").format(len(runs), size)
        )
        box.setInformativeText(self.tr(
            "The best and the last weights, curves, predictions and bundles stay. Those of epochs "
            "in between, kept on request, go too. This cannot be undone."
        ))
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        remove.setObjectName("settings_confirm_remove")
        remove.setProperty("role", "danger")
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        remove.clicked.connect(lambda: self._remove_checkpoints(runs))
        box.open()

    def _remove_checkpoints(self, runs: list[int]) -> None:
        client = self._context.client
        self._cleaning = True
        self._scope.refresh()
        self._context.jobs.run(
            lambda: client.remove_checkpoints(runs), self._on_removed, self._on_failed, owner=self
        )

    def _on_removed(self, num_bytes: int) -> None:
        self._context.messages.say(self.tr("Freed {0}.").format(file_size(num_bytes)))
        self._cleaning = False
        self._measure()

    def _on_failed(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")
        self._cleaning = False
        self._measure()


def _what_matters(runs: list[RunRow]) -> list[tuple[int, str]]:
    return [(run.id, run.state) for run in runs]
