"""RESULTS.md and results.json of the accuracy study, from what a workspace has stored."""

import json
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from engine.analysis.compare import Group, compare
from engine.analysis.dynamic import Kind, VariantCurve, variant_curves
from engine.analysis.results import RunResult, from_row
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from engine.store import artifacts, runs
from engine.store.connect import Store

INTRODUCTION = """\
# What the methods do to accuracy

Written by `benchmarks/accuracy/run.py` from its stored runs; `results.json` has every run. Test
top-1 (%) of the weights after the last epoch; nothing was chosen on test. Runs of one seed share
initial weights, data order and augmentation, so differences are taken seed by seed; intervals are
95 % t intervals of the paired differences, not corrected for how many methods are looked at. An
interval that holds 0 shows nothing. Time is training time against plain's, memory the largest
amount in use (of the process on a CPU, of tensors on a GPU).
"""


def write_report(store: Store, scale: str, folder: Path) -> None:
    """Write both files; what other scales left in results.json is kept."""
    rows = [r for r in runs.list_runs(store) if r.state is RunState.COMPLETED][::-1]
    path = folder / "results.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[scale] = {
        "date": time.strftime("%Y-%m-%d"), "hardware": hardware(rows), "versions": versions(),
        "markdown": section(store, rows), "runs": [as_record(store, row) for row in rows],
    }
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = [INTRODUCTION]
    for name, part in sorted(known.items()):
        shown = ", ".join(f"{k} {v}" for k, v in part["versions"].items())
        text.append(f"## Scale: {name}\n\n{part['date']} · {part['hardware']} · {shown}\n")
        text.append(part["markdown"])
    (folder / "RESULTS.md").write_text("\n".join(text), encoding="utf-8")


def hardware(rows: Sequence[RunRow]) -> str:
    """What it ran on, in words."""
    devices = ", ".join(sorted({row.device for row in rows}))
    return f"{devices}; {cpu_name()}, {psutil.cpu_count()} cores, {platform.system()}"


def cpu_name() -> str:
    """The processor's own name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Versions of what computes."""
    names = ("sila-studio", "torch", "torchvision", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def as_record(store: Store, row: RunRow) -> dict[str, Any]:
    """One run, without where it lay."""
    spec = runs.get_spec(store, row.id).model_dump(mode="json", exclude_defaults=True)
    spec.get("dataset", {}).pop("root", None)
    return {
        "spec": spec, "seconds": row.seconds, "params_training": row.params_training,
        "params_deployed": row.params_deployed,
        "metrics": {
            key: {"last": s.last, "best": s.best} for key, s in sorted(row.summaries.items())
            if key.startswith(("test/", "val/", "system/")) or key == "train/top1"
        },
    }


def arm_of(store: Store, row: RunRow) -> str:
    """The method with the options that differ from its defaults."""
    spec = runs.get_spec(store, row.id)
    options = ", ".join(f"{k} = {v}" for k, v in spec.method.options.items())
    return spec.arm() + (f" ({options})" if options else "")


def section(store: Store, rows: Sequence[RunRow]) -> str:
    """The tables of one scale, an experiment after the other."""
    parts: list[str] = []
    for experiment in dict.fromkeys(row.experiment for row in rows):
        own = [row for row in rows if row.experiment == experiment]
        parts.append(f"### {experiment}\n\n{recipe(store, own[0])}\n")
        parts.append(table(store, own))
        parts += [curve_table(store, own, kind) for kind in ("anytime", "budgeted")]
    return "\n".join(part for part in parts if part)


def recipe(store: Store, row: RunRow) -> str:
    """What all runs of an experiment have in common, in a line."""
    spec = runs.get_spec(store, row.id)
    data, training = spec.dataset, spec.training
    images = f"{data.train_images:,} training images" if data.train_images else "all images"
    return (
        f"{spec.backbone.name} on {data.name}, {images}, augmentation {data.augmentation}, "
        f"{training.epochs} epochs, batch {training.batch_size}, {training.optimizer} "
        f"lr {training.lr:g} {training.schedule}, weight decay {training.weight_decay:g}."
    )


def table(store: Store, rows: Sequence[RunRow]) -> str:
    """One row for each method: accuracy, difference, cost."""
    labels = {row.digest: arm_of(store, row) for row in rows}
    results = [labelled(from_row(row), labels[row.digest]) for row in rows]
    lines = ["| method | n | test top-1 | difference to plain, 95 % interval | by seed | time | "
             "memory, MiB | parameters in training |", "|---|---|---|---|---|---|---|---|"]
    for group in compare(results).groups:
        own = [row for row in rows if row.id in group.runs]
        memory = max((row.value("system/peak_memory") or 0.0) for row in own)
        lines.append(line_of(group, memory))
    return "\n".join(lines) + "\n"


def labelled(result: RunResult, label: str) -> RunResult:
    """The same result under a label of ours."""
    return RunResult(**{**vars(result), "label": label})


def line_of(group: Group, memory: float) -> str:
    """One row of the table."""
    spread = "" if group.std is None else f" ± {group.std:.2f}"
    apart, shown = group.difference, "–"
    if apart is not None and apart.mean is not None:
        interval = apart.interval
        between = f" ({interval.low:+.2f} to {interval.high:+.2f})" if interval else ""
        shown = f"{apart.mean:+.2f}{between}"
    by_seed = " ".join(f"{value:.2f}" for value in group.values)
    ratio = "–" if group.cost_ratio is None else f"{group.cost_ratio:.2f} ×"
    return (
        f"| {group.label} | {group.n} | {group.mean:.2f}{spread} | {shown} | {by_seed} | {ratio} | "
        f"{memory:.0f} | {group.params_training:,} |"
    )


def curve_table(store: Store, rows: Sequence[RunRow], kind: Kind) -> str:
    """Accuracy against cost of networks with several exits; empty for others."""
    stored = artifacts.facts_of(store, [row.id for row in rows], "curve")
    labels = {row.digest: arm_of(store, row) for row in rows}
    results = [labelled(from_row(row), labels[row.digest]) for row in rows]
    curves = variant_curves(results, stored, kind)
    if not curves:
        return ""
    places = range(len(curves[0].points))
    if kind == "budgeted":  # thirty-nine budgets are more than a table wants
        places = range(0, len(curves[0].points), 6)
    costs = [f"{curves[0].points[i].cost / 1e6:.1f} M" for i in places]
    title = {
        "anytime": "Anytime: top-1 of every exit; costs are multiply-adds per image.",
        "budgeted": "Budgeted: leaving early, thresholds chosen on held-out training images; each "
        "cell is mean cost: top-1.",
    }[kind]
    head = costs if kind == "anytime" else [f"budget {n + 1}" for n in range(len(costs))]
    lines = [title, "", "| method | n | " + " | ".join(head) + " |",
             "|---" * (len(head) + 2) + "|"]
    lines += [
        f"| {curve.label} | {len(curve.seeds)} | "
        + " | ".join(cell(curve, i, kind) for i in places) + " |"
        for curve in curves
    ]
    return "\n".join(lines) + "\n"


def cell(curve: VariantCurve, index: int, kind: Kind) -> str:
    """One point, with its interval where seeds give one."""
    point = curve.points[index]
    shown = f"{point.top1:.2f}"
    if point.low is not None and point.high is not None:
        shown += f" ± {(point.high - point.low) / 2:.2f}"
    return shown if kind == "anytime" else f"{point.cost / 1e6:.1f} M: {shown}"
