import math
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from engine.spec.run_state import RunState
from studio.item_models.run_columns import COLUMN_INDEX
from studio.item_models.run_entries import VARIANT
from studio.item_models.run_labels import tags_in
from studio.item_models.run_lines import Filter
from studio.item_models.runs_model import QUEUED_RUNS, RunsModel

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
        (Filter(facets={"state": frozenset({"failed", "queued"})}), [4, 2]),
        (Filter(facets={"method": frozenset({"plain"}), "tag": frozenset()}), [2, 1]),
        (Filter("s1", facets={"method": frozenset({"plain"})}), [2]),
        (Filter(facets={"tag": frozenset({"paper"})}), [3]),
        (Filter(facets={"tag": frozenset({""}), "method": frozenset({"sila"})}), [4]),
        (Filter("  "), [4, 3, 2, 1]),
        (Filter("nowhere"), []),
    ],
)
def test_that_only_what_the_filter_admits_is_shown(model, wanted, expected):
    model.set_filter(wanted)
    assert ids(model) == expected


def test_that_grouping_shows_mean_and_deviation_over_the_seeds_of_a_variant(make_row):
    model = RunsModel()
    model.set_rows([make_row(n, "sila", n, val=v) for n, v in ((1, 90.0), (2, 92.0), (3, 94.0))])
    model.set_grouping(VARIANT)
    assert model.rowCount() == 1
    assert text(model, 0, "val_best") == "92.00 ± 2.00 (3)"
    assert text(model, 0, "seed") == "1, 2, 3"
    assert text(model, 0, "state") == "3 completed"


def test_that_only_what_came_to_the_end_counts_for_the_mean_of_a_variant(make_row):
    early = [make_row(3, seed=3, val=50.0, state=RunState.FAILED),
             make_row(4, seed=4, val=60.0, state=RunState.RUNNING)]
    model = RunsModel()
    model.set_rows([*early, make_row(1, seed=1, val=90.0), make_row(2, seed=2, val=92.0)])
    model.set_grouping(VARIANT)
    assert text(model, 0, "val_best") == "91.00 ± 1.41 (2)"
    model.set_rows(early)
    assert text(model, 0, "val_best") == "55.00 ± 7.07 (2)"


def test_that_of_runs_that_repeat_a_seed_the_newest_counts(make_row):
    model = RunsModel()
    model.set_rows([make_row(5, seed=1, val=90.0), make_row(9, seed=2, val=92.0),
                    make_row(3, seed=2, val=70.0)])
    model.set_grouping(VARIANT)
    assert text(model, 0, "val_best") == "91.00 ± 1.41 (2)"


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
    model.set_grouping(VARIANT)
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
    model.set_grouping(VARIANT)
    index = model.index(0, COLUMN_INDEX["note"])
    assert not index.flags() & Qt.ItemFlag.ItemIsEditable
    assert not model.setData(index, "x")


def test_that_the_tooltip_of_a_failed_run_is_its_error(model):
    tip = model.index(2, COLUMN_INDEX["state"]).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "out of memory"


def test_that_the_tooltip_of_a_fork_says_where_it_comes_from(model, make_row):
    model.set_rows([replace(make_row(5, "sila", 0), forked_from=3, forked_at=12)])
    tip = model.index(0, COLUMN_INDEX["name"]).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"{text(model, 0, 'name')}\nforked from #3 at epoch 12"


def names(model):
    """The first column of a reader: heads by their text, runs by their number."""
    return [text(model, row, "name") if line.key[1] == 0 else line.key[1]
            for row, line in enumerate(map(model.line, range(model.rowCount())))]


def test_that_groups_of_a_property_are_open_at_first_and_can_be_folded(model):
    told = []
    model.turned.connect(lambda: told.append(model.layout.turned))
    model.set_grouping("method")
    assert names(model) == ["sila", 4, 3, "plain", 2, 1]
    model.turn(3)
    assert names(model) == ["sila", 4, 3, "plain"]
    assert told == [{"plain"}]
    model.turn_all(False)
    assert names(model) == ["sila", "plain"]
    model.turn_all(True)
    assert names(model) == ["sila", 4, 3, "plain", 2, 1]


def test_that_variants_are_folded_at_first_and_show_their_seeds_when_opened(model):
    model.set_grouping(VARIANT)
    assert names(model) == ["sila resnet8 digits", "plain resnet8 digits"]
    model.turn(1)
    assert names(model) == ["sila resnet8 digits", "plain resnet8 digits", 2, 1]


def test_that_turned_groups_are_remembered_by_their_value(model):
    model.set_grouping("state", ["completed"])
    assert names(model) == ["Queued", 4, "Completed", "Failed", 2]


def test_that_a_run_stands_under_each_of_its_tags(make_row):
    model = RunsModel()
    model.set_rows([make_row(2), make_row(1, tags=("a", "b"))])
    model.set_grouping("tag")
    model.sort(COLUMN_INDEX["name"])
    assert names(model) == ["a", 1, "b", 1, "No tag", 2]


