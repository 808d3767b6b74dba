"""What the command line prints: tables for people, one JSON document for programs.

Results go to stdout; progress and complaints to stderr.
"""

import csv as csv_format
import json as json_format
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from engine.analysis import tables
from engine.analysis.comparison import Comparison
from engine.analysis.dynamic import BUDGETS, Kind, VariantCurve
from engine.analysis.mcnemar import PairTest
from engine.analysis.wording import cost_text
from engine.spec.card import KINDS
from engine.spec.catalog import Catalog
from engine.spec.errors import StoreError
from engine.spec.rows import RunRow
from engine.spec.workspace import Workspace
from engine.store import artifacts as artifact_store
from engine.store import points, run_queue
from engine.store import runs as run_store
from engine.store.connect import Store, open_store

if TYPE_CHECKING:
    from engine.publish import Cost

Reporting = Callable[[int, int, str], None]


def opened(workspace: Workspace) -> Store:
    """Open a workspace's store."""
    return open_store(workspace)


def in_parallel(workspace: Workspace, count: int | None) -> None:
    """Let so many runs of a workspace train side by side; None leaves it as it is."""
    if count is not None:
        run_queue.set_parallel_runs(opened(workspace), count)


def say(text: str) -> None:
    """Print a line of result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print one line of complaint."""
    sys.stderr.write(f"sila: {' '.join(text.split())}\n")


def document(content: Any) -> None:
    """Print one JSON document."""
    say(json_format.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.removeprefix(">"), justify="right" if right else "left")
    return table


def _print(table: Table) -> None:
    # A pipe has no width of its own; a table is never cut for it.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(table)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


@contextmanager
def progress(title: str, *, quiet: bool) -> Generator[Reporting]:
    """A progress bar on stderr; yields the function to report to."""
    with Progress(console=Console(stderr=True), disable=quiet) as bars:
        task = bars.add_task(title, total=None)

        def report(done: int, total: int, doing: str) -> None:
            bars.update(task, completed=done, total=total or None, description=doing)

        yield report


def as_result(row: RunRow) -> dict[str, Any]:
    """One run as the JSON of `sila run` and `sila runs` says it."""
    metrics = {
        key: {"best": summary.best, "last": summary.last}
        for key, summary in sorted(row.summaries.items())
    }
    return {
        "run": row.id, "name": row.name, "experiment": row.experiment, "state": str(row.state),
        "method": row.method, "backbone": row.backbone, "dataset": row.dataset, "seed": row.seed,
        "digest": row.digest, "epochs": row.epochs, "epoch": row.epoch, "metrics": metrics,
        "params_training": row.params_training, "params_deployed": row.params_deployed,
        "seconds": row.seconds, "error": row.error,
    }


def enqueued(ids: list[int], as_json: bool) -> None:
    """Print the numbers of queued runs."""
    if as_json:
        document(ids)
    else:
        say(f"queued {len(ids)} run(s): {', '.join(map(str, ids))}")


def results(rows: Sequence[RunRow], as_json: bool) -> None:
    """Print how runs ended."""
    if as_json:
        document([as_result(row) for row in rows])
        return
    runs(rows, as_json=False)
    for row in rows:
        if row.error:
            complain(f"run {row.id} ({row.name}) {row.state}: {row.error}")


def runs(rows: Sequence[RunRow], as_json: bool) -> None:
    """Print a table of runs."""
    if as_json:
        document([as_result(row) for row in rows])
        return
    table = _table(
        "", ">run", "name", "state", ">epoch", ">val top-1", ">best", ">test top-1",
        ">parameters", ">seconds",
    )
    for row in rows:
        table.add_row(
            str(row.id), row.name, str(row.state), f"{row.epoch}/{row.epochs}",
            _percent(row.value("val/top1")), _percent(row.value("val/top1", "best")),
            _percent(row.value("test/top1")), _count(row.params_deployed), f"{row.seconds:.1f}",
        )
    _print(table)


def run(store: Store, number: int, as_json: bool) -> None:
    """Print one run."""
    row = run_store.get_run(store, number)
    spec = run_store.get_spec(store, number).model_dump(mode="json")
    files = artifact_store.list_artifacts(store, number)
    if as_json:
        log = [asdict(line) for line in run_store.read_log(store, number)]
        listed = [asdict(file) for file in files]
        document({**as_result(row), "spec": spec, "artifacts": listed, "log": log})
        return
    runs([row], as_json=False)
    say(json_format.dumps(spec, indent=2))
    for file in files:
        say(f"{file.kind:<11} {artifact_store.locate(store, file)} ({file.bytes:,} bytes)")
    for line in run_store.read_log(store, number):
        say(f"{line.level:<8} {line.text}")


def metrics(store: Store, number: int, wanted: Sequence[str], as_json: bool) -> None:
    """Print metric points.

    Raises:
        StoreError: the run, or a series that was asked for, does not exist.
    """
    run_store.get_run(store, number)
    keys = points.series_keys(store, number)
    for key in wanted:
        if key not in keys:
            raise StoreError(f"run {number} has no series '{key}' (it has: {', '.join(keys)})")
    chosen = {
        key: points.read_series(store, [number], key).get(number, points.Points.empty())
        for key in wanted or keys
    }
    if as_json:
        document({
            key: [
                {"step": s, "time": t, "value": v if v == v and abs(v) != float("inf") else None}
                for s, t, v in zip(*(column.tolist() for column in series), strict=True)
            ]
            for key, series in chosen.items()
        })
        return
    writer = csv_format.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["series", "step", "time", "value"])
    for key, series in chosen.items():
        columns = (column.tolist() for column in series)
        writer.writerows((key, *point) for point in zip(*columns, strict=True))


