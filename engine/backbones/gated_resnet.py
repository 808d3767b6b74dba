"""CIFAR ResNets that decide for each image which of their blocks to run.

What SkipNet and ConvNet-AIG share. A gate reads a block's input and says whether the block is
taken; one that is not taken passes its shortcut on. In eval mode a block runs on the images that
take it and on no others, so that fewer multiply-adds are less time; in train mode, and while the
network is exported or compiled, all blocks run and the gates are factors, which gives the same.

Legend: L gated blocks.
"""

import copy
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features
from engine.backbones.flops import Size, multiply_adds
from engine.backbones.parts import assemble
from engine.backbones.resnet import BasicBlock, resnet
from engine.backbones.staged import Staged
from engine.spec.errors import SpecError

WIDTHS = (16, 32, 64)
Memory = tuple[Tensor, Tensor]


class Gates(nn.Module):
    """The gates of a network: what says how likely each block is taken."""

    def forward(
        self, gate: int, h_BCHW: Tensor, memory: Memory | None
    ) -> tuple[Tensor, Memory | None]:
        """Return the log-odds that the gated block is taken, (B,), and what the next gate gets.

        Args:
            gate: of the gated blocks, counted from 0.
            h_BCHW: what the block reads.
            memory: what the gate before left; None at the first.
        """
        raise NotImplementedError


