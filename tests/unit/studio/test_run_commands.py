import pytest

from engine.spec.errors import StoreError
from studio.run_commands import each


def test_that_one_run_that_refuses_does_not_spare_the_others():
    done = []

    def act(run):
        if run == 2:
            raise StoreError("run 2 is completed already")
        done.append(run)

    with pytest.raises(StoreError, match="run 2"):
        each(act, [1, 2, 3])
    assert done == [1, 3]
