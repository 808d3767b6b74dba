"""RESULTS.md and results.json of the accuracy study, from what a workspace has stored."""

import json
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import psutil
import sqlalchemy as sa

from engine.analysis.compare import compare
from engine.analysis.comparison import Group
from engine.analysis.dynamic import Kind, VariantCurve, variant_curves
from engine.analysis.results import from_row
from engine.analysis.wording import MIN_SEEDS
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, points, run_queue, runs, schema
from engine.store.connect import Store

VARIANTS = "-variants"
"""Scales whose name ends so are judged on held-out training images. What is chosen among them is
confirmed on test, with seeds that the choice has not seen, by the scale that ends in -confirm."""

INTRODUCTION = """\
# What the methods do to accuracy

Written by `benchmarks/accuracy/run.py` from its stored runs; `results.json` has every run. Top-1
(%) of the weights after the last epoch: on the test images, or, where several settings of a method
are tried to choose among them, on held-out training images. Nothing was chosen on test. Runs of one
seed share initial weights, data order and augmentation, so differences are taken seed by seed;
intervals are 95 % t intervals of the paired differences, not corrected for how many methods are
looked at: among twenty, one is expected to leave out 0 by chance. An interval that holds 0 shows
nothing. ± is one standard deviation in tables of methods, and half a 95 % interval in curves. Train
top-1 is the mean of the last epoch's batches as they were trained on, augmented: how far above test
it stands says how much the network overfits. Time is that of a method's quickest run against
plain's quickest, as other work of the machine only adds to it. Memory is the largest amount in use:
on a GPU of tensors; on a CPU of the whole process, with the libraries, all images and the
evaluation in it, which hides most of what a method adds.
"""


def write_report(store: Store, scale: str, specs: Sequence[RunSpec], folder: Path) -> None:
    """Write both files; what other scales left in results.json is kept.

    Args:
        store: has the runs.
        scale: name of the folder of specs.
        specs: its runs; what else the store has does not count.
        folder: where the files lie.
    """
    wanted = {(spec.digest(), spec.seed): spec for spec in specs}
    rows = [
        row for row in reversed(runs.list_runs(store)) if (row.digest, row.seed) in wanted
    ]
    done = [row for row in rows if row.state is RunState.COMPLETED]
    path = folder / "results.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[scale] = {
        "heading": heading(store, done), "runs": [as_record(store, row) for row in done],
        "markdown": section(store, done, metric_of(scale)) + missing(rows, wanted),
    }
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = [INTRODUCTION]
    for name, part in sorted(known.items()):
        text.append(f"## Scale: {name}\n\n{part['heading']}\n")
        text.append(part["markdown"])
    (folder / "RESULTS.md").write_text("\n".join(text), encoding="utf-8")


def missing(
    rows: Sequence[RunRow], wanted: Mapping[tuple[str, int], RunSpec]
) -> str:
    """A line for each run of the scale that has no result, and why; empty where all have."""
    stored = {(row.digest, row.seed): row for row in rows}
    lines: list[str] = []
    for key, spec in wanted.items():
        row = stored.get(key)
        if row is None:
            lines.append(f"- {run_queue.run_name(spec)}: not run")
        elif row.state is not RunState.COMPLETED:
            lines.append(f"- {row.name}: {row.state} {row.error}".rstrip())
    return "\n".join(["", "Without a result:", "", *lines, ""]) if lines else ""


def metric_of(scale: str) -> str:
    """What a scale is judged by."""
    return "val/top1" if scale.endswith(VARIANTS) else "test/top1"


def heading(store: Store, rows: Sequence[RunRow]) -> str:
    """When, on what and with what the runs were trained, as they stored it themselves."""
    days = sorted({
        time.strftime("%Y-%m-%d", time.localtime(row.finished_at))
        for row in rows if row.finished_at
    })
    devices = ", ".join(sorted({row.device for row in rows}))
    kept = schema.attempt.c.versions
    query = sa.select(kept).where(
        schema.attempt.c.run_id.in_([row.id for row in rows]), kept.is_not(None)
    )
    with store.read() as connection:
        found = connection.execute(query).scalars().all()
    versions = {", ".join(f"{name} {number}" for name, number in each.items()) for each in found}
    parallel = run_queue.parallel_runs(store)
    return " · ".join([
        " to ".join(dict.fromkeys(days[:1] + days[-1:])), f"device {devices}, {parallel} runs side "
        f"by side (this written on {processor()}, {psutil.cpu_count()} cores)", *sorted(versions),
    ])


