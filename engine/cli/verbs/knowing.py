"""Verbs that tell what there is to choose, and whether all of it works here."""

import sys
from typing import Annotated

import typer

from engine.cli import present
from engine.cli.verbs.arguments import JsonOption, WorkspaceOption
from engine.spec.workspace import find_workspace

verbs = typer.Typer()


@verbs.command()
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


@verbs.command()
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


@verbs.command()
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
