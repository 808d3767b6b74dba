"""The shape that the residual families share: stem, stages, pooling, a linear head."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features


class MakeBlock(Protocol):
    """What makes one block of a stage."""

    def __call__(self, in_width: int, width: int, stride: int) -> nn.Module:
        """Return a block from `in_width` to `width` channels."""
        ...


class Staged(Backbone):
    """Stem → stages → final layers → global average pooling → linear head; one exit.

    Convolutions start from Kaiming-normal weights over the fan-out (He et al. 2015,
    arXiv 1502.01852, the mode RepDistiller and torchvision use), batch norms from 1 and 0.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        stem: layers before the first stage.
        stages: the stages, first stage first.
        widths: channels that each stage returns.
        final: layers between the last stage and the pooling; they keep the width.
    """

    def __init__(
        self, num_classes: int, in_channels: int, stem: nn.Module, stages: Sequence[nn.Module],
        widths: Sequence[int], final: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.num_classes, self.in_channels = num_classes, in_channels
        self.stage_channels, self.embedding_dim = tuple(widths), widths[-1]
        self.stem = stem
        self.stages = nn.ModuleList(stages)
        self.final = final or nn.Identity()
        self.head = nn.Linear(self.embedding_dim, num_classes)
        self.apply(_initialise)

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and logits of the images (B, C, H, W), H and W ≥ 8."""
        h_BCHW = self.stem(x_BCHW)
        maps: list[Tensor] = []
        for stage in self.stages:
            h_BCHW = stage(h_BCHW)
            maps.append(h_BCHW)
        z_BD = self.final(h_BCHW).mean(dim=(2, 3))
        return Features(tuple(maps), z_BD, (self.head(z_BD),))


def make_stages(
    block: MakeBlock, in_width: int, widths: Sequence[int], num_blocks: int
) -> list[nn.Module]:
    """Return one stage of `num_blocks` blocks for each width; all but the first halve the size."""
    stages: list[nn.Module] = []
    for index, width in enumerate(widths):
        first = block(in_width, width, stride=1 if index == 0 else 2)
        rest = [block(width, width, stride=1) for _ in range(num_blocks - 1)]
        stages.append(nn.Sequential(first, *rest))
        in_width = width
    return stages


def conv(in_width: int, width: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias, padded to keep the size at stride 1."""
    return nn.Conv2d(in_width, width, size, stride, padding=size // 2, bias=False)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
