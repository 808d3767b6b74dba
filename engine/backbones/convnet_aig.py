"""ConvNet-AIG (Veit, Belongie 2018, arXiv 1711.11503), on CIFAR ResNets.

Structure and number of parameters as in andreasveit/convnet-aig. That repository draws its gates
at evaluation too and runs every block; here evaluation takes the likelier side of each gate and
runs only what is taken.
"""

import copy
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.gated_resnet import WIDTHS, GatedResNet, Gates, Memory, residual
from engine.backbones.resnet import BasicBlock
from engine.registry import register
from engine.spec.options import Options, option

HIDDEN = 16
PAPER = (
    "Veit, Belongie: Convolutional Networks with Adaptive Inference Graphs. ECCV 2018, "
    "arXiv 1711.11503."
)
REPOSITORY = "andreasveit/convnet-aig, train.py"


class AigOptions(Options):
    """Options of a ConvNet-AIG."""

    target_rate: float = option(
        0.6, "Share of the images by which each block should be taken.",
        title="t", ge=0, le=1, source=REPOSITORY,
    )
    weight: float = option(
        2.0, "Weight of the squared distance from the target rate, in the loss.", ge=0,
        source=REPOSITORY,
    )


class AigGate(nn.Module):
    """Two layers on the pooled input of a block.

    The last one starts near zero with biases that take the block for 87 % of the images.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hidden, self.norm = nn.Linear(channels, HIDDEN), nn.BatchNorm1d(HIDDEN)
        self.head = nn.Linear(HIDDEN, 2)
        nn.init.normal_(self.head.weight, std=0.001)
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor([0.1, 2.0]))

    def forward(self, h_BCHW: Tensor) -> Tensor:
        """Return the log-odds that the block is taken, (B,)."""
        a_BD = F.relu(self.norm(self.hidden(h_BCHW.mean(dim=(2, 3)))))
        skip_B, take_B = self.head(a_BD).unbind(dim=1)
        return take_B - skip_B


class AigGates(Gates):
    """An `AigGate` for each block, which remember nothing."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.each = nn.ModuleList(AigGate(number) for number in channels)

    def forward(
        self, gate: int, h_BCHW: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Memory | None]:
        """Return log-odds (B,) and the memory as it was; see `Gates.forward`."""
        return self.each[gate](h_BCHW), memory


class ConvNetAig(GatedResNet):
    """out = relu(s(x) + g·F(x)), s the block's shortcut, g 0 or 1; all blocks gated.

    In train mode g is a Gumbel-softmax draw at temperature 1, rounded in the forward pass, with
    noise from the default generator; in eval mode it is the likelier of the two. The target rate
    loss is weight × mean over blocks of (t − share of the images that take it)². It holds the
    share of the draws: a gate that stays undecided between 0.5 and 1 takes its block for all
    images in eval mode.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        num_blocks: of each stage.
        target_rate: t.
        weight: of the target rate loss.
    """

    def __init__(
        self, num_classes: int, in_channels: int, num_blocks: int, target_rate: float,
        weight: float,
    ) -> None:
        super().__init__(num_classes, in_channels, num_blocks, num_ungated=0)
        written = [WIDTHS[0], *(width for width in WIDTHS for _ in range(num_blocks))]
        self.gating = AigGates(written[:-1])
        self.target_rate, self.weight = target_rate, weight

    def draw(self, odds_B: Tensor) -> Tensor:
        """Draw and round; the gradient is that of the soft draw."""
        # The difference of two Gumbel variables is logistic: the logit of a uniform one.
        noise_B = torch.logit(torch.rand_like(odds_B, dtype=torch.float32))
        soft_B = torch.sigmoid(odds_B.float() + noise_B)
        return (soft_B > 0.5).to(soft_B.dtype) + (soft_B - soft_B.detach())

    def mix(self, block: BasicBlock, h_BCHW: Tensor, gate_B111: Tensor) -> Tensor:
        """relu(s(x) + g·F(x))."""
        return F.relu(block.shortcut(h_BCHW) + gate_B111 * residual(block, h_BCHW))

    def skip(self, block: BasicBlock, h_BCHW: Tensor) -> Tensor:
        """relu(s(x))."""
        shortcut_BCHW = block.shortcut(h_BCHW)
        # What a block reads has been through a ReLU; only a projection brings new signs.
        return h_BCHW if shortcut_BCHW is h_BCHW else F.relu(shortcut_BCHW)

    def bypass(self, block: BasicBlock) -> nn.Module:
        """`skip` of one block as a module with copies of its weights."""
        if isinstance(block.shortcut, nn.Identity):
            return nn.Identity()
        return nn.Sequential(copy.deepcopy(block.shortcut), nn.ReLU())

    def penalties(self, gates_BL: Tensor) -> Mapping[str, Tensor]:
        """The term `rate`: the target rate loss."""
        distance_L = self.target_rate - gates_BL.mean(dim=0)
        return {"rate": self.weight * distance_L.square().mean()}


def _enter(depth: int) -> None:
    own = "" if depth == 110 else " A small size of this project."

    @register(
        "backbone", f"aig_resnet{depth}",
        title=f"ConvNet-AIG-{depth}",
        summary=f"CIFAR ResNet of {depth} layers in which a small gate before each block decides, "
        "image by image, whether it is run. Trained with random gates and a loss that keeps each "
        f"block near a target rate; evaluated with the likelier side of each gate.{own}",
        paper=PAPER,
        traits=("paths", "unbranched"),
        options=AigOptions,
        facts={"family": "ConvNet-AIG", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: AigOptions) -> Backbone:
        return ConvNetAig(
            num_classes, in_channels, (depth - 2) // 6, options.target_rate, options.weight
        )


for _depth in (20, 110):
    _enter(_depth)
