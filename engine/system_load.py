"""How busy this machine's devices are, for the status bar."""

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

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return {
        "name": f"cuda:{index} {pynvml.nvmlDeviceGetName(handle)}",
        "load": float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory_used_mib": int(memory.used) >> 20, "memory_total_mib": int(memory.total) >> 20,
    }
