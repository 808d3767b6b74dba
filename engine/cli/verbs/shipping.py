"""Verbs that export, prove and use a bundle."""

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import present
from engine.cli.verbs.arguments import JsonOption, RunArgument, WorkspaceOption
from engine.spec.workspace import find_workspace

verbs = typer.Typer()


class Shipped(StrEnum):
    """Which weights are exported."""

    LAST = "last"
    BEST = "best"
    AVERAGE = "average"
    EMA = "ema"


@verbs.command()
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
        Shipped,
        typer.Option(help="Which weights ship; average: of the checkpoints kept; ema: of steps."),
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
    fold_bn: Annotated[
        bool, typer.Option("--fold-bn", help="Fold batch norms into the convolutions before them.")
    ] = False,
    temperature: Annotated[
        bool, typer.Option("--temperature", help="Divide logits by one fitted on validation.")
    ] = False,
    license: Annotated[  # noqa: A002 - the flag's name
        str | None,
        typer.Option(metavar="TEXT", help="Licence of the files, for the card: CC-BY-4.0"),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(help="Prove on so many test images (default: up to 1000).", min=1000),
    ] = None,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Export a run as a bundle with the training-only parts stripped, and prove it."""
    from engine.chores.export import export_run
    from engine.cli import bundles

    arguments = {
        "run": run, "formats": format, "format_options": bundles.format_options(sets or []),
        "out": out, "weights": weights.value, "peer": peer, "exit": exit, "path": path,
        "reparameterize": reparameterize, "fold_bn": fold_bn, "temperature": temperature,
        "images": images, "license": license,
    }
    with present.progress("export", quiet=json) as progress:
        result = export_run(present.opened(find_workspace(workspace)), arguments, progress)
    bundles.exported(result, json)


@verbs.command()
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


@verbs.command()
def predict(
    bundle: Path, image: Annotated[list[Path], typer.Argument(help="Image files.")],
    format: Annotated[  # noqa: A002 - the flag's name
        str | None, typer.Option(help="Which file answers, by its format (default: ONNX).")
    ] = None,
    leave_from: Annotated[
        float,
        typer.Option(help="Confidence from which images leave a file with early exits.", min=0),
    ] = 0.9,
    against: Annotated[
        int | None, typer.Option(help="A run, such as the plain one: say where it disagrees.")
    ] = None,
    workspace: WorkspaceOption = None, json: JsonOption = False,
) -> None:
    """Predict images with an exported bundle."""
    from engine.cli import bundles
    from engine.exports import serve

    chosen = serve.choose_file(bundle, format or "")
    if chosen.is_onnx:  # no torch
        opens = partial(serve.open_file, bundle / chosen.file, leave_from)
        opened = serve.Bundle(bundle, opens)
    else:
        from engine.chores.predict import open_bundle

        opened = open_bundle(bundle, chosen.format)
    answers, rival = serve.predict_all(opened, image), None
    if against is not None:
        from engine.chores.predict import set_against

        rival = set_against(present.opened(find_workspace(workspace)), opened, against, answers)
    raise typer.Exit(bundles.predicted(answers, rival, json))