class GatedResNet(Backbone):
    """A CIFAR ResNet with projection shortcuts whose blocks have gates; one exit.

    Without its gates it is `resnet`, and starts from the same weights.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        num_blocks: of each stage.
        num_ungated: blocks at the beginning that every image takes.
    """

    gating: Gates

    def __init__(
        self, num_classes: int, in_channels: int, num_blocks: int, num_ungated: int
    ) -> None:
        super().__init__()
        plain = resnet(num_classes, in_channels, WIDTHS, num_blocks)
        self.num_classes, self.in_channels = num_classes, in_channels
        self.stage_channels, self.exit_dims = plain.stage_channels, plain.exit_dims
        self.stem, self.stages, self.head = plain.stem, plain.stages, plain.head
        self.num_gates, self._num_ungated = 3 * num_blocks - num_ungated, num_ungated

    def draw(self, odds_B: Tensor) -> Tensor:
        """The gates of a training batch: 0 or 1, with a gradient; from log-odds, (B,)."""
        raise NotImplementedError

    def mix(self, block: BasicBlock, h_BCHW: Tensor, gate_B111: Tensor) -> Tensor:
        """The block where the gate is 1, what `skip` returns where it is 0."""
        raise NotImplementedError

    def skip(self, block: BasicBlock, h_BCHW: Tensor) -> Tensor:
        """What passes a block that is not taken."""
        raise NotImplementedError

    def penalties(self, gates_BL: Tensor) -> Mapping[str, Tensor]:
        """What a training batch pays for the blocks that it takes."""
        raise NotImplementedError

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and logits, and in train mode the penalties."""
        maps, gates_BL = self._walk(x_BCHW)
        z_BD = maps[-1].mean(dim=(2, 3))
        penalties = self.penalties(gates_BL) if self.training else {}
        return Features(maps, z_BD, (self.head(z_BD),), (z_BD,), penalties)

    def gates(self, x_BCHW: Tensor) -> Tensor:
        """Which blocks each image takes in eval mode, (B, L) bool; in train mode a draw."""
        return self._walk(x_BCHW)[1] > 0

    def run_all(self, x_BCHW: Tensor) -> None:
        """Run every block on every image, as in train mode; the gates say what is passed on."""
        self._walk(x_BCHW, all_blocks=True)

    def path_multiply_adds(self, size: Size) -> tuple[int, tuple[int, ...]]:
        """What an image costs, in multiply-adds of convolutions and linear layers.

        Args:
            size: of the images.

        Returns:
            What every image pays (stem, shortcuts, gates, head, blocks without a gate), and what
            each of the L gated blocks adds for an image that takes it.
        """
        total = multiply_adds(self, self.in_channels, size)
        costs: list[int] = []
        height, width = (size, size) if isinstance(size, int) else size
        for block in self.blocks():
            pair = nn.Sequential(block.conv1, block.conv2)
            costs.append(multiply_adds(pair, block.conv1.in_channels, (height, width)))
            height, width = (-(-side // block.conv1.stride[0]) for side in (height, width))
        gated = tuple(costs[self._num_ungated :])
        return total - sum(gated), gated

    def subnet_for_path(self, taken: Sequence[bool]) -> Staged:
        """The plain network of one path, without gates, with copies of the weights.

        In eval mode it answers what this network answers for images that take that path.

        Args:
            taken: for each of the L gated blocks, whether it is in the path.

        Raises:
            SpecError: `taken` has another length.
        """
        if len(taken) != self.num_gates:
            raise SpecError(
                f"a path names {self.num_gates} blocks of this network, not {len(taken)}"
            )
        path = iter([True] * self._num_ungated + list(taken))
        stages: list[nn.Module] = []
        for stage in self.stages:
            blocks = (copy.deepcopy(b) if next(path) else self.bypass(b) for b in _blocks(stage))
            stages.append(nn.Sequential(*(b for b in blocks if not isinstance(b, nn.Identity))))
        stem, head = copy.deepcopy(self.stem), copy.deepcopy(self.head)
        assert isinstance(head, nn.Linear)
        network = assemble(
            self.num_classes, self.in_channels, stem, stages, self.stage_channels, head
        )
        return network.train(self.training)

    def bypass(self, block: BasicBlock) -> nn.Module:
        """`skip` of one block as a module with copies of its weights."""
        return copy.deepcopy(block.shortcut)

    def blocks(self) -> list[BasicBlock]:
        """All blocks in the order in which they run."""
        return [block for stage in self.stages for block in _blocks(stage)]

    def _walk(
        self, x_BCHW: Tensor, *, all_blocks: bool = False
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """The maps of all stages, and the gates as numbers, (B, L)."""
        all_blocks = all_blocks or self.training or _needs_all_blocks(x_BCHW)
        run = self._mixed if all_blocks else self._split
        h_BCHW, memory, num_free = self.stem(x_BCHW), None, self._num_ungated
        maps: list[Tensor] = []
        gates: list[Tensor] = []
        for stage in self.stages:
            for block in _blocks(stage):
                if num_free:
                    num_free, h_BCHW = num_free - 1, block(h_BCHW)
                    continue
                odds_B, memory = self.gating(len(gates), h_BCHW, memory)
                gate_B = self.draw(odds_B) if self.training else (odds_B > 0).to(odds_B.dtype)
                gates.append(gate_B)
                h_BCHW = run(block, h_BCHW, gate_B)
            maps.append(h_BCHW)
        return tuple(maps), torch.stack(gates, dim=1)

    def _mixed(self, block: BasicBlock, h_BCHW: Tensor, gate_B: Tensor) -> Tensor:
        return self.mix(block, h_BCHW, gate_B.to(h_BCHW.dtype)[:, None, None, None])

    def _split(self, block: BasicBlock, h_BCHW: Tensor, gate_B: Tensor) -> Tensor:
        """Run the block on the images that take it, and the bypass on the others."""
        num_taken = int(gate_B.sum())
        if num_taken == len(gate_B):
            return block(h_BCHW)
        if num_taken == 0:
            return self.skip(block, h_BCHW)
        order = gate_B.argsort(descending=True)
        taken, left = order[:num_taken], order[num_taken:]
        rows = torch.cat((block(h_BCHW[taken]), self.skip(block, h_BCHW[left])))
        return rows[order.argsort()]


def residual(block: BasicBlock, h_BCHW: Tensor) -> Tensor:
    """What the block adds to its shortcut."""
    a_BCHW = F.relu(block.bn1(block.conv1(h_BCHW)), inplace=True)
    return block.bn2(block.conv2(a_BCHW))


def _blocks(stage: nn.Module) -> list[BasicBlock]:
    return [block for block in stage.children() if isinstance(block, BasicBlock)]


def _needs_all_blocks(x_BCHW: Tensor) -> bool:
    """Whether the gates' values are unknown: while exporting, compiling or asking for shapes."""
    is_tracing = torch.jit.is_tracing()  # pyright: ignore[reportPrivateImportUsage]
    return torch.compiler.is_compiling() or is_tracing or x_BCHW.is_meta