def processor() -> str:
    """This machine's processor, by the name that the system has for it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


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


def section(store: Store, rows: Sequence[RunRow], metric: str) -> str:
    """The tables of one scale, an experiment after the other."""
    parts: list[str] = []
    for experiment in dict.fromkeys(row.experiment for row in rows):
        own = [row for row in rows if row.experiment == experiment]
        parts.append(f"### {experiment}\n\n{recipe(store, own[0])}\n")
        parts.append(table(store, own, metric))
        parts += [curve_table(store, own, kind) for kind in ("anytime", "budgeted")]
    return "\n".join(part for part in parts if part)


def recipe(store: Store, row: RunRow) -> str:
    """What all runs of an experiment have in common, in a line."""
    spec = runs.get_spec(store, row.id)
    data, training = spec.dataset, spec.training
    images = f"{data.train_images:,} training images" if data.train_images else "all images"
    return (
        f"{spec.backbone.name} on {data.name}, {images}, augmentation {data.augmentation}, "
        f"{data.validation:.0%} of all held out, {training.epochs} epochs, "
        f"batch {training.batch_size}, {training.optimizer} lr {training.lr:g} "
        f"{training.schedule}, weight decay {training.weight_decay:g}, "
        f"precision {training.precision}."
    )


def table(store: Store, rows: Sequence[RunRow], metric: str) -> str:
    """One row for each method: accuracy, difference, cost; below it what that shows."""
    results = [from_row(row) for row in rows]
    top1 = "test top-1" if metric == "test/top1" else "held-out top-1"
    trained = training_accuracy(store, rows)
    lines = [f"| method | n | {top1} | difference to plain, 95 % interval | by seed | train top-1 "
             "| time | memory, MiB | parameters in training |", "|---" * 9 + "|"]
    groups = compare(results, "plain", metric).groups
    quickest = {
        group.digest: min(row.seconds for row in rows if row.id in group.runs) for group in groups
    }
    plain = min((quickest[g.digest] for g in groups if g.verdict == "baseline"), default=0.0)
    for group in groups:
        memory = max(row.value("system/peak_memory") or 0.0 for row in rows if row.id in group.runs)
        time_ratio = f"{quickest[group.digest] / plain:.2f} ×" if plain else "–"
        train = fmean(trained[run] for run in group.runs)
        lines.append(line_of(group, train, time_ratio, memory))
    return "\n".join(lines) + f"\n\n{finding(groups)}\n"


def training_accuracy(store: Store, rows: Sequence[RunRow]) -> dict[int, float]:
    """Of each run, the mean top-1 of the batches of its last epoch, as they were trained on."""
    steps = points.read_series(store, [row.id for row in rows], "train/top1")
    return {row.id: float(steps[row.id].values[-row.steps_per_epoch:].mean()) for row in rows}


def finding(groups: Sequence[Group]) -> str:
    """Who stands above plain, who below, and of whom nothing is shown."""
    said = {
        "better": "Above plain, the interval leaves out 0",
        "worse": "Below plain, the interval leaves out 0",
        "no difference shown": "No difference shown",
        "not enough seeds": f"Fewer than {MIN_SEEDS} seeds, or no spread, so nothing is said of",
    }
    parts = [
        f"{words}: {', '.join(g.label for g in groups if g.verdict == verdict)}."
        for verdict, words in said.items() if any(g.verdict == verdict for g in groups)
    ]
    return " ".join(parts)


def line_of(group: Group, train: float, time_ratio: str, memory: float) -> str:
    """One row of the table."""
    spread = "" if group.std is None else f" ± {group.std:.2f}"
    apart, shown = group.difference, "–"
    if apart is not None and apart.mean is not None:
        interval = apart.interval
        between = f" ({interval.low:+.2f} to {interval.high:+.2f})" if interval else ""
        shown = f"{apart.mean:+.2f}{between}"
    by_seed = " ".join(f"{value:.2f}" for value in group.values)
    return (
        f"| {group.label} | {group.n} | {group.mean:.2f}{spread} | {shown} | {by_seed} | "
        f"{train:.1f} | {time_ratio} | {memory:.0f} | {group.params_training:,} |"
    )


def curve_table(store: Store, rows: Sequence[RunRow], kind: Kind) -> str:
    """Accuracy against cost of networks with several exits; empty for others."""
    stored = artifacts.facts_of(store, [row.id for row in rows], "curve")
    results = [from_row(row) for row in rows]
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
