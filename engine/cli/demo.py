"""`sila demo`: the whole way once, without a window, on data that needs no download."""

from pathlib import Path

from engine.chores.export import export_run
from engine.cli import bundles, present
from engine.cli.comparing import compare_runs
from engine.cli.follow import DONE, enqueue_spec, follow
from engine.spec.bundled import bundled
from engine.spec.workspace import Workspace
from engine.store.runs import list_runs

SPEC = "presets/demo.toml"


def run_demo(workspace: Workspace) -> int:
    """Train plain and SiLa on the digits, compare, export SiLa's best run; returns the exit code.

    Raises:
        StudioError: one of the steps could not be done.
    """
    store = present.opened(workspace)
    present.say(f"Workspace: {workspace.root}")
    ids = enqueue_spec(store, Path(bundled("assets")) / SPEC, [])
    code = follow(store, ids, as_json=False)
    if code != DONE:
        return code
    present.comparison(compare_runs(store, [str(run) for run in ids], None, "test/top1", "last"))
    auxiliary = [row for row in list_runs(store, ids) if row.method == "sila"]
    chosen = max(auxiliary, key=lambda row: row.value("val/top1", "best") or 0.0)
    with present.progress("export", quiet=False) as progress:
        result = export_run(store, {"run": chosen.id}, progress)
    bundles.exported(result, as_json=False)
    return DONE
