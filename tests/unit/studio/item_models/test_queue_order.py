import pytest

from studio.item_models.queue_order import moved, put_before


@pytest.mark.parametrize(
    ("which", "by", "expected"),
    [
        ({3}, -1, [1, 3, 2, 4]),
        ({1}, -1, [1, 2, 3, 4]),
        ({2}, 1, [1, 3, 2, 4]),
        ({4}, 1, [1, 2, 3, 4]),
        ({2, 3}, -1, [2, 3, 1, 4]),
        ({1, 2}, -1, [1, 2, 3, 4]),
        ({2, 3}, 1, [1, 4, 2, 3]),
        ({1, 3}, 1, [2, 1, 4, 3]),
    ],
)
def test_that_the_chosen_move_by_one_place_and_keep_their_order(which, by, expected):
    assert moved([1, 2, 3, 4], which, by) == expected


@pytest.mark.parametrize(
    ("which", "before", "expected"),
    [
        ({4}, 1, [4, 1, 2, 3]),
        ({1}, 3, [2, 1, 3, 4]),
        ({1, 4}, 3, [2, 1, 4, 3]),
        ({4, 3}, 2, [1, 3, 4, 2]),
        ({1}, None, [2, 3, 4, 1]),
        ({2}, 3, [1, 2, 3, 4]),
        ({9}, 1, [1, 2, 3, 4]),
        ({1, 2, 3, 4}, None, [1, 2, 3, 4]),
    ],
)
def test_that_what_is_put_before_another_keeps_its_own_order(which, before, expected):
    assert put_before([1, 2, 3, 4], which, before) == expected
