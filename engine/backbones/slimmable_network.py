"""Networks whose width is chosen when they run: a width plays the part of an exit."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features, exit_index
from engine.backbones.parts import assemble, kaiming, linear
from engine.backbones.slimmable import LADDER, WIDTHS, Channels, SlimStack, Width
from engine.backbones.staged import Staged
from engine.spec.errors import SpecError


class SlimParts(NamedTuple):
    """What a slimmable network is made of.

    Attributes:
        stem: layers before the first stage.
        stages: the stages, first stage first.
        final: layers between the last stage and the pooling.
        stage_channels: what each stage returns.
        embedding: what the head reads.
    """

    stem: SlimStack
    stages: Sequence[SlimStack]
    final: SlimStack
    stage_channels: Sequence[Channels]
    embedding: Channels


class Answer(NamedTuple):
    """What one width saw: its maps, what its head read, and its logits."""

    maps: tuple[Tensor, ...]
    embedding: Tensor
    logits: Tensor


class SlimmableNetwork(Backbone):
    """One network with a batch norm for each of four widths (arXiv 1812.08928).

    The logits of all widths are returned in ascending order; the maps are those of the full one.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        parts: the layers.
    """

    def __init__(self, num_classes: int, in_channels: int, parts: SlimParts) -> None:
        super().__init__()
        self.num_classes, self.in_channels = num_classes, in_channels
        self.stage_channels = tuple(channels.at(1) for channels in parts.stage_channels)
        self.exit_dims = tuple(parts.embedding.at(share) for share in WIDTHS)
        self.stem, self.stages, self.final = parts.stem, nn.ModuleList(parts.stages), parts.final
        self.head = nn.Linear(parts.embedding.at(1), num_classes)
        self._stage_channels, self._embedding = tuple(parts.stage_channels), parts.embedding
        self.apply(kaiming)

    def features(self, x_BCHW: Tensor) -> Features:
        """Return the full width's maps, and embedding and logits of every width."""
        answers = [self.answer(x_BCHW, at) for at in self.widths(x_BCHW)]
        embeddings = tuple(self.pad(answer.embedding) for answer in answers)
        logits = tuple(answer.logits for answer in answers)
        return Features(answers[-1].maps, embeddings[-1], logits, embeddings)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the full width's logits, (B, K); the others are not computed."""
        return self.answer(x_BCHW, LADDER[-1]).logits

    def answer(self, x_BCHW: Tensor, at: Width) -> Answer:
        """Run the network at one width."""
        h_BCHW = self.stem(x_BCHW, at)
        maps: list[Tensor] = []
        for stage in self.stages:
            h_BCHW = stage(h_BCHW, at)
            maps.append(h_BCHW)
        z_BD = self.final(h_BCHW, at).mean(dim=(2, 3))
        logits_BK = F.linear(z_BD, self.head.weight[:, : z_BD.shape[1]], self.head.bias)
        return Answer(tuple(maps), z_BD, logits_BK)

    def widths(self, x_BCHW: Tensor) -> Sequence[Width]:
        """The widths that answer for a batch, in ascending order, the full one last."""
        del x_BCHW
        return LADDER

    def pad(self, z_BD: Tensor) -> Tensor:
        """The embedding of a width as `exit_dims` has it."""
        return z_BD

    def exit_name(self, index: int) -> str:
        """What people call a width, counted from 0: "width 0.5 ×"."""
        return f"width {LADDER[index].share:g} ×"

    def subnet(self, exit: int) -> Staged:  # noqa: A002 - the field's word
        """The plain network of one width; see `Backbone.subnet`."""
        at = LADDER[exit_index(self, exit)]
        stages = [stage.plain(at) for stage in self.stages if isinstance(stage, SlimStack)]
        widths = [channels.at(at.share) for channels in self._stage_channels]
        head = linear(self.head.weight[:, : self._embedding.at(at.share)], self.head.bias)
        network = assemble(
            self.num_classes, self.in_channels, self.stem.plain(at), stages, widths, head,
            self.final.plain(at),
        )
        return network.train(self.training)


class UniversallySlimmableNetwork(SlimmableNetwork):
    """One network with shared batch norms that runs at any width from ¼ to 1 (arXiv 1903.05134).

    In train mode the paper's sandwich rule holds: the smallest width, two random ones and the
    full one answer. The random ones come from the seed of torch's default generator, which the
    training sets anew for every step: all passes of a step have the same widths, so that peers,
    views and a second pass can be compared width by width. In eval mode the ladder's four widths
    answer, with statistics of batch norm that `calibrate` has averaged; without it they are
    meaningless. Embeddings are padded with zeros to the full width, since the widths change from
    step to step.
    """

    needs_calibration: bool = True

    def __init__(self, num_classes: int, in_channels: int, parts: SlimParts) -> None:
        super().__init__(num_classes, in_channels, parts)
        self.exit_dims = (parts.embedding.at(1),) * len(WIDTHS)

    def widths(self, x_BCHW: Tensor) -> Sequence[Width]:
        """The sandwich in train mode, else the ladder."""
        if not self.training:
            return LADDER
        smallest, full = LADDER[0], LADDER[-1]
        draws = torch.Generator().manual_seed(_step_seed(x_BCHW.device))
        drawn = torch.rand(2, generator=draws).sort().values * (1 - smallest.share) + smallest.share
        return smallest, *(Width(share, None) for share in drawn.tolist()), full

    def pad(self, z_BD: Tensor) -> Tensor:
        """The embedding with zeros up to the full width."""
        return F.pad(z_BD, (0, self.embedding_dim - z_BD.shape[1]))

    @torch.no_grad()
    def calibrate(self, batches: Iterable[Tensor]) -> None:
        """Average the batch norms' statistics, at every width of the ladder ("post-statistics").

        Each batch counts the same; what was averaged before is forgotten. Weights, gradients and
        the train mode stay as they are.

        Args:
            batches: training images (B, C, H, W), on the network's device; a few are enough.

        Raises:
            SpecError: there is no batch.
        """
        number = 0
        for number, x_BCHW in enumerate(batches, start=1):
            for at in LADDER:
                self.answer(x_BCHW, at._replace(momentum=1 / number))
        if number == 0:
            raise SpecError("batch norms cannot be calibrated without a batch of training images")


def _step_seed(device: torch.device) -> int:
    """The seed that a device's default generator was last given."""
    if device.type == "cuda":
        return torch.cuda.initial_seed()
    return torch.initial_seed()
