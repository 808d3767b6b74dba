"""`sila curves`: what dynamic networks reach at which cost."""

from collections.abc import Sequence
from typing import Literal, cast

from engine.analysis.dynamic import Kind, VariantCurve, variant_curves
from engine.analysis.labels import variant_labels
from engine.analysis.results import from_row
from engine.cli.comparing import chosen_runs, settings_of
from engine.cli.present import complain
from engine.spec.errors import StoreError
from engine.store import artifacts
from engine.store.connect import Store
from engine.store.runs import list_runs


def curves(
    store: Store, named: Sequence[str], kind: Kind, weights: str
) -> list[VariantCurve]:
    """The curves of runs given by number or by the name of their experiment, by variant.

    Runs that have none are named on stderr.

    Raises:
        StoreError: there is no such run or experiment, or none of them has such a curve.
    """
    rows = chosen_runs(list_runs(store), named)
    stored = artifacts.facts_of(store, [row.id for row in rows], "curve")
    which = cast("Literal['last', 'best']", weights)
    results = [from_row(row) for row in rows]
    labels = variant_labels(
        list({run.digest: run for run in results}.values()), settings_of(store, rows)
    )
    found = variant_curves(results, stored, kind, which, labels)
    if not found:
        raise StoreError(
            f"none of these runs has the {kind} curve: " + {
                "anytime": "completed runs of networks with several exits or widths, or that skip "
                "blocks, have one",
                "budgeted": "completed runs of networks with several exits have one, if images "
                "were held out",
            }[kind]
        )
    have = {run for run, facts in stored if facts["kind"] == kind}
    if without := [row for row in rows if row.id not in have]:
        complain(
            f"no {kind} curve of " + ", ".join(f"run {row.id} ({row.name})" for row in without)
        )
    return found
