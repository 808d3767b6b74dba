"""How busy this machine's devices are, for the status bar."""

from contextlib import suppress
from functools import cache
from typing import Any

import psutil


def device_load() -> list[dict[str, Any]]:
    """The CPU and every NVIDIA GPU: name, load in %, memory used and in all (MiB)."""
    memory = psutil.virtual_memory()
    cpu = {
        "name": "cpu", "load": psutil.cpu_percent(),
        "memory_used_mib": (memory.total - memory.available) >> 20,
        "memory_total_mib": memory.total >> 20,
    }
    return [cpu, *(_gpu(index) for index in range(_gpu_count()))]


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
