"""`sila curves` on a workspace whose runs have, and have not, what a dynamic network stores."""

import pytest

from engine.analysis.dynamic import BUDGETS, CostCurve
from engine.cli import present
from engine.cli.curves import curves
from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.store import artifacts, run_queue
from engine.store.connect import open_store

ANYTIME = CostCurve("anytime", (1e6, 2e6), (60.0, 70.0))
BUDGETED = CostCurve("budgeted", (1e6,) * 39, (65.0,) * 39, ((0.5, 0.5),) * 39, ((0.9, 0.0),) * 39)


@pytest.fixture
def two_runs(workspace):
    """Run 1 has both curves, run 2 none."""
    store = open_store(workspace)
    run_queue.enqueue(store, [RunSpec(name="dyn"), RunSpec(name="dyn", seed=1)])
    for curve in (ANYTIME, BUDGETED):
        artifacts.record(
            store, 1, "curve", store.workspace.run_folder(1) / f"{curve.kind}.json", num_bytes=1,
            facts={**curve.to_json(), "weights": "last"},
        )
    yield store
    store.close()


def test_that_every_point_says_of_which_exit_or_budget_it_is(two_runs, capsys):
    present.curves(curves(two_runs, ["1"], "anytime", "last"), "anytime", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "anytime" in lines[0]
    assert [line.split()[:3] for line in lines[2:]] == [["1", "1.00", "60.00"],
                                                        ["2", "2.00", "70.00"]]
    present.curves(curves(two_runs, ["1"], "budgeted", "last"), "budgeted", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "budgeted" in lines[0]
    assert [float(line.split()[0]) for line in lines[2:]] == list(BUDGETS)


def test_that_runs_without_a_curve_are_named(two_runs, capsys):
    assert len(curves(two_runs, ["dyn"], "anytime", "last")) == 1
    said = capsys.readouterr().err
    assert said == "sila: no anytime curve of run 2 (plain resnet8 digits s1)\n"
    with pytest.raises(StoreError, match="none of these runs has the anytime curve"):
        curves(two_runs, ["2"], "anytime", "last")
