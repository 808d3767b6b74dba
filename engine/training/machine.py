"""What a training asks of the machine, looked at now and then."""

from contextlib import suppress

import psutil
import torch


class Machine:
    """Load and memory of this process and its device. Used from one thread."""

    def __init__(self, device: torch.device) -> None:
        """Look at `device`, and at the process that calls."""
        self._device = device
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first answer is of no span at all

    def sample(self) -> dict[str, float]:
        """Return what goes on since the last time, by series.

        `system/cpu` is in per cent of one core, `system/memory` the process's resident memory in
        MiB; on an NVIDIA GPU also `system/gpu` (per cent of the time) and `system/gpu_memory` (MiB
        that torch holds). What cannot be read is left out.
        """
        seen: dict[str, float] = {}
        with suppress(psutil.Error):
            seen["system/cpu"] = self._process.cpu_percent()
            seen["system/memory"] = self._process.memory_info().rss / 2**20
        if self._device.type == "cuda":
            seen["system/gpu_memory"] = torch.cuda.memory_reserved(self._device) / 2**20
            with suppress(Exception):  # NVML is missing, or the card answers only in part
                seen["system/gpu"] = float(torch.cuda.utilization(self._device))
        return seen
