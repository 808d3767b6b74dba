"""What k seeds trained as one vectorised model gain over k separate trainings.

A pack stacks the weights, buffers and batches of k seeds of one variant: one call of the loss
under `torch.vmap`, one backward, one fused optimiser step. `dml` instead stacks the two peers of
one run. Every round takes one separate step and one packed step, in one process. First it is
checked that both train the same weights; where they do not, the script fails.

On a CPU a pack wins if it beats as many runs side by side as it has threads, one thread each.

    python benchmarks/packs.py --device cuda --compile
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import table
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state
from torch.optim import Optimizer

from engine.backbones.backbone import Backbone
from engine.build import make_system
from engine.losses.mutual import mutual_divergence
from engine.losses.targets import Targets
from engine.methods.batch import Batch, Moment
from engine.methods.method import Method
from engine.spec.run_spec import BackboneSpec, MethodSpec, TrainingSpec
from engine.training.device import autocast, choose_algorithms
from engine.training.optim import make_optimizer
from engine.training.streams import Streams

NUM_CLASSES, WARM, CHECK_SEEDS, CHECK_BATCH, CHECK_STEPS = 10, 2, 3, 8, 4
TOLERANCES = {torch.float64: 1e-9, torch.float32: 1e-2}
"""Of the largest difference over the largest value of a tensor; float64 shows equal arithmetic,
float32 how far rounding alone leads in a few steps at the full learning rate."""

Forward = Callable[..., Tensor]


@dataclass(frozen=True)
class Case:
    """What is trained: a network on square images, by a method."""

    backbone: str
    size: int
    channels: int
    method: str
    batch: int


class Training(nn.Module):
    """A method as a module whose forward is its loss; no draws are left to it."""

    def __init__(self, system: Method) -> None:
        super().__init__()
        self.system = system

    def forward(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the loss of a batch in the middle of a training."""
        batch = Batch((x_BCHW,), Targets(y_B), y_B, Moment(50, 100, 5, 10), torch.Generator())
        return self.system.loss(batch).total


class Logits(nn.Module):
    """A network as a module whose forward gives the logits of its last exit."""

    def __init__(self, network: Backbone) -> None:
        super().__init__()
        self.network = network

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, K)."""
        return self.network.features(x_BCHW).logits[-1]


class Stack:
    """Equal modules as one: every tensor has the members for its first dimension.

    Args:
        modules: the members; their tensors are copied.
        in_dims: of the inputs: 0 where each member has its own, None where they share one.
    """

    def __init__(self, modules: Sequence[nn.Module], *in_dims: int | None) -> None:
        stacked, self.buffers = stack_module_state(list(modules))
        self.parameters = {name: nn.Parameter(tensor) for name, tensor in stacked.items()}
        self.module = nn.ParameterList(self.parameters.values())
        hollow = deepcopy(modules[0]).to("meta")

        def call(*given: object) -> Tensor:
            parameters, buffers, *inputs = given
            return functional_call(hollow, (parameters, buffers), tuple(inputs))

        self._call = torch.vmap(call, (0, 0, *in_dims))

    def __call__(self, *inputs: Tensor) -> Tensor:
        """What each member returns, stacked; running statistics follow."""
        return self._call(self.parameters, self.buffers, *inputs)

    def members(self, count: int) -> list[dict[str, Tensor]]:
        """The state of every member."""
        state = {**self.parameters, **self.buffers}
        return [{name: t[i].detach() for name, t in state.items()} for i in range(count)]


class Trial:
    """One case with k seeds, or peers, to be trained both ways."""

    def __init__(self, case: Case, k: int, device: str, dtype: torch.dtype, *, compiled: bool
                 ) -> None:
        self.spec = TrainingSpec(device=device)
        self.precision = autocast(self.spec, torch.device(device))
        torch.manual_seed(0)
        self.k, peers = k, case.method == "dml"
        options: dict[str, object] = {"num_peers": k} if peers else {}
        method, backbone = MethodSpec(case.method, options), BackboneSpec(name=case.backbone)
        self.trainings = [
            Training(make_system(method, backbone, NUM_CLASSES, case.channels, Streams(seed)))
            .train().to(device, dtype, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
            for seed in range(1 if peers else k)
        ]
        shape = (len(self.trainings), case.batch, case.channels, case.size, case.size)
        self.x_kBCHW = torch.randn(shape, dtype=dtype).to(device)
        self.y_kB = torch.randint(NUM_CLASSES, shape[:2]).to(device)
        self.separate = [(*self._separate(t, x, y, compiled=compiled),) for t, x, y in zip(
            self.trainings, self.x_kBCHW, self.y_kB, strict=True)]
