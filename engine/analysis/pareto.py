"""Which of several variants nobody beats in both what they reach and what they cost."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def pareto_front(
    costs: Sequence[float], values: Sequence[float], sign: int = 1
) -> NDArray[np.intp]:
    """Return the indices of those that no other beats, the cheapest first.

    One beats another if it costs no more and reaches no less, and one of both is not equal. Of
    equals, the first given stands for all.

    Args:
        costs: less is better.
        values: what is reached.
        sign: 1 where a higher value is better, −1 where a lower one is.
    """
    cost_N, value_N = np.asarray(costs, np.float64), sign * np.asarray(values, np.float64)
    order = np.lexsort((-value_N, cost_N))  # of one cost, the best first
    ahead = np.maximum.accumulate(np.concatenate([[-np.inf], value_N[order]]))[:-1]
    return order[value_N[order] > ahead]
