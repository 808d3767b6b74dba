"""Images on their way into the network: whole batches at once, on the device.

Legend: N images, B batch, H height, W width, C channels.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from engine.training.ahead import ahead
from engine.training.streams import AUGMENTATION, ORDER, PARTNERS, Streams

DEVICE_SHARE = 0.4
"""Images are kept on a CUDA device when they take no more than this part of its free memory."""
AHEAD_BYTES = 32 * 2**20
"""A GPU that has the images makes the batches of several steps at once, of so many bytes at most:
the dozen small computations of a batch take longer to be asked for than to be done."""


@dataclass(frozen=True)
class Normalise:
    """uint8 pixels to network input: (pixel/255 − mean) / std, per channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, images_BHWC: Tensor) -> Tensor:
        """Return float32 (B, C, H, W), channels last in memory."""
        scale, shift = _factors(self.mean, self.std, images_BHWC.device)
        return (images_BHWC.float().mul_(scale).sub_(shift)).permute(0, 3, 1, 2)


@cache
def _factors(
    mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> tuple[Tensor, Tensor]:
    scale = 1.0 / (255.0 * torch.tensor(std, device=device))
    return scale, torch.tensor(mean, device=device) / torch.tensor(std, device=device)


class Images:
    """A split: uint8 images on the device where they fit, labels on the device."""

    def __init__(
        self, images_NHWC: NDArray[np.uint8], labels_N: NDArray[np.int64],
        rows: NDArray[np.int64] | None, device: torch.device,
    ) -> None:
        """Take the images at `rows` (None: all of them).

        What a device can hold is copied to it. Everything else stays where it is, a memmap on
        disk, and is read batch by batch.
        """
        rows = np.arange(len(labels_N)) if rows is None else rows
        self.device = device
        self.labels_N = torch.from_numpy(np.ascontiguousarray(labels_N[rows])).to(device)
        on_disk = isinstance(images_NHWC, np.memmap)
        shared = device.type == "mps" and not on_disk  # its memory is the system's
        copied = shared or _gpu_holds(images_NHWC[:1].nbytes * len(rows), device)
        if copied:
            self._source = torch.from_numpy(np.ascontiguousarray(images_NHWC[rows])).to(device)
            self._rows = torch.arange(len(rows), device=device)
        else:
            self._source = torch.from_numpy(np.require(images_NHWC, requirements=["C", "W"]))
            self._rows = torch.from_numpy(rows)
        self._at_hand = copied or (device.type == "cpu" and not on_disk)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels_N)

    @property
    def nbytes_as_float(self) -> int:
        """Bytes of one image as the network is fed it."""
        return 4 * self._source[0].numel()

    @property
    def index_device(self) -> torch.device:
        """Where indices are best kept: beside the images."""
        return self._rows.device

    def take(self, index_B: Tensor) -> tuple[Tensor, Tensor]:
        """Return images (B, H, W, C) uint8 and labels (B,) on the device."""
        images_BHWC = self._source[self._rows[index_B.to(self.index_device)]]
        return images_BHWC.to(self.device), self.labels_N[index_B.to(self.device)]

    def stream(self, indices: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """What `take` returns of each of `indices`; what lies elsewhere is read ahead of need."""
        if self._at_hand:
            yield from map(self.take, indices)
        elif self.device.type == "cuda":
            for images_BHWC, y_B, copied in ahead(map(self._send, indices)):
                torch.cuda.current_stream(self.device).wait_event(copied)
                images_BHWC.record_stream(torch.cuda.current_stream(self.device))
                y_B.record_stream(torch.cuda.current_stream(self.device))
                yield images_BHWC, y_B
        else:
            yield from ahead(map(self.take, indices))

    def _send(self, index_B: Tensor) -> tuple[Tensor, Tensor, torch.cuda.Event]:
        """Copy a batch through pinned memory on a stream of its own, beside the computations."""
        rows = self._rows[index_B]
        shape = (len(rows), *self._source.shape[1:])
        pinned_BHWC = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        torch.index_select(self._source, 0, rows, out=pinned_BHWC)
        with torch.cuda.stream(_copies(self.device)):
            images_BHWC = pinned_BHWC.to(self.device, non_blocking=True)
            y_B = self.labels_N[index_B.pin_memory().to(self.device, non_blocking=True)]
            copied = torch.cuda.Event()
            copied.record()
        return images_BHWC, y_B, copied

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All images in order, for evaluation."""
        return self.stream(torch.arange(len(self), device=self.index_device).split(size))


@cache
def _copies(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)


def _gpu_holds(num_bytes: int, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return num_bytes <= DEVICE_SHARE * free


@dataclass(frozen=True)
class Augment:
    """Random shift and horizontal flip of a whole batch.

    Attributes:
        shift: largest shift in pixels; what comes in from outside is black.
        flip: flip half of the images.
    """

    shift: int
    flip: bool

    def __call__(self, images_BHWC: Tensor, shift_B2: Tensor, flip_B: Tensor) -> Tensor:
        """Shift image b by `shift_B2[b]` − `shift` pixels (down, right) and flip it if told."""
        if self.shift:
            images_BHWC = _crops(images_BHWC, self.shift, shift_B2)
        if self.flip:
            mirrored = images_BHWC.flip(2)
            images_BHWC = torch.where(flip_B[:, None, None, None], mirrored, images_BHWC)
        return images_BHWC


def _crops(images_BHWC: Tensor, pad: int, corner_B2: Tensor) -> Tensor:
    batch, height, width, channels = images_BHWC.shape
    padded = F.pad(images_BHWC, (0, 0, pad, pad, pad, pad))
    b, h, w, c = padded.stride()
    # Every crop of every image as a view; picking one per image copies just those.
    windows = padded.as_strided(
        (batch, 2 * pad + 1, 2 * pad + 1, height, width, channels), (b, h, w, h, w, c)
    )
    rows = torch.arange(batch, device=images_BHWC.device)
    return windows[rows, corner_B2[:, 0], corner_B2[:, 1]]


class Drawn(NamedTuple):
    """The images of one step.

    Attributes:
        views: the images, (B, C, H, W), under independent augmentations.
        y_B: their classes.
        index_B: their places among the training images.
        partner_BCHW: to every image another one of its class, where asked for.
    """

    views: tuple[Tensor, ...]
    y_B: Tensor
    index_B: Tensor
    partner_BCHW: Tensor | None


class TrainingBatches:
    """The training images, epoch by epoch: shuffled, augmented, normalised.

    Order and augmentation of an epoch depend on the run's seed and the epoch alone, so every
    method sees the same batches, and a resumed run goes on with the batch it would have seen.
    Further views and partners have streams of their own, so that asking for them changes nothing.
    The last, smaller batch of an epoch is left out.
    """

    def __init__(
        self, images: Images, batch_size: int, augment: Augment, normalise: Normalise,
        streams: Streams, num_views: int = 1, *, partners: bool = False,
    ) -> None:
        """Cut `images` into batches of `batch_size` (or of all of them, if they are fewer)."""
        self.images = images
        self.batch_size = min(batch_size, len(images))
        self.augment = augment
        self.normalise = normalise
        self.num_views = num_views
        self._streams = streams
        self._draws = torch.Generator()
        self._classes = SameClass(images.labels_N.cpu()) if partners else None

    def __len__(self) -> int:
        """Steps per epoch."""
        return len(self.images) // self.batch_size

    def epoch(self, epoch: int, first: int = 0) -> Iterator[Drawn]:
        """Batches of an epoch from the `first` on."""
        order_N = self._order(epoch)
        views = [self._shifts(AUGMENTATION, view, epoch) for view in range(self.num_views)]
        partner_N, partner_shifts = self._partners(epoch)
        end, size = len(self) * self.batch_size, self.batch_size * self._at_once()
        starts = range(first * self.batch_size, end, size)
        parts = [slice(start, min(start + size, end)) for start in starts]
        images = self.images.stream(order_N[part] for part in parts)
        partners: Iterator[tuple[Tensor | None, Tensor | None]] = repeat((None, None))
        if partner_N is not None:
            partners = self.images.stream(partner_N[order_N[part]] for part in parts)
        for part, (images_BHWC, y_B), (partners_BHWC, _) in zip(
            parts, images, partners, strict=False  # of no partners there is no end
        ):
            shown = tuple(self._augmented(images_BHWC, shifts, part) for shifts in views)
            partner_BCHW = None
            if partners_BHWC is not None:
                partner_BCHW = self._augmented(partners_BHWC, partner_shifts, part)
            index_B = order_N[part].to(self.images.device)
            yield from self._single(Drawn(shown, y_B, index_B, partner_BCHW))

    def _at_once(self) -> int:
        """How many batches are made at once."""
        if self.images.index_device.type != "cuda":
            return 1
        batch_bytes = self.batch_size * self.num_views * self.images.nbytes_as_float
        return max(1, AHEAD_BYTES // batch_bytes)

    def _single(self, drawn: Drawn) -> Iterator[Drawn]:
        """The images of several steps, step by step."""
        size, partner_BCHW = self.batch_size, drawn.partner_BCHW
        labels, indices = drawn.y_B.split(size), drawn.index_B.split(size)
        views = zip(*(view_BCHW.split(size) for view_BCHW in drawn.views), strict=True)
        partners = repeat(None) if partner_BCHW is None else partner_BCHW.split(size)
        for seen, y_B, index_B, partner in zip(views, labels, indices, partners, strict=False):
            yield Drawn(seen, y_B, index_B, partner)

    def clean(self, limit: int) -> Iterator[Tensor]:
        """Batches of normalised training images without augmentation, `limit` images at most.

        An image that is left over alone is left out: batch norms cannot learn from one.
        """
        index_N = self._order(0)[:limit]
        for index_B in index_N.split(self.batch_size):
            if len(index_B) > 1:
                yield self.normalise(self.images.take(index_B)[0])

    def _augmented(self, images_BHWC: Tensor, shifts: "_Shifts", part: slice) -> Tensor:
        return self.normalise(self.augment(images_BHWC, shifts[0][part], shifts[1][part]))

    # All random choices of an epoch are drawn on the CPU, so that devices agree.

    def _order(self, epoch: int) -> Tensor:
        draws = self._streams.reseed(self._draws, ORDER, epoch)
        return torch.randperm(len(self.images), generator=draws).to(self.images.index_device)

    def _shifts(self, stream: str, view: int, epoch: int) -> "_Shifts":
        name = f"{stream}/{view}" if view else stream
        draws, count = self._streams.reseed(self._draws, name, epoch), len(self.images)
        shift_N2 = torch.randint(0, 2 * self.augment.shift + 1, (count, 2), generator=draws)
        flip_N = torch.rand(count, generator=draws) < 0.5
        return shift_N2.to(self.images.device), flip_N.to(self.images.device)

    def _partners(self, epoch: int) -> tuple[Tensor | None, "_Shifts"]:
        if self._classes is None:
            return None, (torch.empty(0), torch.empty(0))
        draws = self._streams.reseed(self._draws, PARTNERS, epoch)
        partner_N = self._classes.draw(draws).to(self.images.index_device)
        return partner_N, self._shifts(PARTNERS, 1, epoch)


_Shifts = tuple[Tensor, Tensor]


class SameClass:
    """Draws to every image another one of its class; an image alone with its class gets itself."""

    def __init__(self, labels_N: Tensor) -> None:
        """Sort the images by class."""
        self._by_class_N = labels_N.argsort(stable=True)
        count_K = labels_N.bincount()
        first_K = count_K.cumsum(0) - count_K
        self._count_N, self._first_N = count_K[labels_N], first_K[labels_N]
        place_N = torch.empty_like(labels_N)
        place_N[self._by_class_N] = torch.arange(len(labels_N))
        self._rank_N = place_N - self._first_N

    def draw(self, draws: torch.Generator) -> Tensor:
        """Return the place (N,) of every image's partner."""
        others_N = (self._count_N - 1).clamp(min=1)
        pick_N = (torch.rand(len(others_N), generator=draws) * others_N).long()
        pick_N = pick_N.clamp(max=others_N - 1)
        skip_N = (pick_N >= self._rank_N) & (self._count_N > 1)
        return self._by_class_N[self._first_N + pick_N + skip_N]
