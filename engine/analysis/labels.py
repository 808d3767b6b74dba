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
_DATA = ("dataset.root", "dataset.options.")  # what other images make of it
_NONE = "–"


def variant_labels(runs: Sequence[RunResult], settings: Settings | None = None) -> dict[str, str]:
    """A label for each digest: the run's or the method, with the settings that tell it apart.

    Among the variants of one backbone and dataset these are the settings that tell its context from
    others ("sila (epochs = 12)"), then those that tell it from others of its name, and the digest
    only where those say nothing.

    Args:
        runs: one of each variant.
        settings: in which they differ; without them digests have to do.
    """
    known, of_context = settings or {}, _telling_contexts(runs, settings or {})
    named: dict[tuple[str, str, str], list[RunResult]] = {}
    for run in runs:
        named.setdefault((run.label or run.method, run.backbone, run.dataset), []).append(run)
    labels: dict[str, str] = {}
    for (name, *_), alike in named.items():
        told = _telling(
            [known.get(run.digest, {}) for run in alike], [of_context[run.context] for run in alike]
        )
        for run, parts in zip(alike, told, strict=True):
            alone = told.count(parts) == 1
            told_apart = ", ".join(parts if alone else [*parts, run.digest[:6]])
            labels[run.digest] = _with(name, told_apart)
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
        context: " · ".join(parts)
        for there in tables.values() for context, parts in _differing(there).items()
    }


def data_labels(runs: Iterable[RunResult], settings: Settings | None = None) -> dict[str, str]:
    """What the images of each context are called, so that others have another name.

    It is the dataset's name, with folder and options where those of another context differ.

    Args:
        runs: one of each variant.
        settings: in which they differ.
    """
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for run in runs:
        there = tables.setdefault(run.dataset, {})
        there.setdefault(run.context, context_settings(run.digest, settings, _DATA))
    return {
        context: f"{dataset} ({', '.join(parts)})" if parts else dataset
        for dataset, there in tables.items() for context, parts in _differing(there).items()
    }


def context_settings(
    digest: str, settings: Settings | None, parts: tuple[str, ...] = ("",)
) -> dict[str, str]:
    """The settings of a variant's context, by the name they are shown by.

    Args:
        digest: of the variant.
        settings: of all variants.
        parts: what their keys begin with.
    """
    known = settings or {}
    return {
        _short(key): _shown(value, _of(key, known.values()))
        for key, value in known.get(digest, {}).items()
        if key.startswith(parts) and not key.startswith(_COMPARED)
    }


def _differing(tables: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """For each table all in which it differs from any other."""
    return {
        name: [
            f"{key} = {value}" for key, value in mine.items()
            if any(other.get(key) != value for other in tables.values())
        ]
        for name, mine in tables.items()
    }


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What differs between the settings of two contexts: "epochs: 12 → 18"."""
    return ", ".join(
        f"{key}: {before.get(key, _NONE)} → {value}" for key, value in after.items()
        if before.get(key, _NONE) != value
    )


def _telling_contexts(runs: Sequence[RunResult], settings: Settings) -> dict[str, list[str]]:
    """For each context what tells it from others of its backbone and dataset."""
    tables: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for run in runs:
        tables.setdefault((run.backbone, run.dataset), {}).setdefault(run.context, {
            key: value for key, value in settings.get(run.digest, {}).items()
            if not key.startswith(_COMPARED)
        })
    return {
        context: parts for there in tables.values()
        for context, parts in zip(there, _telling([*there.values()]), strict=True)
    }


def _telling(
    tables: Sequence[Mapping[str, Any]], begun: Sequence[list[str]] | None = None
) -> list[list[str]]:
    """For each table what tells it from the others, in as few settings as do.

    Args:
        tables: values by dotted key.
        begun: what is told of each in any case.
    """
    keys = dict.fromkeys(key for table in tables for key in table)
    found = [*(begun or ([] for _ in tables))]
    for key in sorted(keys, key=lambda key: key != _EPOCHS):
        if len(set(map(tuple, found))) == len(tables):
            break
        values = _of(key, tables)
        texts = [f"{_short(key)} = {_shown(value, values)}" for value in values]
        tried = [[*parts, text] for parts, text in zip(found, texts, strict=True)]
        if len(set(map(tuple, tried))) > len(set(map(tuple, found))):
            found = tried
    return found


def _of(key: str, tables: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [table.get(key) for table in tables]


def _with(name: str, told: str) -> str:
    """A name with more in its brackets, where it has some."""
    if not told:
        return name
    return f"{name.removesuffix(')')}, {told})" if name.endswith(")") else f"{name} ({told})"


def _short(key: str) -> str:
    """`training.lr` is lr, `backbone.options.width` backbone.width."""
    return key.replace(".options.", ".").removeprefix("training.").removeprefix("regularizers.")


def _shown(value: Any, others: Iterable[Any]) -> str:
    """A setting in few letters, and in full where another would be written alike."""
    if value is None:
        return _NONE
    text = written(value)
    is_taken = any(other not in (value, None) and written(other) == text for other in others)
    return str(value) if is_taken else text
