import pytest
from PySide6.QtCore import Qt

from engine.spec.run_state import RunState
from studio.item_models.run_columns import COLUMN_INDEX
from studio.item_models.runs_model import ENTRY_ROLE, Filter, RunsModel, tags_in

VAL = COLUMN_INDEX["val_best"]


@pytest.fixture
def model(make_row):
    model = RunsModel()
    model.set_rows([
        make_row(4, "sila", 1, RunState.QUEUED),
        make_row(3, "sila", 0, val=92.0, tags=("paper",)),
        make_row(2, "plain", 1, RunState.FAILED, error="out of memory"),
        make_row(1, "plain", 0, val=90.0, note="first try"),
    ])
    return model


def ids(model):
    return [model.entry(row).id for row in range(model.rowCount())]


def text(model, row, column):
    return model.index(row, COLUMN_INDEX[column]).data()


def test_that_runs_without_a_value_come_last_in_both_orders(model):
    model.sort(VAL, Qt.SortOrder.DescendingOrder)
    assert ids(model) == [3, 1, 4, 2]
    model.sort(VAL, Qt.SortOrder.AscendingOrder)
    assert ids(model) == [1, 3, 4, 2]


def test_that_pinned_runs_come_first_whatever_the_order(model, make_row):
    model.set_rows([make_row(2, val=95.0), make_row(1, val=10.0, pinned=True)])
    model.sort(VAL, Qt.SortOrder.DescendingOrder)
    assert ids(model) == [1, 2]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter("first try"), [1]),
        (Filter("PAPER"), [3]),
        (Filter("#2"), [2]),
        (Filter("sila digits"), [4, 3]),
        (Filter(states=frozenset({"failed", "queued"})), [4, 2]),
        (Filter(methods=frozenset({"plain"})), [2, 1]),
        (Filter("s1", methods=frozenset({"plain"})), [2]),
        (Filter("nowhere"), []),
    ],
)
def test_that_only_what_the_filter_admits_is_shown(model, wanted, expected):
    model.set_filter(wanted)
    assert ids(model) == expected


def test_that_grouping_shows_mean_and_deviation_over_the_seeds_of_a_variant(make_row):
    model = RunsModel()
    model.set_rows([make_row(n, "sila", n, val=v) for n, v in ((1, 90.0), (2, 92.0), (3, 94.0))])
    model.set_grouped(True)
    assert model.rowCount() == 1
    assert text(model, 0, "val_best") == "92.00 ± 2.00 (3)"
    assert text(model, 0, "seed") == "1, 2, 3"
    assert text(model, 0, "state") == "3 completed"


def test_that_accuracies_have_two_decimals_whatever_their_size(make_row):
    model = RunsModel()
    model.set_rows([make_row(1, val=9.8)])
    assert text(model, 0, "val_best") == "9.80"


def test_that_the_method_is_told_with_the_options_that_differ(make_row):
    model = RunsModel()
    model.set_rows([make_row(1, method="sila+mixup", options={"alpha": 0.0, "beta": 1.0})])
    assert text(model, 0, "method") == "sila + mixup (alpha = 0, beta = 1)"


def test_that_a_queued_run_says_its_place_and_moving_it_tells_the_others(model, make_row):
    model.set_rows([make_row(n, state=RunState.QUEUED) for n in (3, 2, 1)])
    assert [text(model, row, "state") for row in range(3)] == [
        "Queued, 3rd", "Queued, 2nd", "Queued, 1st"]
    changes = []
    model.dataChanged.connect(lambda first, last: changes.append((first.row(), last.row())))
    rest = [make_row(n, state=RunState.QUEUED) for n in (3, 2)]
    model.set_rows([*rest, make_row(1, state=RunState.RUNNING, step=34)])
    assert text(model, 0, "state") == "Queued, 2nd"
    assert (0, 2) in changes


def test_that_nothing_is_moved_while_the_rows_are_held(model, make_row):
    rows = [model.entry(row) for row in range(4)]
    model.hold()
    model.set_rows([make_row(5), *rows])
    model.sort(COLUMN_INDEX["id"], Qt.SortOrder.AscendingOrder)
    assert ids(model) == [4, 3, 2, 1]
    model.release()
    assert ids(model) == [1, 2, 3, 4, 5]


def test_that_a_group_of_one_seed_claims_no_deviation(make_row):
    model = RunsModel()
    model.set_rows([make_row(1, "sila", 0, val=90.0)])
    model.set_grouped(True)
    assert text(model, 0, "val_best") == "90.00"


def test_that_a_changed_row_is_told_of_alone_and_nothing_is_reset(model, make_row, qtbot):
    rows = [model.entry(row) for row in range(4)]
    rows[1] = make_row(3, "sila", 0, val=93.0)
    resets, changes = [], []
    model.modelReset.connect(lambda: resets.append(1))
    model.dataChanged.connect(lambda first, last: changes.append((first.row(), last.row())))
    model.set_rows(rows)
    assert (resets, changes) == ([], [(1, 1)])
    assert text(model, 1, "val_best") == "93.00"


def test_that_what_the_user_writes_is_told_and_shown_only_once_it_is_stored(model, qtbot):
    written = []
    model.edited.connect(lambda *values: written.append(values))
    index = model.index(3, COLUMN_INDEX["tags"])
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    assert model.setData(index, " a, b ,a")
    assert written == [(1, "tags", ["a", "b"])]
    assert text(model, 3, "tags") == ""
    assert not model.setData(model.index(3, VAL), "99")


def test_that_a_group_cannot_be_written_to(model):
    model.set_grouped(True)
    index = model.index(0, COLUMN_INDEX["note"])
    assert not index.flags() & Qt.ItemFlag.ItemIsEditable
    assert not model.setData(index, "x")


def test_that_the_tooltip_of_a_failed_run_is_its_error(model):
    tip = model.index(2, COLUMN_INDEX["state"]).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "out of memory"


def test_that_a_row_is_found_by_any_run_it_stands_for(model):
    model.set_grouped(True)
    row = model.row_of(1)
    assert {run.id for run in model.index(row, 0).data(ENTRY_ROLE).runs} == {1, 2}
    assert model.row_of(99) is None


def test_that_tags_are_parted_by_commas():
    assert tags_in(" a , b b,,a") == ["a", "b b"]