def test_that_a_mixed_group_says_from_where_to_where_and_no_mean(make_row):
    model = RunsModel()
    model.set_rows([make_row(n, name, val=v, backbone=f"resnet{n}")
                    for n, name, v in ((3, "plain", 70.0), (2, "sila", 90.0), (1, "dml", 80.0))])
    model.set_grouping("dataset", ["digits"])
    assert names(model) == ["digits"]
    assert text(model, 0, "val_best") == "70.00 … 90.00 (3)"
    assert text(model, 0, "method") == text(model, 0, "backbone") == "several"
    assert text(model, 0, "dataset") == "digits"


def test_that_a_group_of_one_variant_says_mean_and_deviation_whatever_it_is_grouped_by(make_row):
    model = RunsModel()
    model.set_rows([make_row(n, "sila", n, val=v) for n, v in ((1, 90.0), (2, 92.0))])
    model.set_grouping("method", ["sila"])
    assert text(model, 0, "val_best") == "91.00 ± 1.41 (2)"


@pytest.mark.parametrize(
    ("values", "said"),
    [((90.0, math.nan), "nan"), ((0.1, 0.1, 0.1), "0.10 ± 0.00 (3)"), ((), "–")],
)
def test_that_a_variant_says_of_unusual_values_what_they_are(make_row, values, said):
    model = RunsModel()
    model.set_rows([make_row(9, seed=9, state=RunState.QUEUED),
                    *(make_row(n, seed=n, val=v) for n, v in enumerate(values, start=1))])
    model.set_grouping(VARIANT)
    assert text(model, 0, "val_best") == said


def test_that_of_thousands_of_notes_a_group_tells_the_first_few(make_row):
    model = RunsModel()
    model.set_rows([make_row(n, note=f"note {n}") for n in range(30, 0, -1)])
    model.set_grouping(VARIANT)
    assert text(model, 0, "note").count(";") == 20
    assert text(model, 0, "note").endswith("; …")


def test_that_a_line_is_found_where_it_stands(model):
    model.set_grouping("method")
    assert model.row_of(("plain", 0)) == 3
    assert model.row_of(("plain", 1)) == 5
    assert model.row_of(("", 1)) is None


def test_that_a_screen_reader_hears_of_folds_and_eyes(model):
    def spoken(row, column):
        return model.index(row, COLUMN_INDEX[column]).data(Qt.ItemDataRole.AccessibleTextRole)

    model.set_grouping("method", ["sila"])
    model.set_chosen([2, 1])
    assert (spoken(0, "name"), spoken(1, "name")) == ("sila, folded group", "plain, open group")
    assert (spoken(0, "eye"), spoken(1, "eye")) == ("", "Shown in Compare")


@pytest.fixture
def queue(make_row):
    model = RunsModel()
    states = {5: RunState.COMPLETED, 4: RunState.RUNNING}
    model.set_rows([make_row(n, state=states.get(n, RunState.QUEUED)) for n in range(5, 0, -1)])
    model.sort(COLUMN_INDEX["state"])
    assert ids(model) == [4, 1, 2, 3, 5]
    return model


def drop(model, runs, row):
    told = []
    model.dropped.connect(lambda *values: told.append(values))
    rows = [ids(model).index(run) for run in runs]
    data = model.mimeData([model.index(row, column) for row in rows for column in (0, 3)])
    done = model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, model.index(-1, -1))
    return told if done else None


@pytest.mark.parametrize(
    ("runs", "row", "expected"),
    [
        ([3], 1, ([3], 1)), ([3], 0, ([3], 1)), ([1], 3, ([1], 3)), ([1], 4, ([1], None)),
        ([1], -1, ([1], None)), ([1, 3], 2, ([1, 3], 2)), ([1, 2], 2, ([1, 2], 3)),
        ([4, 2], 1, ([2], 1)),
    ],
)
def test_that_dropped_runs_are_told_with_the_queued_run_they_shall_come_before(
    queue, runs, row, expected
):
    assert drop(queue, runs, row) == [expected]


def test_that_only_queued_rows_can_be_dragged(queue):
    draggable = Qt.ItemFlag.ItemIsDragEnabled
    assert [bool(queue.index(row, 3).flags() & draggable) for row in range(5)] == [
        False, True, True, True, False]
    assert queue.mimeTypes() == [QUEUED_RUNS]
    assert queue.supportedDropActions() == Qt.DropAction.MoveAction


@pytest.mark.parametrize("order", [
    lambda model: model.sort(COLUMN_INDEX["state"], Qt.SortOrder.DescendingOrder),
    lambda model: model.sort(COLUMN_INDEX["created"]),
    lambda model: model.set_grouping("state"),
])
def test_that_nothing_is_dropped_where_the_rows_do_not_stand_as_the_queue_does(queue, order):
    order(queue)
    queued = next(row for row in range(queue.rowCount()) if queue.line(row).key[1] == 3)
    data = queue.mimeData([queue.index(queued, 0)])
    assert not queue.dropMimeData(data, Qt.DropAction.MoveAction, 1, 0, queue.index(-1, -1))


def test_that_what_is_compared_with_has_a_star(model):
    model.set_baseline("plain")
    assert [model.is_baseline(model.entry(row)) for row in range(4)] == [False, False, True, True]
    model.set_baseline(None)
    assert not any(model.is_baseline(model.entry(row)) for row in range(4))


def test_that_tags_are_parted_by_commas():
    assert tags_in(" a , b b,,a") == ["a", "b b"]
