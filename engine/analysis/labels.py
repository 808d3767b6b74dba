"""What variants, and the settings in which they were trained, are called beside one another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.analysis.results import RunResult
from engine.spec.naming import written

Settings = Mapping[str, Mapping[str, Any]]
"""By digest, then by dotted key: what variants say where their settings differ."""

_EPOCHS = "training.epochs"
_COMPARED = (
    "method.", "regularizers.", "training.sharpness", "training.sam_rho", "training.asam_rho",
)  # what may differ within a context; see RunSpec.context_digest
_NONE = "–"


def variant_labels(runs: Sequence[RunResult], settings: Settings | None = None) -> dict[str, str]:
    """A label for each digest: the run's or the method; where several share it, what differs.

    Variants of one backbone and dataset that share a name are told apart by their settings
    ("plain (epochs = 12)"), and by the digest only where those say nothing.

    Args:
        runs: one of each variant.
        settings: in which they differ; without them digests have to do.
    """
    named: dict[tuple[str, str, str], list[str]] = {}
    for run in runs:
        key = run.label or run.method, run.backbone, run.dataset
        named.setdefault(key, []).append(run.digest)
    labels: dict[str, str] = {}
    for (name, *_), digests in named.items():
        tables = [(settings or {}).get(digest, {}) for digest in digests]
        told = _telling(tables)
        for digest, parts in zip(digests, told, strict=True):
            alone = told.count(parts) == 1
            told_apart = ", ".join(parts if alone else [*parts, digest[:6]])
            labels[digest] = f"{name} ({told_apart})" if told_apart else name
    return labels


def context_labels(runs: Iterable[RunResult], settings: Settings | None = None) -> dict[str, str]:
    """What each context differs in from the others of its backbone and dataset: "epochs = 12".

    Args:
        runs: one of each variant.
        settings: in which they differ.
    """
    tables: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for run in runs:
        there = tables.setdefault((run.backbone, run.dataset), {})
        there.setdefault(run.context, context_settings(run.digest, settings))
    return {
        context: " · ".join(
            f"{key} = {value}" for key, value in mine.items()
            if any(other.get(key) != value for other in there.values())
        )
        for there in tables.values() for context, mine in there.items()
    }


def context_settings(digest: str, settings: Settings | None) -> dict[str, str]:
    """The settings of a variant's context, by the name they are shown by."""
    return {
        _short(key): _shown(value) for key, value in (settings or {}).get(digest, {}).items()
        if not key.startswith(_COMPARED)
    }


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What differs between the settings of two contexts: "epochs: 12 → 18"."""
    return ", ".join(
        f"{key}: {before.get(key, _NONE)} → {value}" for key, value in after.items()
        if before.get(key, _NONE) != value
    )


def _telling(tables: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """For each table what tells it from the others, in as few settings as do."""
    keys = dict.fromkeys(key for table in tables for key in table)
    found: list[list[str]] = [[] for _ in tables]
    for key in sorted(keys, key=lambda key: key != _EPOCHS):
        if len(set(map(tuple, found))) == len(tables):
            break
        texts = [f"{_short(key)} = {_shown(table.get(key))}" for table in tables]
        tried = [[*parts, text] for parts, text in zip(found, texts, strict=True)]
        if len(set(map(tuple, tried))) > len(set(map(tuple, found))):
            found = tried
    return found


def _short(key: str) -> str:
    """`training.lr` is lr, `backbone.options.width` backbone.width."""
    return key.replace(".options.", ".").removeprefix("training.").removeprefix("regularizers.")


def _shown(value: Any) -> str:
    return _NONE if value is None else written(value)
