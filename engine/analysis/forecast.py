"""What a queue of runs will take, from what was seen of one run of each variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Forecast:
    """What all runs together take.

    Attributes:
        seconds: until the last run is done, where nothing else is queued.
        memory_mib: of the largest run.
        disk_bytes: that all of them keep.
        problems: what speaks against queueing them, a line each.
    """

    seconds: float
    memory_mib: float
    disk_bytes: int
    problems: tuple[str, ...]


def forecast(probed: Mapping[str, Any], names: Sequence[str], num_runs: Sequence[int]) -> Forecast:
    """Add up what the "probe" task saw of each variant.

    Args:
        probed: the task's result.
        names: what each of its variants is called.
        num_runs: how many runs of each are to be queued.
    """
    variants: Sequence[Mapping[str, Any]] = probed["variants"]
    problems = [f"{name}: {each['error']}" for name, each in zip(names, variants, strict=True)
                if "error" in each]
    seen = [(name, count, each) for name, count, each
            in zip(names, num_runs, variants, strict=True) if "error" not in each]
    beside = max(1, min(int(probed["parallel_runs"]), sum(count for _, count, _ in seen)))
    for name, _, each in seen:
        needed, limit = beside * each["memory_mib"], each["memory_limit_mib"]
        if needed > limit:
            side_by_side = f", {beside} runs side by side" if beside > 1 else ""
            problems.append(
                f"{name} takes about {needed / 1024:.1f} GiB of memory{side_by_side}, and "
                f"{each['device']} has {limit / 1024:.1f} GiB: make the batch smaller"
            )
    disk_bytes = sum(count * int(each["disk_bytes"]) for _, count, each in seen)
    if disk_bytes > probed["disk_free_bytes"]:
        free = probed["disk_free_bytes"] / 2**30
        problems.append(
            f"the runs keep about {disk_bytes / 2**30:.1f} GiB on a disk with {free:.1f} GiB free"
        )
    return Forecast(
        seconds=sum(count * each["seconds"] for _, count, each in seen) / beside,
        memory_mib=max((each["memory_mib"] for _, _, each in seen), default=0.0),
        disk_bytes=disk_bytes, problems=tuple(problems),
    )
