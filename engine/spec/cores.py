"""How many cores there are to compute on."""

import os

import psutil


def usable_cores() -> int:
    """The cores that this process may use; where the system does not say, those that there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return psutil.cpu_count(logical=False) or 1