def catalog(cards: Catalog, as_json: bool) -> None:
    """Print the catalogue."""
    if as_json:
        document({
            f"{kind}s": [card.model_dump(mode="json") for card in cards.all(kind)]
            for kind in KINDS
        })
        return
    for kind in KINDS:
        table = _table(f"{kind}s", "name", "title", "summary")
        for card in cards.all(kind):
            line = escape(card.install_line)  # it has brackets, which are no style
            lacks = f" Not installed: {line}" if line else ""
            table.add_row(card.name, card.title, card.summary + lacks)
        _print(table)


def params(name: str, classes: int, cost: "Cost", as_json: bool) -> None:
    """Print what a backbone costs; of several exits (or widths), each."""
    if as_json:
        document({
            "name": name, "classes": classes, "params": cost.params, "size": cost.size,
            "exits": cost.exit_names, "exit_params": cost.exit_params,
            "multiply_adds": cost.multiply_adds,
        })
        return
    shown = f"for an image of {cost.size} × {cost.size} pixels"
    adds = [f"{each / 1e6:,.1f} M multiply-adds" for each in cost.multiply_adds]
    if len(adds) == 1:
        say(f"{name} with {classes} classes: {cost.params:,} parameters, {adds[0]} {shown}")
        return
    say(f"{name} with {classes} classes: {cost.params:,} parameters, {adds[-1]} {shown}")
    for part, each, count in zip(cost.exit_names, adds, cost.exit_params, strict=True):
        say(f"  {part}: {each} inside the network; cut out, a network of {count:,} parameters")


def comparison(
    found: Comparison, pairs: Sequence[PairTest] = (), *,
    json: bool = False, csv: bool = False, latex: bool = False,
) -> None:
    """Print a comparison, and tests of pairs of runs, in the form asked for."""
    if json:
        document(tables.to_json(found, pairs))
    elif csv:
        sys.stdout.write(tables.to_csv(found, pairs))
    elif latex:
        sys.stdout.write(tables.to_latex(found, pairs))
    else:
        _comparison_table(found, pairs)


def _comparison_table(found: Comparison, pairs: Sequence[PairTest]) -> None:
    table = _table(
        f"{found.metric} ({found.which} weights), baseline {found.baseline_label}",
        "method", "backbone", "dataset", ">n", ">mean ± std", "95 % interval", "verdict",
        ">shipped", ">time", "at equal time",
    )
    for group in found.groups:
        spread = "" if group.std is None else f" ± {group.std:.2f}"
        interval = group.interval
        shown = "–" if interval is None else f"{interval.low:.2f} to {interval.high:.2f}"
        table.add_row(
            group.label, group.backbone, group.dataset, str(group.n),
            f"{group.mean:.2f}{spread}", shown, group.verdict, _count(group.params_deployed),
            cost_text(group.cost, group.n) or "–",
            tables.difference_text(
                group.equal_time and group.equal_time.difference, found.unit, group.n
            ) or "–",
        )
    _print(table)
    several = len({group.context for group in found.groups}) > 1
    for group in found.groups:
        if group.verdict != "baseline":
            told = filter(None, (group.backbone, group.dataset, group.setting))
            say(f"  {', '.join(told) + ': ' if several else ''}{group.sentence}")
        if group.equal_time is not None:
            say(f"    {group.equal_time.sentence}")
        for pair in pairs:
            if pair.digest == group.digest:
                say(f"    {pair.sentence}")
    for each in found.pending:
        say(f"  {each.sentence}")
    for left in found.left_out:
        say(f"  left out: run {left.run} ({left.name}): {left.reason}")


def curves(found: Sequence[VariantCurve], kind: Kind, as_json: bool) -> None:
    """Print accuracy against cost, by variant: of each exit (or width), or of each budget q."""
    if as_json:
        document([asdict(curve) for curve in found])
        return
    for curve in found:
        table = _table(
            f"{curve.label} {curve.backbone} {curve.dataset}, {kind}, seeds "
            + ", ".join(map(str, curve.seeds)),
            ">q" if kind == "budgeted" else ">exit or width", ">M multiply-adds", ">test top-1",
            "95 % interval",
        )
        places = BUDGETS if kind == "budgeted" else range(1, len(curve.points) + 1)
        for place, point in zip(places, curve.points, strict=True):
            known = point.low is not None and point.high is not None
            shown = f"{point.low:.2f} to {point.high:.2f}" if known else "–"
            table.add_row(str(place), f"{point.cost / 1e6:.2f}", f"{point.top1:.2f}", shown)
        _print(table)


def doctor(checks: Sequence[Any], as_json: bool) -> int:
    """Print what was examined; returns exit code 1 if something is amiss."""
    healthy = all(check.ok for check in checks)
    if as_json:
        document({"ok": healthy, "checks": [asdict(check) for check in checks]})
        return 0 if healthy else 1
    table = _table("", "", "check", "found", "what to do")
    for check in checks:
        table.add_row("ok" if check.ok else "!!", check.name, check.detail, check.fix)
    _print(table)
    return 0 if healthy else 1
