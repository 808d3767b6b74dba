import pytest

from engine.spec.errors import StoreError
from studio.run_commands import each, moved


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


def test_that_one_run_that_refuses_does_not_spare_the_others():
    done = []

    def act(run):
        if run == 2:
            raise StoreError("run 2 is completed already")
        done.append(run)

    with pytest.raises(StoreError, match="run 2"):
        each(act, [1, 2, 3])
    assert done == [1, 3]
