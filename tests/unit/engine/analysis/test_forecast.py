import pytest

from engine.analysis.forecast import forecast

GIB = 2**30


def seen(seconds=10.0, memory_mib=1000.0, disk_bytes=GIB, limit=8192.0):
    return {"seconds": seconds, "memory_mib": memory_mib, "disk_bytes": disk_bytes,
            "memory_limit_mib": limit, "device": "cpu"}


def probed(*variants, parallel_runs=1, free=100 * GIB):
    return {"variants": variants, "parallel_runs": parallel_runs, "disk_free_bytes": free}


def test_that_runs_add_up():
    total = forecast(probed(seen(10, 500), seen(30, 900)), ["a", "b"], [3, 2])
    assert (total.seconds, total.memory_mib, total.disk_bytes) == (90, 900, 5 * GIB)
    assert total.problems == ()


@pytest.mark.parametrize(("num_runs", "expected"), [([4], 20), ([1], 10)])
def test_that_runs_side_by_side_share_the_time(num_runs, expected):
    assert forecast(probed(seen(10), parallel_runs=2), ["a"], num_runs).seconds == expected


def test_that_what_does_not_fit_is_said_with_the_numbers():
    tight = probed(seen(memory_mib=5120), seen(), parallel_runs=2, free=4 * GIB)
    total = forecast(tight, ["large", "small"], [3, 3])
    assert total.problems == (
        "large takes about 10.0 GiB of memory, 2 runs side by side, and cpu has 8.0 GiB: make the "
        "batch smaller",
        "the runs keep about 6.0 GiB on a disk with 4.0 GiB free",
    )


def test_that_what_could_not_be_probed_is_named_and_the_rest_told():
    total = forecast(probed({"error": "no such data"}, seen(7)), ["a", "b"], [1, 1])
    assert (total.seconds, total.problems) == (7, ("a: no such data",))
    assert forecast(probed({"error": "no"}), ["a"], [5]).seconds == 0
