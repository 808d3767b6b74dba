"""The shape that the residual families share: stem, stages, pooling, a linear head."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features


class MakeBlock(Protocol):
    """What makes one block of a stage."""

    def __call__(self, in_width: int, width: int, stride: int) -> nn.Module:
        """Return a block from `in_width` to `width` channels."""
        ...


class Staged(Backbone):
    """Stem → stages → final layers → pooling → neck → linear head; one exit.

    `tail` is what follows the maps that `trunk` returns: methods may let the network branch there.
    Convolutions start from Kaiming-normal weights over the fan-out (He et al. 2015,
    arXiv 1502.01852, the mode RepDistiller and torchvision use), batch norms from 1 and 0.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        stem: layers before the first stage.
        stages: the stages, first stage first; two at least.
        widths: channels that each stage returns.
        final: layers between the last stage and the pooling.
        neck: layers between the pooling and the head, on (B, D).
        embedding_dim: D that the head reads; by default the last of the widths.
        head: what reads the embedding, (B, D) → (B, K); by default a linear layer.
    """

    def __init__(
        self, num_classes: int, in_channels: int, stem: nn.Module, stages: Sequence[nn.Module],
        widths: Sequence[int], final: nn.Module | None = None, *, neck: nn.Module | None = None,
        embedding_dim: int | None = None, head: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.num_classes, self.in_channels = num_classes, in_channels
        self.stage_channels, self.exit_dims = tuple(widths), (embedding_dim or widths[-1],)
        self.stem = stem
        self.stages = nn.ModuleList(stages)
        self.final = final or nn.Identity()
        self.neck = neck or nn.Identity()
        self.head = head or nn.Linear(self.embedding_dim, num_classes)
        self.apply(_initialise)

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and logits of the images (B, C, H, W), H and W ≥ 8."""
        maps = self.trunk(x_BCHW)
        last_BCHW, z_BD, logits_BK = self.tail(maps[-1])
        return Features((*maps, last_BCHW), z_BD, (logits_BK,), (z_BD,))

    def trunk(self, x_BCHW: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of all stages but the last."""
        h_BCHW = self.stem(x_BCHW)
        maps: list[Tensor] = []
        for stage in self.stages[:-1]:
            h_BCHW = stage(h_BCHW)
            maps.append(h_BCHW)
        return tuple(maps)

    def tail(self, h_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the last stage's map, the embedding and the logits."""
        last_BCHW = self.stages[-1](h_BCHW)
        z_BD = self.neck(self.pool(self.final(last_BCHW)))
        return last_BCHW, z_BD, self.head(z_BD)

    def pool(self, h_BCHW: Tensor) -> Tensor:
        """Return (B, C): the mean over all places."""
        return global_average(h_BCHW)


def global_average(x_BCHW: Tensor) -> Tensor:
    """The mean over all places of maps (B, C, H, W): (B, C).

    Where a gradient will be asked for, it is summed along the places of the channels-last memory:
    the gradient of `mean` lies channels first, and whatever it meets on its way has to be turned.
    """
    if not (torch.is_grad_enabled() and x_BCHW.requires_grad):
        return x_BCHW.mean(dim=(2, 3))
    places_BPC = x_BCHW.permute(0, 2, 3, 1).flatten(1, 2)
    return places_BPC.sum(dim=1) / places_BPC.shape[1]


def make_stages(
    block: MakeBlock, in_width: int, widths: Sequence[int], num_blocks: int | Sequence[int]
) -> list[nn.Module]:
    """Return one stage for each width; all but the first halve the size.

    Args:
        block: makes each block.
        in_width: channels that the first stage reads.
        widths: channels that each stage returns.
        num_blocks: blocks of every stage, or of each.
    """
    counts = [num_blocks] * len(widths) if isinstance(num_blocks, int) else num_blocks
    stages: list[nn.Module] = []
    for index, (width, count) in enumerate(zip(widths, counts, strict=True)):
        first = block(in_width, width, stride=1 if index == 0 else 2)
        rest = [block(width, width, stride=1) for _ in range(count - 1)]
        stages.append(nn.Sequential(first, *rest))
        in_width = width
    return stages


def conv(
    in_width: int, width: int, size: int, stride: int = 1, *, groups: int = 1, bias: bool = False
) -> nn.Conv2d:
    """A convolution padded to keep the size at stride 1."""
    return nn.Conv2d(
        in_width, width, size, stride, padding=size // 2, groups=groups, bias=bias
    )


def _initialise(module: nn.Module) -> None:
    # Counting parameters needs no draws, and on meta tensors they are most of the time.
    if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
