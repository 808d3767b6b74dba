"""Verbs that show and compare what is stored."""

from enum import StrEnum
from typing import Annotated

import typer

from engine.cli import present
from engine.cli.verbs.arguments import MAX_RUN, JsonOption, RunArgument, Table, WorkspaceOption
from engine.spec.workspace import find_workspace

verbs = typer.Typer()


class CurveKind(StrEnum):
    """How the exits of a dynamic network are used."""

    ANYTIME = "anytime"
    BUDGETED = "budgeted"


@verbs.command()
def runs(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all runs, newest first."""
    from engine.store.runs import list_runs

    present.runs(list_runs(present.opened(find_workspace(workspace))), json)


@verbs.command()
def show(run: RunArgument, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Show one run: its spec, numbers, files and log."""
    present.run(present.opened(find_workspace(workspace)), run, json)


@verbs.command()
def metrics(
    run: RunArgument,
    series: Annotated[list[str] | None, typer.Option(help="Only this series.")] = None,
    workspace: WorkspaceOption = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values (default).")] = True,
    json: JsonOption = False,
) -> None:
    """Print the metric points of a run."""
    del csv
    present.metrics(present.opened(find_workspace(workspace)), run, series or [], json)


@verbs.command()
def compare(
    run: Annotated[list[str], typer.Argument(help="Numbers of runs, or names of experiments.")],
    baseline: Annotated[
        str | None, typer.Option(help="Method to compare with (default: plain).")
    ] = None,
    metric: Annotated[str, typer.Option(help="Metric to compare.")] = "test/top1",
    weights: Annotated[Table, typer.Option(help="Last or best-by-validation.")] = Table.LAST,
    workspace: WorkspaceOption = None, json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="A booktabs table.")] = False,
) -> None:
    """Compare variants seed by seed against a baseline."""
    from engine.cli.comparing import compare_runs, paired_tests

    store = present.opened(find_workspace(workspace))
    comparison = compare_runs(store, run, baseline, metric, weights.value)
    pairs = paired_tests(store, comparison)
    present.comparison(comparison, pairs, json=json, csv=csv, latex=latex)


@verbs.command()
def curves(
    run: Annotated[list[str], typer.Argument(help="Numbers of runs, or names of experiments.")],
    kind: Annotated[
        CurveKind, typer.Option(help="Each exit by itself, or leaving early within a budget.")
    ] = CurveKind.ANYTIME,
    weights: Annotated[Table, typer.Option(help="Last or best-by-validation.")] = Table.LAST,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Show what networks with several exits reach at which cost."""
    from engine.cli.curves import curves as find_curves

    store = present.opened(find_workspace(workspace))
    present.curves(find_curves(store, run, kind.value, weights.value), kind.value, json)


@verbs.command()
def delete(
    run: Annotated[list[int], typer.Argument(help="Numbers of the runs.", min=1, max=MAX_RUN)],
    workspace: WorkspaceOption = None,
) -> None:
    """Delete runs with their curves, checkpoints and bundles."""
    from engine.store.runs import delete_runs

    freed = delete_runs(present.opened(find_workspace(workspace)), run)
    present.say(f"deleted {len(run)} run(s), freed {freed / 2**20:.1f} MiB")
