"""Which device, precision and how many threads a run uses."""

import contextlib
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import psutil
import torch

from engine.spec.cores import usable_cores
from engine.spec.errors import SpecError
from engine.spec.run_spec import TrainingSpec

WORK_OF_A_THREAD = 100_000_000  # a thread that has less to do waits longer than it works


def choose_device(name: str) -> torch.device:
    """The device a spec names; `auto` takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        SpecError: there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError):
        raise SpecError(f"[training] device = '{name}': there is no such device here") from None
    return device


def device_name(device: torch.device) -> str:
    """What the user knows the device as."""
    if device.type == "cuda":
        return f"{device} {torch.cuda.get_device_name(device)}"
    return str(device)


def choose_threads(spec: TrainingSpec, parallel_runs: int = 1, work: int | None = None) -> int:
    """CPU threads for a run: those asked for, else as many as pay.

    That is the run's share of the cores that this process may use, and no more than have
    `WORK_OF_A_THREAD` multiply-adds each, where the work of a batch is known (`Job.work`).
    """
    if spec.threads:
        return spec.threads
    cores = usable_cores()
    paying = cores if work is None else work // WORK_OF_A_THREAD
    return max(1, min(cores // parallel_runs, paying))


def forget_peak_memory(device: torch.device) -> None:
    """Measure the peak of memory from now on, where Linux or CUDA can; else it stays as it is."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_memory_mib(device: torch.device) -> float:
    """The most memory that was in use so far, MiB: of tensors on a GPU, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if sys.platform == "darwin" else 2**10)


def autocast(spec: TrainingSpec, device: torch.device) -> AbstractContextManager[object]:
    """The precision of forward and loss: bfloat16 on a GPU that has it, else float32."""
    gains = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    wanted = spec.precision == "bfloat16" or (spec.precision == "auto" and gains)
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()


def choose_algorithms(spec: TrainingSpec, device: torch.device) -> None:
    """On a GPU, take algorithms that repeat their results, or the quickest.

    What has no such algorithm warns and runs. cuBLAS also wants CUBLAS_WORKSPACE_CONFIG, set
    before CUDA is.
    """
    if device.type == "cuda":
        torch.use_deterministic_algorithms(spec.deterministic, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
        torch.backends.cudnn.deterministic = spec.deterministic
        torch.backends.cudnn.benchmark = not spec.deterministic


def default_generator(device: torch.device) -> torch.Generator:
    """The generator that dropout and the like draw from on a device."""
    if device.type == "cuda":
        torch.cuda.init()
        index = device.index if device.index is not None else torch.cuda.current_device()
        return torch.cuda.default_generators[index]
    if device.type == "mps":
        return torch.mps._get_default_mps_generator()  # noqa: SLF001 - torch offers no other way
    return torch.default_generator
