"""Arguments that several verbs share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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


class Table(StrEnum):
    """Which weights a number speaks of."""

    LAST = "last"
    BEST = "best"
