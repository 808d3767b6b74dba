"""The `sila` command: one short function per verb. What a verb does lies in `engine.cli`."""

import gc
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import present
from engine.spec.errors import StudioError
from engine.spec.workspace import find_workspace

app = typer.Typer(
    help="SiLa Studio on the command line: the same engine and workspace as the window.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the workspace (else SILA_WORKSPACE, else the user's own)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
ParallelOption = Annotated[
    int | None,
    typer.Option(help="Runs of this workspace that train side by side (kept; 1 at first).", min=1),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change the spec: training.epochs=3"),
]
MAX_RUN = 2**63 - 1
RunArgument = Annotated[int, typer.Argument(help="Number of the run.", min=1, max=MAX_RUN)]

# Wherever this typer keeps click: the base of everything that is wrong with a command line.
UsageError: type[Exception] = next(
    c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException"
)


class Table(StrEnum):
    """Which weights a number speaks of."""

    LAST = "last"
    BEST = "best"


class Shipped(StrEnum):
    """Which weights are exported."""

    LAST = "last"
    BEST = "best"
    AVERAGE = "average"


class CurveKind(StrEnum):
    """How the exits of a dynamic network are used."""

    ANYTIME = "anytime"
    BUDGETED = "budgeted"


@app.command()
def run(
    spec: Path, sets: SetOption = None, parallel: ParallelOption = None,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Queue the runs of a spec file and follow them to the end."""
    from engine.cli.follow import run_spec

    present.in_parallel(find_workspace(workspace), parallel)
    raise typer.Exit(run_spec(find_workspace(workspace), spec, sets or [], as_json=json))


@app.command()
def probe(
    spec: Path, sets: SetOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """Take a few steps of a spec's runs, and tell what they will take; nothing is queued."""
    from engine.cli.probing import probe_spec, show

    store = present.opened(find_workspace(workspace))
    raise typer.Exit(show(probe_spec(store, spec, sets or [], quiet=json), json))


@app.command()
def enqueue(
    spec: Path, sets: SetOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """Queue the runs of a spec file; `sila serve` or the window trains them."""
    from engine.cli.follow import enqueue_spec

    ids = enqueue_spec(present.opened(find_workspace(workspace)), spec, sets or [])
    present.enqueued(ids, json)


@app.command()
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


@app.command()
def stop(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Stop a run; it keeps a checkpoint and can be resumed."""
    from engine.store import run_queue

    state = run_queue.ask(present.opened(find_workspace(workspace)), run, run_queue.STOP)
    present.say(f"run {run} was {state}: " + (
        "taken from the queue" if state == "queued" else "it stops after writing a checkpoint"
    ))


@app.command()
def pause(run: RunArgument, workspace: WorkspaceOption = None) -> None:
    """Pause a run; `sila resume` goes on with it."""
    from engine.store import run_queue

    state = run_queue.ask(present.opened(find_workspace(workspace)), run, run_queue.PAUSE)
    present.say(f"run {run} was {state}: " + (
        "taken from the queue" if state == "queued" else "it pauses after writing a checkpoint"
    ))


@app.command()
def resume(run: RunArgument, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Go on with a run from its last checkpoint, and follow it to the end."""
    from engine.cli.follow import resume_run

    raise typer.Exit(resume_run(find_workspace(workspace), run, as_json=json))


@app.command()
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


@app.command()
def runs(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List all runs, newest first."""
    from engine.store.runs import list_runs

    present.runs(list_runs(present.opened(find_workspace(workspace))), json)


@app.command()
def show(run: RunArgument, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Show one run: its spec, numbers, files and log."""
    present.run(present.opened(find_workspace(workspace)), run, json)


@app.command()
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


@app.command()
def delete(
    run: Annotated[list[int], typer.Argument(help="Numbers of the runs.", min=1, max=MAX_RUN)],
    workspace: WorkspaceOption = None,
) -> None:
    """Delete runs with their curves, checkpoints and bundles."""
    from engine.store.runs import delete_runs

    freed = delete_runs(present.opened(find_workspace(workspace)), run)
    present.say(f"deleted {len(run)} run(s), freed {freed / 2**20:.1f} MiB")


@app.command()
def catalog(
    publish: Annotated[bool, typer.Option(help="Only write it into the workspace.")] = False,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """List backbones, methods, regularizers, datasets, metrics and export formats."""
    from engine.cli.follow import complete_catalog, current_catalog

    store = present.opened(find_workspace(workspace))
    cards = current_catalog(store)
    if publish or json:
        with present.progress("counting", quiet=not sys.stderr.isatty()) as progress:
            cards = complete_catalog(store, progress, in_background=publish)
    if not publish:
        present.catalog(cards, json)


@app.command()
def params(
    backbone: str,
    classes: Annotated[int, typer.Option(min=2, help="Number of classes.")] = 10,
    channels: Annotated[int, typer.Option(min=1, max=4, help="Image channels.")] = 3,
    size: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Side of the images (default: usual ones).")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Count the parameters of a backbone, and what it costs to show it an image."""
    from engine.publish import cost_of

    present.params(backbone, classes, cost_of(backbone, classes, channels, size), json)


@app.command()
def doctor(
    drill: Annotated[bool, typer.Option("--drill", help="Kill and resume a training.")] = False,
    kills: Annotated[int, typer.Option(help="How often, in the drill.", min=1, max=100)] = 3,
    drill_seed: Annotated[int | None, typer.Option(help="Seed of the kills.", min=0)] = None,
    device: Annotated[str, typer.Option(help="Device of the drill: cpu, cuda …")] = "auto",
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Check that everything is there; with --drill, that a kill or power loss costs nothing."""
    from engine.cli.doctor import examine, run_drill

    found = find_workspace(workspace)
    if drill:
        raise typer.Exit(run_drill(found, kills, drill_seed, device, as_json=json))
    raise typer.Exit(present.doctor(examine(found), json))


@app.command()
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


@app.command()
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


@app.command()
def export(
    run: RunArgument,
    format: Annotated[  # noqa: A002 - the flag's name
        list[str] | None,
        typer.Option(help="Formats, see 'sila catalog' (default: onnx and safetensors)."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FORMAT.KEY=VALUE", help="An option: onnx.opset=18"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write (must be new).")] = None,
    weights: Annotated[
        Shipped, typer.Option(help="Which weights ship; average: of the checkpoints kept.")
    ] = Shipped.BEST,
    peer: Annotated[
        str | None,
        typer.Option(help="Of peers: one, from 1 on; best (by validation), or ensemble."),
    ] = None,
    exit: Annotated[  # noqa: A002 - the flag's name
        str | None, typer.Option(help="Of several exits (or widths): one, from 1 on, or all.")
    ] = None,
    path: Annotated[
        str | None, typer.Option(help="Of a skipping network: blocks such as 1101, or common.")
    ] = None,
    reparameterize: Annotated[
        bool, typer.Option("--reparameterize", help="Fold the branches of RepVGG.")
    ] = False,
    temperature: Annotated[
        bool, typer.Option("--temperature", help="Divide logits by one fitted on validation.")
    ] = False,
    images: Annotated[
        int | None,
        typer.Option(help="Prove on so many test images (default: up to 2000).", min=1000),
    ] = None,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Export a run as a bundle with the training-only parts stripped, and prove it."""
    from engine.chores.export import export_run
    from engine.cli import bundles

    arguments = {
        "run": run, "formats": format, "format_options": bundles.format_options(sets or []),
        "out": out, "weights": weights.value, "peer": peer, "exit": exit, "path": path,
        "reparameterize": reparameterize, "temperature": temperature, "images": images,
    }
    with present.progress("export", quiet=json) as progress:
        result = export_run(present.opened(find_workspace(workspace)), arguments, progress)
    bundles.exported(result, json)


@app.command()
def verify(
    bundle: Path,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the images, to ask the files about them again.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check that a bundle is what was exported; exit code 1 where it is not."""
    from engine.chores.verify import verify_bundle
    from engine.cli import bundles

    with present.progress("verify", quiet=json or not sys.stderr.isatty()) as progress:
        result = verify_bundle(bundle, data, progress)
    raise typer.Exit(bundles.verified(result, json))


@app.command()
def predict(
    bundle: Path, image: Annotated[list[Path], typer.Argument(help="Image files.")],
    json: JsonOption = False,
) -> None:
    """Predict images with an exported bundle."""
    from engine.exports.serve import predict_all

    raise typer.Exit(present.predictions(predict_all(bundle, image), json))


@app.command()
def demo(workspace: WorkspaceOption = None) -> None:
    """Train plain and SiLa on bundled digits, compare them, export and check the model."""
    from engine.cli.demo import run_demo

    raise typer.Exit(run_demo(find_workspace(workspace)))


@app.command(hidden=True)
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


def main() -> None:
    """Run the command; what a user can mend is one line on stderr and exit code 2."""
    try:
        code = app(standalone_mode=False)
    except StudioError as error:
        present.complain(str(error))
        sys.exit(2)
    except UsageError as error:
        said = getattr(error, "format_message", error.__str__)()
        present.complain(said or "type 'sila --help' for the commands")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(code)


if __name__ == "__main__":
    main()
