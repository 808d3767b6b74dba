"""Queueing runs from the command line and following them to their end."""

import signal
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.cli import present
from engine.current_catalog import catalog_is_current, keep_published, publish_kept
from engine.spec.catalog import Catalog
from engine.spec.errors import StudioError
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.spec.spec_file import load_spec_file
from engine.spec.workspace import Workspace
from engine.store import cards, run_queue, runs
from engine.store.connect import Store
from engine.store.launch import ensure_engine, start_engine
from engine.system_load import give_way

IDLE_EXIT_S = 10.0
POLL_S = 0.2
INTERRUPT_LIMIT_S = 60.0
DONE, FAILED, INTERRUPTED = 0, 1, 130


def current_catalog(store: Store) -> Catalog:
    """The catalogue of this very code; published first where it is not."""
    if not catalog_is_current(store) and not publish_kept(store):
        from engine.publish import publish_catalog

        publish_catalog(store)
        keep_published(store)
    return cards.read_catalog(store)


def complete_catalog(
    store: Store, progress: present.Reporting, *, in_background: bool
) -> Catalog:
    """The catalogue with what every backbone costs; counted first where that is not known yet.

    Args:
        store: of the workspace.
        progress: told of how many are done, of how many, and what is counted.
        in_background: let whatever else this machine does go first.
    """
    if cards.backbones_to_count(store):
        if in_background:
            give_way()
        from engine.publish import fill_facts

        fill_facts(store, progress)
    return cards.read_catalog(store)


def enqueue_spec(store: Store, spec: Path, sets: Sequence[str]) -> list[int]:
    """Queue the runs of a spec file; returns their numbers.

    Raises:
        SpecError: something in it cannot be used; nothing was queued.
    """
    return _enqueue(store, load_spec_file(spec, sets))


def _enqueue(store: Store, specs: Sequence[RunSpec]) -> list[int]:
    catalog = current_catalog(store)
    return run_queue.enqueue(store, [catalog.resolve(each) for each in specs])


def run_spec(workspace: Workspace, spec: Path, sets: Sequence[str], *, as_json: bool) -> int:
    """Queue a spec's runs and follow them; returns the exit code."""
    store = present.opened(workspace)
    specs = load_spec_file(spec, sets)
    start_engine(store, IDLE_EXIT_S)  # it comes up while the specs are looked at
    return follow(store, _enqueue(store, specs), as_json=as_json)


def resume_run(workspace: Workspace, run: int, *, as_json: bool) -> int:
    """Queue a run again and follow it; returns the exit code."""
    store = present.opened(workspace)
    run_queue.resume(store, run)
    return follow(store, [run], as_json=as_json)


def follow(store: Store, ids: Sequence[int], *, as_json: bool) -> int:
    """Show the progress of runs until all have ended; Ctrl-C interrupts them.

    Returns:
        0 if all completed, 1 if one failed, 130 if one was stopped on the way.
    """
    with _noting_ctrl_c() as pressed:
        rows = _watch(store, ids, pressed, quiet=as_json)
    if pressed():
        rows = _interrupt(store, ids)
    present.results(sorted(rows, key=lambda row: row.id), as_json)
    states = {row.state for row in rows}
    if RunState.FAILED in states:
        return FAILED
    return DONE if states == {RunState.COMPLETED} else INTERRUPTED


@contextmanager
def _noting_ctrl_c() -> Generator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; as an exception it would be lost where a destructor runs."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _watch(
    store: Store, ids: Sequence[int], pressed: Callable[[], bool], *, quiet: bool
) -> list[RunRow]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[now]}"),
        TimeRemainingColumn(),
    )
    shown: dict[int, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bars:
        while True:
            ensure_engine(store, IDLE_EXIT_S)
            rows = runs.list_runs(store, ids)
            for row in rows:
                _show(bars, shown, row)
            if pressed() or not any(row.state.is_active for row in rows):
                return rows
            time.sleep(POLL_S)


def _show(bars: Progress, shown: dict[int, TaskID], row: RunRow) -> None:
    if row.id not in shown:
        if row.state is RunState.QUEUED:
            return
        shown[row.id] = bars.add_task(f"run {row.id} {row.name}", total=None, now="")
    top1 = row.value("val/top1")
    now = f"{row.state} epoch {row.epoch}/{row.epochs}"
    now += "" if top1 is None else f" val {top1:.2f} %"
    bars.update(shown[row.id], total=row.num_steps or None, completed=row.step, now=now)


def _interrupt(store: Store, ids: Sequence[int]) -> list[RunRow]:
    """Interrupt what is active, and wait for the checkpoints."""
    for row in runs.list_runs(store, ids):
        if row.state.is_active:
            try:
                run_queue.ask(store, row.id, run_queue.INTERRUPT)
            except StudioError:
                continue  # it ended in this very moment
    limit = time.monotonic() + INTERRUPT_LIMIT_S
    while time.monotonic() < limit:
        rows = runs.list_runs(store, ids)
        if not any(row.state.is_active for row in rows):
            return rows
        time.sleep(POLL_S)
    return runs.list_runs(store, ids)
