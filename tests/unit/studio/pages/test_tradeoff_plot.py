import numpy as np
import pytest

from studio.pages.compare.tradeoff_plot import spread


@pytest.mark.parametrize(("wanted", "there"), [
    ([0.0, 5.0, 9.0], [0.0, 5.0, 9.0]),
    ([3.0, 3.0, 3.0], [1.0, 3.0, 5.0]),
    ([9.0, 0.0, 1.0], [9.0, -0.5, 1.5]),
    ([0.0, 1.0, 2.5, 20.0], [-5 / 6, 7 / 6, 19 / 6, 20.0]),
])
def test_that_numbers_are_moved_no_more_than_the_gap_asks_for(wanted, there):
    np.testing.assert_allclose(spread(np.array(wanted), 2.0), there)


def test_that_numbers_stay_in_their_room():
    wanted = np.array([0.0, 0.1, 10.0, 9.9])
    np.testing.assert_allclose(spread(wanted, 2.0, (0.0, 10.0)), [0, 2, 10, 8])
