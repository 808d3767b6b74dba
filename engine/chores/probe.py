"""The "probe" task: what runs will take, before they are queued."""

import shutil
import statistics
from dataclasses import asdict
from typing import Any

import psutil
import torch

from engine.build import Reporting, make_job
from engine.spec.errors import DataError, SpecError, StoreError
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import cards, run_queue, runs
from engine.store.connect import Store
from engine.teachers import find_teacher
from engine.training.device import choose_algorithms, device_name, forget_peak_memory
from engine.training.job import Job
from engine.training.probe import Cost, probe_job

FORETOLD = "probe/foretold"
"""Setting: seconds that were foretold for variants, by device and digest."""
MOST_FORETOLD = 200


def probe(store: Store, arguments: dict[str, Any], progress: Reporting) -> dict[str, Any]:
    """Take a few real steps of each spec, and tell what a run of it will take.

    Args:
        store: the workspace's store.
        arguments: `specs`, run specs as tables, one for each variant: seeds cost the same.
        progress: told how far it is.

    Returns:
        `variants`, for each spec either `error`, one line, or what `Cost` holds and `device`,
        `threads`, `earlier` (completed runs of the same variant on this device, whose seconds are
        told instead), `correction` (how much longer other runs took here than was foretold) and
        `memory_limit_mib` (what the device has); `disk_free_bytes`; `parallel_runs`; `busy`,
        whether a run trained meanwhile, so that steps took longer than they will alone.
    """
    specs = [parse(RunSpec, table, "spec") for table in arguments["specs"]]
    catalog, variants = cards.read_catalog(store), list[dict[str, Any]]()
    busy = _anyone_trains(store)
    for at, spec in enumerate(specs):
        progress(at, len(specs), f"building {spec.method.name} on {spec.backbone.name}")
        try:
            variants.append(_probe(store, catalog.resolve(spec), at, len(specs), progress))
        except (SpecError, DataError, StoreError) as error:
            variants.append({"error": str(error)})
        except torch.OutOfMemoryError:
            variants.append({"error": "the GPU has not enough free memory: try a smaller batch"})
    return {
        "variants": variants,
        "disk_free_bytes": shutil.disk_usage(store.workspace.root).free,
        "parallel_runs": run_queue.parallel_runs(store),
        "busy": busy or _anyone_trains(store),
    }


def _probe(
    store: Store, spec: RunSpec, at: int, of: int, progress: Reporting
) -> dict[str, Any]:
    def steps(done: int, total: int) -> None:
        progress(at, of, f"step {done} of {total}: {spec.method.name} on {spec.backbone.name}")

    job = make_job(
        spec, store.workspace,
        make_teacher=lambda source, classes, channels: find_teacher(
            store, spec, source, classes, channels
        )[1],
    )
    job.take_threads(run_queue.parallel_runs(store))
    choose_algorithms(spec.training, job.device)
    forget_peak_memory(job.device)
    cost, device = probe_job(job, steps), device_name(job.device)
    seconds, correction = _from_history(store, spec, device, cost)
    return {
        **asdict(cost), "seconds": statistics.median(seconds or [cost.seconds * correction]),
        "earlier": len(seconds), "correction": correction, "device": device,
        "threads": torch.get_num_threads(), "memory_limit_mib": _memory_limit_mib(job),
    }


def _from_history(
    store: Store, spec: RunSpec, device: str, cost: Cost
) -> tuple[list[float], float]:
    """Seconds that runs of the variant took here, and how much longer than foretold others did."""
    foretold: dict[str, float] = cards.get_setting(store, FORETOLD, {})
    taken: dict[str, list[float]] = {}
    for row in runs.list_runs(store):
        if row.state is RunState.COMPLETED and row.device == device:
            taken.setdefault(row.digest, []).append(row.seconds)
    ratios = [
        statistics.median(taken[digest]) / seconds
        for name, seconds in foretold.items()
        if (digest := name.removeprefix(f"{device} ")) in taken and seconds > 0
    ]
    foretold.pop(key := f"{device} {spec.digest()}", None)
    newest = list(foretold.items())[-MOST_FORETOLD:]
    cards.put_setting(store, FORETOLD, {**dict(newest), key: cost.seconds})
    return taken.get(spec.digest(), []), statistics.median(ratios or [1.0])


def _anyone_trains(store: Store) -> bool:
    return any(row.state is RunState.RUNNING for row in runs.list_runs(store))


def _memory_limit_mib(job: Job) -> float:
    if job.device.type == "cuda":
        return torch.cuda.mem_get_info(job.device)[1] / 2**20
    return psutil.virtual_memory().total / 2**20
