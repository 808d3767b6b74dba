"""What can be done with the variants that are compared, one of which is the current one."""

from collections.abc import Mapping, Sequence
from functools import partial
from threading import Lock

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio.bridge.jobs import as_line
from studio.pages.compare.seeds import MissingRun, queue_missing
from studio.pages.compare.study import Study, Variant
from studio.state.commands import Scope
from studio.state.context import Context
from studio.widgets.buttons import ItemButton, aimed


class VariantActions(QObject):
    """Commands for the current variant: the eye, the star, and the seeds that it lacks.

    Signals:
        current_changed: the digest of the variant that they act on now, or "".
        hidden_changed: the digests of the variants that are not shown.
        outdated: what is shown is not so any more.
    """

    current_changed = Signal(str)
    hidden_changed = Signal(object)
    outdated = Signal()

    def __init__(self, context: Context, page: QWidget) -> None:
        """Register the commands.

        Args:
            context: what every page is given.
            page: owner; they can be used while it is seen.
        """
        super().__init__(page)
        self._context = context
        self._study: Study | None = None
        self._missing: Mapping[str, Sequence[MissingRun]] = {}
        self._unchosen: Mapping[str, Sequence[int]] = {}
        self._current = ""
        self._hidden: set[str] = set()
        self._queueing: set[str] = set()
        self._one_at_a_time = Lock()
        self._scope = Scope(context.commands, page, self.tr("Go to the comparison first"))
        add = self._scope.add
        for name, text, keys, by in (
            ("next", self.tr("Go to the next variant"), "Alt+Down", 1),
            ("previous", self.tr("Go to the variant before"), "Alt+Up", -1),
        ):
            add(f"compare.{name}", text, partial(self._step, by), self._why_none, keys,
                repeats=True)
        add("compare.eye", self.tr("Show or hide the current variant"), self._on_eye,
            self._why_none, "Ctrl+H")
        add("compare.star", self.tr("Compare the others with the current variant"), self._on_star,
            self._why_no_star, "Ctrl+Shift+B")
        add("compare.queue", self.tr("Queue or resume the runs that the current variant lacks"),
            self._on_queue, self._why_no_queue)
        add("compare.add", self.tr("Add the existing runs of the current variant"), self._on_add,
            self._why_no_add)
        add("compare.latest", self.tr("Compare the latest experiment"), self._on_latest,
            self._why_no_latest)

    @property
    def hidden(self) -> frozenset[str]:
        """The digests of the variants that are not shown."""
        return frozenset(self._hidden)

    @property
    def current(self) -> str:
        """The digest of the variant that the commands act on, or ""."""
        return self._current

    def show_study(
        self, study: Study | None, missing: Mapping[str, Sequence[MissingRun]],
        unchosen: Mapping[str, Sequence[int]],
    ) -> None:
        """Act on the variants of a study.

        Args:
            study: has them; None while nothing is compared.
            missing: runs that each variant's comparison lacks, by digest.
            unchosen: runs that are there for it but were not chosen, by digest.
        """
        self._study, self._missing, self._unchosen = study, missing, unchosen
        self._queueing.clear()
        digests = self._digests()
        if self._current not in digests:
            self.aim(digests[0] if digests else "")
        self._scope.refresh()

    def aim(self, digest: str) -> None:
        """Let the commands act on this variant."""
        if digest != self._current:
            self._current = digest
            self.current_changed.emit(digest)
            self._scope.refresh()

    def button(self, name: str, digest: str, icon_name: str, text: str) -> ItemButton:
        """Return a button that does the command of a name to this variant, whichever is current."""
        action = self._context.commands.action(f"compare.{name}")
        button = ItemButton(action, partial(self.aim, digest), icon_name, text)
        button.setObjectName(f"{name}_{digest}")
        return button

    def lead(self, button: QAbstractButton, name: str, digest: str) -> None:
        """Let a button do the command of a name to this variant, whichever is current."""
        action = self._context.commands.action(f"compare.{name}")
        aimed(button, action, partial(self.aim, digest))
        button.setObjectName(f"{name}_{digest}")

    def _digests(self) -> list[str]:
        return [variant.digest for variant in self._study.variants] if self._study else []

    def _variant(self) -> Variant:
        assert self._study is not None
        return next(v for v in self._study.variants if v.digest == self._current)

    # ---- why not

    def _why_none(self) -> str | None:
        known = self._current in self._digests()
        return None if known else self.tr("Choose runs to compare first")

    def _why_no_star(self) -> str | None:
        if self._study is not None and self._current in self._study.comparison.baselines:
            return self.tr("It is the baseline already")
        return self._why_none()

    def _why_no_queue(self) -> str | None:
        if self._current in self._queueing:
            return self.tr("They are being queued")
        if self._why_no_add() is None:
            return self.tr("Add the runs that exist first")
        lacking = self._missing.get(self._current)
        return self._why_none() or (None if lacking else self.tr("It lacks none"))

    def _why_no_add(self) -> str | None:
        there = self._missing.get(self._current) is not None and self._unchosen.get(self._current)
        return self._why_none() or (None if there else self.tr("There are none to add"))

    def _why_no_latest(self) -> str | None:
        return None if self._context.feed.runs else self.tr("Nothing has been trained yet")

    # ---- doing

    def _step(self, by: int) -> None:
        digests = self._digests()
        self.aim(digests[(digests.index(self._current) + by) % len(digests)])

    def _on_eye(self) -> None:
        self._hidden ^= {self._current}
        self.hidden_changed.emit(self.hidden)

    def _on_star(self) -> None:
        """A method names the baseline of every context; a digest tells two variants of it apart."""
        assert self._study is not None
        variant = self._variant()
        same = [v for v in self._study.variants if v.method == variant.method]
        contexts = {v.detail for v in same}
        name = variant.method if len(same) == len(contexts) else variant.digest
        self._context.selection.set_baseline(name)

    def _on_latest(self) -> None:
        rows = self._context.feed.runs
        latest = rows[0].experiment
        self._context.selection.choose(r.id for r in rows if r.experiment == latest)

    def _on_add(self) -> None:
        self._choose_too(self._unchosen[self._current])

    def _on_queue(self) -> None:
        client, missing = self._context.client, self._missing[self._current]
        self._queueing.add(self._current)  # until another study is shown
        self._scope.refresh()

        def work() -> list[int]:
            with self._one_at_a_time:  # two variants may ask for the same run of their baseline
                return queue_missing(client, missing)

        self._context.jobs.run(work, self._choose_too, self._on_not_queued, owner=self)

    def _on_not_queued(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")
        self.outdated.emit()

    def _choose_too(self, runs: Sequence[int]) -> None:
        self._context.selection.choose([*self._context.selection.chosen, *runs])
        if not runs:  # somebody else has queued them
            self.outdated.emit()
