"""SkipNet (Wang, Yu, Dou, Darrell, Gonzalez 2018, arXiv 1711.09485), on CIFAR ResNets.

Counts of parameters as in ucbdrive/skipnet, folder cifar: every block owns a gate that reads its
output and decides on the next block, so the first block is always taken and the gate of the last
one, which decides on nothing, is there without use.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.gated_resnet import WIDTHS, GatedResNet, Gates, Memory, residual
from engine.backbones.parts import kaiming
from engine.backbones.resnet import BasicBlock
from engine.backbones.staged import conv
from engine.registry import register
from engine.spec.options import Options, option

HIDDEN = 10
START_ODDS = 1.0
"""Log-odds, about, at which gates start to take their block.

The repository leaves them to the draw of the biases. Recurrent gates then agree, and some seeds
start with all blocks skipped; such blocks get no gradient, so little brings them back.
"""
PAPER = (
    "Wang, Yu, Dou, Darrell, Gonzalez: SkipNet: Learning Dynamic Routing in Convolutional "
    "Networks. ECCV 2018, arXiv 1711.09485."
)


class SkipNetOptions(Options):
    """Options of a SkipNet."""

    alpha: float = option(
        0.1, "Weight of the share of blocks that are taken, in the loss; more skips more.",
        title="α", ge=0, source="ucbdrive/skipnet, cifar/train_rl.py: reward for skipping, .1",
    )


class RecurrentGates(Gates):
    """One LSTM steps from gate to gate; each embeds its pooled input (RNNGate there).

    Args:
        channels: what each gate reads.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.embed = nn.ModuleList(nn.Linear(number, HIDDEN) for number in channels)
        self.cell = nn.LSTMCell(HIDDEN, HIDDEN)
        self.project = nn.Linear(HIDDEN, 1)
        nn.init.constant_(self.project.bias, START_ODDS)

    def forward(
        self, gate: int, h_BCHW: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Memory | None]:
        """Return log-odds (B,) and the LSTM's state; see `Gates.forward`."""
        hidden_BD, cell_BD = self.cell(self.embed[gate](h_BCHW.mean(dim=(2, 3))), memory)
        return self.project(hidden_BD)[:, 0], (hidden_BD, cell_BD)


class FeedForwardGate(nn.Module):
    """A small network on the map that a block reads.

    With two convolutions it is the repository's FFGate-I, max-pool before them; with one, which
    is strided, its FFGate-II.
    """

    def __init__(self, channels: int, num_convolutions: int) -> None:
        super().__init__()
        first = [nn.MaxPool2d(2), *_layer(channels, 1)] if num_convolutions == 2 else []
        self.layers = nn.Sequential(*first, *_layer(channels, 2))
        self.head = nn.Linear(channels, 2)
        self.apply(kaiming)
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor([0.0, START_ODDS]))

    def forward(self, h_BCHW: Tensor) -> Tensor:
        """Return the log-odds that the block is taken, (B,)."""
        skip_B, take_B = self.head(self.layers(h_BCHW).mean(dim=(2, 3))).unbind(dim=1)
        return take_B - skip_B


class FeedForwardGates(Gates):
    """A `FeedForwardGate` for each block, which remember nothing."""

    def __init__(self, channels: Sequence[int], num_convolutions: int) -> None:
        super().__init__()
        self.each = nn.ModuleList(
            FeedForwardGate(number, num_convolutions) for number in channels
        )

    def forward(
        self, gate: int, h_BCHW: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Memory | None]:
        """Return log-odds (B,) and the memory as it was; see `Gates.forward`."""
        return self.each[gate](h_BCHW), memory


class SkipNet(GatedResNet):
    """out = g·relu(F(x) + s(x)) + (1 − g)·s(x), s the block's shortcut, g 0 or 1.

    Trained as in the paper's supervised stage: gates are rounded in the forward pass and have the
    gradient of the probability. Here α × the share of gated blocks that are
    taken is added to the loss, since its second stage, which learns to skip by REINFORCE from
    a reward with the sample's cross-entropy in it, is left out.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        num_blocks: of each stage.
        make_gates: makes the gates, given the channels that each block returns.
        alpha: α.
    """

    def __init__(
        self, num_classes: int, in_channels: int, num_blocks: int,
        make_gates: Callable[[Sequence[int]], Gates], alpha: float,
    ) -> None:
        super().__init__(num_classes, in_channels, num_blocks, num_ungated=1)
        self.gating = make_gates([width for width in WIDTHS for _ in range(num_blocks)])
        self.alpha = alpha

    def draw(self, odds_B: Tensor) -> Tensor:
        """Round the probability; its gradient is kept."""
        p_B = torch.sigmoid(odds_B.float())
        return (odds_B > 0).to(p_B.dtype) + (p_B - p_B.detach())

    def mix(self, block: BasicBlock, h_BCHW: Tensor, gate_B111: Tensor) -> Tensor:
        """g·relu(F(x) + s(x)) + (1 − g)·s(x)."""
        shortcut_BCHW = block.shortcut(h_BCHW)
        taken_BCHW = F.relu(residual(block, h_BCHW) + shortcut_BCHW, inplace=True)
        return gate_B111 * taken_BCHW + (1 - gate_B111) * shortcut_BCHW

    def skip(self, block: BasicBlock, h_BCHW: Tensor) -> Tensor:
        """The shortcut alone, without activation."""
        return block.shortcut(h_BCHW)

    def penalties(self, gates_BL: Tensor) -> Mapping[str, Tensor]:
        """The term `skip`: α times the share of the gated blocks that the images take."""
        return {"skip": self.alpha * gates_BL.mean()}


def _layer(channels: int, stride: int) -> list[nn.Module]:
    return [conv(channels, channels, 3, stride), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def _summary(depth: int, gate: str) -> str:
    own = " A small size of this project." if depth == 20 else ""
    return (
        f"CIFAR ResNet of {depth} layers in which {gate} decides, image by image, which blocks are "
        "run. Trained as in the paper's supervised stage, with hard gates and their soft gradient, "
        "and a cost for the blocks taken; its second stage, reinforcement learning, is not part of "
        f"it.{own}"
    )


def _enter_recurrent(depth: int) -> None:
    @register(
        "backbone", f"skipnet{depth}",
        title=f"SkipNet-{depth}",
        summary=_summary(depth, "a recurrent gate"),
        paper=PAPER,
        traits=("paths", "unbranched"),
        options=SkipNetOptions,
        facts={"family": "SkipNet, recurrent gate", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: SkipNetOptions) -> Backbone:
        num_blocks = (depth - 2) // 6
        return SkipNet(num_classes, in_channels, num_blocks, RecurrentGates, options.alpha)


def _enter_feed_forward(depth: int, num_convolutions: int) -> None:
    def make_gates(channels: Sequence[int]) -> Gates:
        return FeedForwardGates(channels, num_convolutions)

    @register(
        "backbone", f"skipnet{depth}_ff",
        title=f"SkipNet-{depth} (feed-forward gates)",
        summary=_summary(depth, "a small convolutional gate before each block"),
        paper=PAPER,
        traits=("paths", "unbranched"),
        options=SkipNetOptions,
        facts={"family": "SkipNet, feed-forward gates", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: SkipNetOptions) -> Backbone:
        num_blocks = (depth - 2) // 6
        return SkipNet(num_classes, in_channels, num_blocks, make_gates, options.alpha)


for _depth in (20, 38, 74, 110):
    _enter_recurrent(_depth)
for _depth, _num_convolutions in ((20, 2), (38, 2), (74, 2), (110, 1)):
    _enter_feed_forward(_depth, _num_convolutions)
