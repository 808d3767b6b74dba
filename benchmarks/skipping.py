"""Does a network that skips blocks also answer faster? Time of one image against multiply-adds.

The gates are computed and then overruled, so that a given share of the blocks, evenly spread, is
taken; all shares are measured in turn in one process, round after round, on one thread.

    python benchmarks/skipping.py
"""

import platform
import statistics
import time
from pathlib import Path

import torch
from torch import Tensor

from engine.backbones.gated_resnet import GatedResNet, Gates, Memory
from engine.registry import lookup

NAMES = ("skipnet110", "skipnet110_ff", "aig_resnet110")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
NUM_ROUNDS, NUM_WARM = 40, 5
SIZE = 32


class Forced(Gates):
    """The gates of a network at full cost, and a path that does not listen to them."""

    def __init__(self, gates: Gates, taken: list[bool]) -> None:
        super().__init__()
        self.gates, self.taken = gates, taken

    def forward(
        self, gate: int, h_BCHW: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Memory | None]:
        """Return log-odds ±1 (B,)."""
        odds_B, memory = self.gates(gate, h_BCHW, memory)
        return torch.full_like(odds_B, 1 if self.taken[gate] else -1), memory


def spread(num: int, share: float) -> list[bool]:
    """A path that takes this share of the blocks, evenly spread."""
    return [int((i + 1) * share) > int(i * share) for i in range(num)]


def measure(network: GatedResNet) -> tuple[list[float], list[float]]:
    """Return for each share the million multiply-adds and the median ms of an image."""
    base, blocks = network.path_multiply_adds(SIZE)
    paths = [spread(len(blocks), share) for share in SHARES]
    costs = [base + sum(c for c, t in zip(blocks, p, strict=True) if t) for p in paths]
    gates, image = network.gating, torch.randn(1, network.in_channels, SIZE, SIZE)
    image = image.to(memory_format=torch.channels_last)
    times: list[list[float]] = [[] for _ in SHARES]
    for _ in range(NUM_ROUNDS):
        for index, path in enumerate(paths):
            network.gating = Forced(gates, path)
            start = time.perf_counter()
            network(image)
            times[index].append(1000 * (time.perf_counter() - start))
    network.gating = gates
    medians = [statistics.median(each[NUM_WARM:]) for each in times]
    return [cost / 1e6 for cost in costs], medians


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {platform.machine()}, {cpu()}, 1 thread")
    print(f"n = {NUM_ROUNDS - NUM_WARM} rounds after {NUM_WARM} of warm-up, median; "
          f"batch of 1, {SIZE}×{SIZE}")
    print(f"{'network':<16}{'taken':>7}{'M multiply-adds':>18}{'ms':>9}{'of full cost':>15}"
          f"{'of full time':>15}")
    for name in NAMES:
        entry = lookup("backbone", name)
        network = entry.make(10, 3, entry.parse_options({})).eval()
        with torch.inference_mode():
            costs, times = measure(network.to(memory_format=torch.channels_last))
        for share, cost, ms in zip(SHARES, costs, times, strict=True):
            print(f"{name:<16}{share:>7.0%}{cost:>18.1f}{ms:>9.2f}{cost / costs[-1]:>15.0%}"
                  f"{ms / times[-1]:>15.0%}")


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
