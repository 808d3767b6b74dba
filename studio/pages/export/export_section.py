"""The export of a run: the button, what can be chosen, and how it goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.spec.card import Card, Kind
from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.rows import ArtifactRow, RunRow, TaskRow
from studio.bridge.task_watch import TaskWatch
from studio.pages.export.options import ExportOptions
from studio.pages.export.part_choice import PartChoice
from studio.pages.export.parts import ALL_EXITS, anytime_curve, choices
from studio.pages.export.peers import ENSEMBLE, peer_backbones, shipped_backbone
from studio.state.commands import Command, add_cancel
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import label
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar

_VALIDATED, _AVERAGED = "val/top1", "test/top1/ema"
"""Numbers that a run has if it held out images, and if it averaged its weights."""
_LICENSE = "export/license"
"""Setting of the workspace: what the last export was to say of it."""


class ExportSection(Section):
    """One primary button; options fold out.

    Signals:
        exported: a bundle was written of the run of this number.
    """

    exported = Signal(int)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self._context = context
        self._run: RunRow | None = None
        self._exporting: int | None = None
        self._backbones: Sequence[str] = ()
        self._curves: Sequence[Mapping[str, Any]] = ()
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self._on_progress)
        self._watch.succeeded.connect(self._on_exported)
        self._watch.failed.connect(self._end)
        self._watch.cancelled.connect(self._on_cancelled)
        self._part, self.options = PartChoice(), ExportOptions()
        self._add_commands()
        self._build()
        context.jobs.run(
            lambda: context.client.setting(_LICENSE, ""), self.options.set_license, owner=self
        )

    # ---- building

    def _add_commands(self) -> None:
        add = self._context.commands.add
        add(Command("export.start", self.tr("Export the run as a bundle"), "Ctrl+Shift+X",
                    self._start, self._why_not))
        add(Command("export.options", self.tr("Options of the export"), "",
                    self._on_options))

    def _build(self) -> None:
        self._more = PushButton(self.tr("Options"))
        self._more.setObjectName("export_more")
        self._more.setCheckable(True)
        follow(self._more, self._context.commands.action("export.options"))
        button = PushButton(self.tr("Export"), "export", "primary")
        button.setObjectName("export_start")
        follow(button, self._context.commands.action("export.start"))
        self.add_control(self._more)
        self.add_control(button)
        self.options.hide()
        self.options.changed.connect(self._show_parts)
        self.options.edited.connect(self._context.commands.refresh)
        self._part.changed.connect(self._show_parts)
        self._task = TaskBar()
        add_cancel(self._context.commands, self._task, "export.cancel",
                   self.tr("Cancel the export"), self._watch.cancel)
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("export_said")
        self._said.hide()
        for widget in (self._task, self._said, self._part, self.options):
            self.body.addWidget(widget)

    def _on_options(self) -> None:
        """Unfold them, or fold them; what the page is about is shown first."""
        self._context.selection.show_page("export")
        unfold = self.options.isHidden()
        self.options.setVisible(unfold)
        self._more.setChecked(unfold)

    # ---- what is offered

    def set_catalog(self, catalog: Catalog) -> None:
        """Offer what there is; it may have become more complete since."""
        self.options.set_formats(catalog.all("export"))
        if self._peers(self._run) != self._backbones:
            self.show_run(self._run)
        self._show_parts()

    def show_run(self, row: RunRow | None) -> None:
        """Begin with the defaults of a completed run, or with none."""
        self._run, self._curves = row, ()
        self.set_title(
            self.tr("No completed run chosen") if row is None
            else self.tr("Run {number}").format(number=row.id)
        )
        if self._exporting is None:
            self._said.hide()
        self._backbones = self._peers(row)
        known = row.summaries if row is not None else {}
        self.options.show_run(
            self._backbones, validated=_VALIDATED in known, averaged=_AVERAGED in known
        )
        self._show_parts(anew=True)
        self._context.commands.refresh()
        if row is not None:
            self._look(row)

    def _peers(self, row: RunRow | None) -> Sequence[str]:
        """The backbones of the networks that a run trained together."""
        method = self._card("method", row.method.split("+")[0]) if row is not None else None
        return peer_backbones(row, method) if row is not None and method is not None else []

    def _look(self, row: RunRow) -> None:
        """Look what its exits reach, and which checkpoints can be averaged."""
        client = self._context.client
        root = client.workspace.root

        def look() -> tuple[Sequence[Mapping[str, Any]], int]:
            curves = [facts for _, facts in client.facts([row.id], "curve")]
            kept = [file for file in client.artifacts(row.id, "checkpoint")
                    if _is_averaged(file, row) and (root / file.path).is_dir()]
            return curves, len(kept)

        def show(found: tuple[Sequence[Mapping[str, Any]], int]) -> None:
            if self._run is row:
                self._curves, kept = found
                self.options.set_checkpoints(kept)
                self._show_parts()

        self._context.jobs.run(look, show, owner=self)

    def _card(self, kind: Kind, name: str) -> Card | None:
        catalog = self._context.feed.catalog
        try:
            return catalog.card(kind, name) if catalog is not None else None
        except SpecError:  # of a plug-in that is gone
            return None

    def _show_parts(self, *, anew: bool = False) -> None:
        """Offer what can ship of the network that is chosen."""
        peer = None if anew else self.options.peer()
        card = None
        if self._run is not None:
            names = self._backbones or (self._run.backbone,)
            card = self._card("backbone", shipped_backbone(names, peer))
        curve = anytime_curve(self._curves, self.options.weights()) if peer is None else None
        barred = self.tr("An ensemble ships whole.") if peer == ENSEMBLE else ""
        offered = choices(card, curve) if card is not None else []
        self._part.show_choices(offered, anew=anew, barred=barred)
        chosen = self._part.arguments()
        self.options.set_whole(not chosen)
        self.options.set_exits(
            several=any(each.arguments == ALL_EXITS for each in offered),
            all_ship=chosen == ALL_EXITS,
        )

    # ---- exporting

    def _why_not(self) -> str | None:
        if self._exporting is not None:
            return self.tr("An export is under way.")
        if self._run is None:
            return self.tr("Only a completed run can be exported.")
        return self.options.problem()

    def _start(self) -> None:
        if self._run is None:
            return
        self._context.selection.show_page("export")  # it may have been asked for elsewhere
        self._exporting = self._run.id
        self._said.hide()
        self._task.begin()
        self._context.commands.refresh()
        arguments = self.options.arguments() | self._part.arguments()
        self._remember(arguments.get("license", ""))
        self._watch.start("export", run=self._run.id, **arguments)

    def _remember(self, licence: str) -> None:
        """Offer the same licence for the next export of this workspace."""
        client = self._context.client
        self._context.jobs.run(lambda: client.put_setting(_LICENSE, licence), owner=self)

    def _on_progress(self, task: TaskRow) -> None:
        name = self.tr("Run {run}: {doing}").format(run=self._exporting, doing=task.doing)
        self._task.show_progress(task.done, task.total, name if task.doing else "")

    def _on_exported(self, result: dict[str, Any]) -> None:
        run = self._exporting
        titles = self.options.titles()
        not_written: Mapping[str, str] = result.get("certificate", {}).get("not_written", {})
        self._end("\n".join(
            self.tr("The bundle was written without {format}: {reason}").format(
                format=titles.get(name, name), reason=reason
            )
            for name, reason in not_written.items()
        ))
        if run is not None:
            self.exported.emit(run)

    def _on_cancelled(self) -> None:
        self._end(self.tr("The export was cancelled; no bundle was written."))

    def _end(self, line: str = "") -> None:
        self._exporting = None
        self._task.hide()
        self._said.setText(line)
        self._said.setVisible(bool(line))
        self._context.commands.refresh()


def _is_averaged(file: ArtifactRow, row: RunRow) -> bool:
    """Whether it is a checkpoint of the training's second half, and of this run itself."""
    before = (row.forked_at or 0) * row.steps_per_epoch
    return 2 * file.step >= row.num_steps and file.step > before
