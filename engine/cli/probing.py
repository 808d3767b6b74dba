"""`sila probe`: a few real steps of a spec's runs, before they are queued."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.filesize import decimal

from engine.analysis.forecast import Forecast, forecast
from engine.chores.probe import probe
from engine.cli import present
from engine.cli.follow import current_catalog
from engine.spec.spec_file import load_spec_file
from engine.store.connect import Store


def probe_spec(
    store: Store, path: Path, sets: Sequence[str], *, quiet: bool
) -> dict[str, Any]:
    """Probe every variant of a spec file; nothing is queued. Progress goes to stderr.

    Returns:
        What the "probe" task returns, and `names` and `num_runs` of the variants.

    Raises:
        SpecError: something in the file cannot be used.
    """
    catalog = current_catalog(store)
    specs = [catalog.resolve(spec) for spec in load_spec_file(path, sets)]
    counts = Counter(spec.digest() for spec in specs)
    variants = {spec.digest(): spec for spec in reversed(specs)}
    chosen = [variants[digest] for digest in counts]
    tables = [spec.model_dump(mode="json") for spec in chosen]
    names = [f"{s.method.name} on {s.backbone.name}, {s.dataset.name}" for s in chosen]
    with present.progress("probe", quiet=quiet) as progress:
        probed = probe(store, {"specs": tables}, progress)
    return {**probed, "names": names, "num_runs": [counts[digest] for digest in counts]}


def show(probed: dict[str, Any], as_json: bool) -> int:
    """Print what was seen; returns 1 where something speaks against queueing the runs."""
    total = forecast(probed, probed["names"], probed["num_runs"])
    if as_json:
        present.document({**probed, "total": vars(total)})
    else:
        _print(probed, total)
    return 1 if total.problems else 0


def _print(probed: dict[str, Any], total: Forecast) -> None:
    for name, count, each in zip(
        probed["names"], probed["num_runs"], probed["variants"], strict=True
    ):
        if "error" not in each:
            present.say(
                f"{name}: {_time(each['seconds'])} a run, {count} run(s) "
                f"({each['step_ms']:.1f} ms a step on {each['device']}{_source(each)}), "
                f"{each['memory_mib']:.0f} MiB of memory, {decimal(each['disk_bytes'])} kept"
            )
    if total.seconds:
        beside = probed["parallel_runs"]
        side_by_side = f", {beside} runs side by side" if beside > 1 else ""
        present.say(f"all: {_time(total.seconds)}{side_by_side}, {decimal(total.disk_bytes)} kept")
    if probed["busy"]:
        present.say("another run was training meanwhile: alone they will be quicker")
    for problem in total.problems:
        present.complain(problem)


def _source(each: dict[str, Any]) -> str:
    if each["earlier"]:
        return f"; as long as {each['earlier']} earlier run(s) took"
    if each["correction"] != 1.0:
        return f"; times {each['correction']:.2f}, as earlier runs took longer or shorter"
    return ""


def _time(seconds: float) -> str:
    return str(timedelta(seconds=max(1, round(seconds))))
