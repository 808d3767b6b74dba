from dataclasses import replace

import pytest

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.pages.export.plain_run import find_plain


def row(number, method="plain", seed=0, **changed):
    made = RunRow(
        id=number, experiment="e", name="", seed=seed, digest=method, context="c", method=method,
        backbone="b", dataset="d", epochs=1, created_at=0.0, colour=0, position=0.0, pinned=False,
        tags=(), note="", state=RunState.COMPLETED, error="", started_at=None, finished_at=None,
        seconds=0.0, step=1, num_steps=1, steps_per_epoch=1, images_per_s=None, device="",
        params_training=None, params_deployed=None,
    )
    return replace(made, **changed)


OURS = row(9, "sila", seed=1)


@pytest.mark.parametrize(("others", "baseline", "found"), [
    ([row(1, seed=1), row(2, seed=0)], None, 1),  # the same seed
    ([row(1, seed=0), row(2, seed=2)], None, 2),  # else the newest
    ([row(1, context="other"), row(2, state=RunState.FAILED)], None, None),
    ([row(1, "dml")], None, None),
    ([row(1, seed=1), row(2, "dml")], "dml", 2),  # the star, whatever it is
    ([row(1), row(2, "dml", digest="x")], "x", 2),
    ([row(1), row(2, "dml", context="other")], "dml", 1),
    ([row(1), row(2, "sila", seed=2)], "sila", 1),  # another seed is no other variant
])
def test_that_the_run_that_differs_in_the_method_alone_is_found(others, baseline, found):
    plain, reason = find_plain([OURS, *others], OURS.id, baseline)
    assert (plain.id if plain else None) == found
    assert bool(reason) == (found is None)


def test_that_why_there_is_none_is_said():
    assert find_plain([OURS], 9, None)[1].startswith("Train plain with the same backbone")
    assert find_plain([row(9)], 9, None)[1] == "This run is plain itself."
    assert find_plain([], 9, None)[1] == "The run of this bundle was deleted."
