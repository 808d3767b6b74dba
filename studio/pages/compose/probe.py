"""A few real steps of what is composed, before it is queued: time, memory and disk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.analysis.forecast import Forecast, forecast
from engine.spec.catalog import Catalog
from engine.spec.rows import RunRow, TaskRow
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from studio.bridge.jobs import as_line
from studio.bridge.task_watch import TaskWatch
from studio.item_models.wording import duration, file_size
from studio.pages.compose.draft import Draft
from studio.pages.compose.paces import Earlier, Paces, comparable, earlier
from studio.pages.compose.preflight import TITLES
from studio.state.commands import add_cancel
from studio.state.context import Context
from studio.widgets.labels import label
from studio.widgets.layout import cells
from studio.widgets.task_bar import TaskBar

MOST_VARIANTS = 60
_translate = QCoreApplication.translate


class Probe(QWidget):
    """Asks a worker for a few steps of every variant, and says what all runs will take."""

    changed = Signal()
    """Whether it can be asked has changed."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._feed, self._client, self._jobs = context.feed, context.client, context.jobs
        self._paces = Paces()
        self._earlier: dict[int, str] = {}
        self._reads = False
        self._commands = context.commands
        self._machine: Mapping[str, Any] = {}
        self._variants: dict[str, RunSpec] = {}
        self._asked: list[RunSpec] = []
        self._seeds = self._num_completed = 0
        self._watch = TaskWatch(self._client, self._jobs, self)
        self._watch.progressed.connect(self._on_progress)
        self._watch.succeeded.connect(self._on_probed)
        self._watch.failed.connect(self._on_failed)
        self._watch.cancelled.connect(lambda: self._end(self.tr("The probe was cancelled.")))
        self._build()
        self._feed.runs_changed.connect(self._on_runs)

    def _build(self) -> None:
        self._grid = cells(self, (12, 8), stretched=1)
        self._grid.setColumnMinimumWidth(0, TITLES)
        self._values = {name: label("–", wrap=True) for name in ("time", "memory", "disk")}
        titles = self.tr("Takes"), self.tr("Memory"), self.tr("Disk")
        for at, (title, (name, value)) in enumerate(zip(titles, self._values.items(), strict=True)):
            value.setObjectName(f"probe_{name}")
            self._grid.addWidget(label(title, "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, at, 1)
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("probe_said")
        self._source = label("", "caption", wrap=True)
        self._source.setObjectName("probe_source")
        self._task = TaskBar()
        add_cancel(self._commands, self._task, "compose.cancel", self.tr("Cancel the probe"),
                   self._watch.cancel)
        for at, widget in enumerate((self._said, self._source, self._task), len(titles)):
            self._grid.addWidget(widget, at, 0, 1, 2)
        self._show()

    def add_control(self, widget: QWidget) -> None:
        """Put the button that asks below what is told."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2, Qt.AlignmentFlag.AlignLeft)

    def show_draft(self, draft: Draft | None, catalog: Catalog) -> None:
        """Tell of a draft what is known; None where it cannot be trained as it is."""
        self._variants = {}
        if draft is not None and draft.num_runs() <= MOST_VARIANTS * len(draft.seeds):
            for spec in replace(draft, seeds=draft.seeds[:1]).specs():
                resolved = catalog.resolve(spec)
                self._variants[resolved.digest()] = resolved
            self._seeds = len(draft.seeds)
        if not self._watch.running:
            self._said.setText("")
        self._show()

    def why_not(self) -> str | None:
        """Return why it cannot be asked now, or None."""
        if self._watch.running:
            return self.tr("it is being probed")
        if not self._variants:
            return self.tr("more than {0} variants cannot be probed").format(MOST_VARIANTS)
        return None

    def start(self) -> None:
        """Ask for a few steps of every variant that was not asked for yet."""
        variants = list(self._variants.values())
        self._asked = [spec for spec in variants if not self._paces.is_seen(spec)]
        self._asked = self._asked or variants  # all are known: once more
        tables = [spec.model_dump(mode="json") for spec in self._asked]
        self._said.setText("")
        self._task.begin()
        self._watch.start("probe", specs=tables)
        self.changed.emit()

    # ---- what comes of it

    def _on_runs(self, rows: Sequence[RunRow]) -> None:
        """Tell again of what earlier runs took, where more of them are completed."""
        completed = sum(row.state is RunState.COMPLETED for row in rows)
        if completed != self._num_completed:
            self._num_completed = completed
            self._show()

    def _on_progress(self, task: TaskRow) -> None:
        self._task.show_progress(task.done, task.total, task.doing)

    def _on_probed(self, result: dict[str, Any]) -> None:
        self._machine = result
        for spec, seen in zip(self._asked, result["variants"], strict=True):
            self._paces.keep(spec, seen)
        self._end("")

    def _on_failed(self, line: str) -> None:
        self._end(line)

    def _end(self, said: str) -> None:
        self._task.hide()
        self._said.setText(said)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        variants = list(self._variants.values())
        known = [seen for spec in variants if (seen := self._paces.of(spec)) is not None]
        told = bool(known) and len(known) == len(variants)
        total = self._forecast(known) if told else None
        for name, value in self._values.items():
            value.setText(_text(name, total, known, self._seeds) if total else "–")
        if total is not None and total.problems:
            self._said.setText("\n".join(total.problems))
        self._said.setVisible(bool(self._said.text()))
        if not told:
            self._show_earlier(variants)
            return
        lines = [_source(known, busy=bool(self._machine.get("busy")))]
        if not all(map(self._paces.is_seen, variants)):
            lines.append(self.tr("Reckoned from another number of epochs."))
        self._source.setText(" ".join(filter(None, lines)))

    def _show_earlier(self, variants: Sequence[RunSpec]) -> None:
        """Say what runs like these took, as long as none of them was probed."""
        rows = comparable(variants, self._feed.runs)
        self._read_paces([row.id for row in rows if row.id not in self._earlier])
        found = earlier(variants, rows, self._earlier) if variants else None
        if not found:
            self._source.setText(self.tr("A few real steps of every variant tell."))
            return
        self._values["time"].setText(_said_of_earlier(found, self._seeds))
        self._source.setText(self.tr(
            "From {0} earlier runs on {1} that were equal in all that takes time but their "
            "epochs. A few real steps tell more, and of memory and disk."
        ).format(len(frozenset[int]().union(*(one.runs for one in found))),
                 ", ".join(dict.fromkeys(one.device for one in found))))

    def _read_paces(self, runs: Sequence[int]) -> None:
        """Ask what completed runs were, each once: that does not change any more."""
        if runs and not self._reads:
            self._reads = True
            self._jobs.run(
                lambda: dict.fromkeys(runs, "") | self._client.pace_digests(runs),
                self._on_paces, self._on_no_paces, owner=self,
            )

    def _on_paces(self, paces: Mapping[int, str]) -> None:
        self._reads = False
        self._earlier |= paces
        self._show()

    def _on_no_paces(self, error: Exception) -> None:
        self._reads = False
        self._source.setText(as_line(error))

    def _forecast(self, known: Sequence[Mapping[str, Any]]) -> Forecast:
        names = [_name(spec) for spec in self._variants.values()]
        probed = {**self._machine, "variants": known}
        return forecast(probed, names, [self._seeds] * len(names))


def _name(spec: RunSpec) -> str:
    return f"{spec.method.name}, {spec.backbone.name}, {spec.dataset.name}"


def _said_of_earlier(found: Sequence[Earlier], seeds: int) -> str:
    """The time of one run and of all of them: how many train side by side is not known."""
    each = [one.seconds for one in found]
    a_run = _span(each)
    if len(each) * seeds == 1:
        return _translate("Probe", "about {0}").format(a_run)
    return _translate("Probe", "about {0} a run, {1} one after another").format(
        a_run, duration(max(1.0, sum(each) * seeds))
    )


def _span(seconds: Sequence[float]) -> str:
    """From the shortest to the longest."""
    ends = [duration(max(1.0, end)) for end in (min(seconds), max(seconds))]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def _text(name: str, total: Forecast, known: Sequence[Mapping[str, Any]], seeds: int) -> str:
    """One of the three values."""
    if name == "memory":
        return f"{total.memory_mib / 1024:.1f} GiB"
    if name == "disk":
        return file_size(total.disk_bytes)
    each = [variant["seconds"] for variant in known if "error" not in variant]
    if not each:
        return "–"
    a_run = _span(each)
    if len(known) * seeds == 1:
        return a_run
    in_all = duration(max(1.0, total.seconds))
    return _translate("Probe", "{0} in all, {1} a run").format(in_all, a_run)


def _source(known: Sequence[Mapping[str, Any]], *, busy: bool) -> str:
    """Where the numbers come from."""
    fine = [variant for variant in known if "error" not in variant]
    if not fine:
        return ""
    steps = sum(variant["num_steps"] for variant in fine)
    lines = [_translate("Probe", "From {0} steps on {1}.").format(steps, fine[0]["device"])]
    earlier = sum(variant["earlier"] for variant in fine)
    if earlier:
        lines = [_translate("Probe", "From {0} earlier runs and {1} steps on {2}.").format(
            earlier, steps, fine[0]["device"])]
    if busy:
        lines.append(_translate("Probe", "Another run was training: alone it goes quicker."))
    return " ".join(lines)
