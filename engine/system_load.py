"""How busy this machine is, for the status bar, and being a good neighbour on it."""

import sys
from contextlib import suppress
from functools import cache
from typing import Any

import psutil

POLITE = 10
"""The niceness of what nobody waits for."""

def device_load() -> list[dict[str, Any]]:
    """The CPU and every NVIDIA GPU: name, load in %, memory used and in all (MiB)."""
    memory = psutil.virtual_memory()
    cpu = {
        "name": "cpu", "load": psutil.cpu_percent(),
        "memory_used_mib": (memory.total - memory.available) >> 20,
        "memory_total_mib": memory.total >> 20,
    }
    return [cpu, *(_gpu(index) for index in range(_gpu_count()))]


def give_way() -> None:
    """Let whatever else this machine does go before this process, from now on."""
    lower = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else POLITE
    psutil.Process().nice(lower)


def complain(text: str) -> None:
    """Write a line to the process's log, if there is room for it: a full disk ends nobody."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


@cache
def _gpu_count() -> int:
    import pynvml

    try:
        pynvml.nvmlInit()
        return int(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:  # no driver: no GPU
        return 0


def _gpu(index: int) -> dict[str, Any]:
    import pynvml

    load: dict[str, Any] = {
        "name": f"cuda:{index}", "load": 0.0, "memory_used_mib": 0, "memory_total_mib": 0
    }
    with suppress(pynvml.NVMLError):  # slices of a card and some small ones answer only in part
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        load["name"] = f"cuda:{index} {pynvml.nvmlDeviceGetName(handle)}"
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        load["memory_used_mib"] = int(memory.used) >> 20
        load["memory_total_mib"] = int(memory.total) >> 20
        load["load"] = float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    return load
