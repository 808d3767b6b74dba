"""Verbs that queue, train, stop and go on."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import present
from engine.cli.verbs.arguments import (
    MAX_RUN,
    JsonOption,
    ParallelOption,
    RunArgument,
    SetOption,
    WorkspaceOption,
)
from engine.spec.workspace import find_workspace

verbs = typer.Typer()


@verbs.command()
def run(
    spec: Path, sets: SetOption = None, parallel: ParallelOption = None,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Queue the runs of a spec file and follow them to the end."""
    from engine.cli.follow import run_spec

    present.in_parallel(find_workspace(workspace), parallel)
    raise typer.Exit(run_spec(find_workspace(workspace), spec, sets or [], as_json=json))


@verbs.command()
def probe(
    spec: Path, sets: SetOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """Take a few steps of a spec's runs, and tell what they will take; nothing is queued."""
    from engine.cli.probing import probe_spec, show

    store = present.opened(find_workspace(workspace))
    raise typer.Exit(show(probe_spec(store, spec, sets or [], quiet=json), json))


@verbs.command()
def enqueue(
    spec: Path, sets: SetOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """Queue the runs of a spec file; `sila serve` or the window trains them."""
    from engine.cli.follow import enqueue_spec

    ids = enqueue_spec(present.opened(find_workspace(workspace)), spec, sets or [])
    present.enqueued(ids, json)


@verbs.command()
def serve(
    workspace: WorkspaceOption = None,
    idle_exit: Annotated[
        float, typer.Option(help="End after so many seconds without work.", min=0.0)
    ] = float("inf"),
    parallel: ParallelOption = None,
) -> None:
    """Be the engine of a workspace: train what is queued."""
    from engine.service import serve as serve_workspace

    present.in_parallel(find_workspace(workspace), parallel)
    if not serve_workspace(find_workspace(workspace), idle_exit):
        present.say("an engine is at work in this workspace already")


@verbs.command()
def stop(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Stop a run; it keeps a checkpoint and can be resumed."""
    from engine.store import run_queue

    state = run_queue.ask(present.opened(find_workspace(workspace)), run, run_queue.STOP)
    present.say(f"run {run} was {state}: " + (
        "taken from the queue" if state == "queued" else "it stops after writing a checkpoint"
    ))


@verbs.command()
def pause(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Pause a run; `sila resume` goes on with it."""
    from engine.store import run_queue

    state = run_queue.ask(present.opened(find_workspace(workspace)), run, run_queue.PAUSE)
    present.say(f"run {run} was {state}: " + (
        "taken from the queue" if state == "queued" else "it pauses after writing a checkpoint"
    ))


@verbs.command()
def resume(run: RunArgument, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Go on with a run from its last checkpoint, and follow it to the end."""
    from engine.cli.follow import resume_run

    raise typer.Exit(resume_run(find_workspace(workspace), run, as_json=json))


@verbs.command()
def fork(
    run: Annotated[list[int], typer.Argument(help="Numbers of the runs.", min=1, max=MAX_RUN)],
    at: Annotated[
        int | None, typer.Option(help="Epoch to go on from; without it, tell which there are.")
    ] = None,
    sets: SetOption = None,
    name: Annotated[str, typer.Option(help="Name of the new run.")] = "",
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Train on from an epoch of a run, with something changed: --set method.options.alpha=0."""
    from engine.cli.follow import follow
    from engine.cli.forking import fork_runs

    store = present.opened(find_workspace(workspace))
    ids = fork_runs(store, run, at, sets or [], name)
    raise typer.Exit(follow(store, ids, as_json=json))


@verbs.command()
def demo(workspace: WorkspaceOption = None) -> None:
    """Train plain and SiLa on bundled digits, compare them, export and check the model."""
    from engine.cli.demo import run_demo

    raise typer.Exit(run_demo(find_workspace(workspace)))


@verbs.command(hidden=True)
def work(
    worker: Annotated[int, typer.Option()], kind: Annotated[str, typer.Option()],
    workspace: WorkspaceOption = None,
) -> None:
    """Be a worker, or what forks workers; the engine calls this."""
    gc.disable()  # there is none yet, and looking for it takes a sixth of what is imported now
    from engine.nursery import nurse
    from engine.worker import work as do_work

    found = find_workspace(workspace)
    nurse(found, worker) if kind == "nursery" else do_work(found, worker, kind)
