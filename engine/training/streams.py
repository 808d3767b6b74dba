"""Named random streams, all derived from the run's seed.

Each draw is keyed by (seed, stream, index), so a stream needs no state: a resumed run draws for
step 1234 what the uninterrupted run drew, and what one stream draws never shifts another.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch

BACKBONE, AUXILIARY, ORDER, AUGMENTATION, PARTNERS, REGULARIZERS, NOISE = (
    "backbone", "auxiliary", "order", "augmentation", "partners", "regularizers", "noise"
)


class Streams:
    """The random streams of one run."""

    def __init__(self, seed: int) -> None:
        """Derive every stream from `seed`."""
        self.seed = seed

    def key(self, stream: str, index: int = 0) -> int:
        """The 63-bit seed of draw `index` of a stream."""
        text = f"{self.seed}/{stream}/{index}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1

    def reseed(self, generator: torch.Generator, stream: str, index: int) -> torch.Generator:
        """Put `generator` at draw `index` of a stream; returns it."""
        return generator.manual_seed(self.key(stream, index))

    @contextmanager
    def seeded(self, stream: str, index: int = 0) -> Iterator[None]:
        """A context whose global torch draws (CPU) come from a stream; restored afterwards."""
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.key(stream, index))
            yield
