"""The accuracy study: what the methods do to test accuracy, with equal recipes and paired seeds.

    python benchmarks/accuracy/run.py cpu --data DIR --workspace DIR --parallel 2

queues the runs of `specs/cpu` that the workspace does not have yet, trains them, and writes what is
stored into `RESULTS.md` and `results.json` beside this file. DIR of the data is where the official
CIFAR folders lie. It may be interrupted and started again: finished runs are kept, others go on.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
sys.path.insert(0, str(HERE))

from report import write_report  # noqa: E402

from engine.cli.follow import current_catalog, follow  # noqa: E402
from engine.spec.run_spec import RunSpec  # noqa: E402
from engine.spec.spec_file import load_spec_file  # noqa: E402
from engine.spec.workspace import Workspace  # noqa: E402
from engine.store import run_queue, runs  # noqa: E402
from engine.store.connect import Store, open_store  # noqa: E402


def wanted(store: Store, scale: str, data: Path) -> list[RunSpec]:
    """The runs of a scale, first seeds first, so that an early end leaves pairs."""
    catalog = current_catalog(store)
    specs: list[RunSpec] = []
    for path in sorted((HERE / "specs" / scale).glob("*.toml")):
        specs += load_spec_file(path, [f"dataset.root={data}"])
    return [catalog.resolve(spec) for spec in sorted(specs, key=lambda spec: spec.seed)]


def queue_missing(store: Store, specs: list[RunSpec]) -> list[int]:
    """Queue what is not there yet, resume what was interrupted; returns the runs to wait for."""
    stored = {(row.digest, row.seed): row for row in runs.list_runs(store)}
    numbers: list[int] = []
    for spec in specs:
        row = stored.get((spec.digest(), spec.seed))
        if row is None:
            numbers += run_queue.enqueue(store, [spec])
        elif row.state.is_active:
            numbers.append(row.id)
        elif row.state != "completed":
            run_queue.resume(store, row.id)
            numbers.append(row.id)
    return numbers


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scale", choices=sorted(p.name for p in (HERE / "specs").iterdir()))
    parser.add_argument("--data", type=Path, required=True, help="folder of the CIFAR folders")
    parser.add_argument("--workspace", type=Path, default=HERE / "workspace")
    parser.add_argument("--parallel", type=int, default=1, help="runs side by side")
    parser.add_argument("--report-only", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    store = open_store(Workspace(arguments.workspace.resolve()))
    code, specs = 0, wanted(store, arguments.scale, arguments.data.resolve())
    if not arguments.report_only:
        run_queue.set_parallel_runs(store, arguments.parallel)
        numbers = queue_missing(store, specs)
        code = follow(store, numbers, as_json=False) if numbers else 0
    write_report(store, arguments.scale, specs, HERE)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
