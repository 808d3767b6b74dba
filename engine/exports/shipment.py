"""What is exported, and stripping it: the plain backbone with the trained weights, nothing else."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, count_parameters
from engine.exports.content import Content
from engine.exports.format import outputs_of
from engine.exports.part import Part, whole
from engine.methods.method import Method
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.training.data import Images, Normalise

_COMPARED = 4
"""On so many images the stripped network is held against the trained one; files are on all."""


@dataclass(frozen=True)
class Shipment:
    """What is exported, and what it is held against.

    Attributes:
        run: number of the run.
        name: its name.
        spec: what it was.
        step: optimiser step of the weights.
        weights: "best" (by validation), "last", "average" or "ema".
        system: the training system with those weights, on the CPU.
        blank: makes the plain, untrained network of what ships.
        classes: label of every output.
        test: real images that were never trained on.
        training: images that it was trained on.
        image_shape: (H, W, C) of what the network is fed.
        normalise: pixels to input.
        results: test numbers of what ships, by metric.
        part: what of the network ships.
        trained: the network inside the system that ships; None: the one the method says.
        peers: which of the system's peers that is, from 0; more than one are an ensemble.
        backbone: what it is; None: the run's own.
        data_digest: identity of the data.
        digest: identity of the variant; empty: the spec's. A fork has one of its own.
        notes: what else the certificate tells of it.
        num_validation: how many images were held out to choose by.
        teacher: what the network that taught it is, if there was one.
        license: under which the files are passed on, as the user says it; empty: not said.
    """

    run: int
    name: str
    spec: RunSpec
    step: int
    weights: str
    system: Method
    blank: Callable[[], Backbone]
    classes: Sequence[str]
    test: Images
    training: Images
    image_shape: tuple[int, int, int]
    normalise: Normalise
    results: Mapping[str, float]
    part: Part = field(default_factory=whole)
    trained: Backbone | None = None
    peers: tuple[int, ...] = (0,)
    backbone: BackboneSpec | None = None
    data_digest: str = ""
    digest: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    num_validation: int = 0
    teacher: BackboneSpec | None = None
    license: str = ""

    @property
    def network(self) -> Backbone:
        """The network inside the training system that ships, in eval mode."""
        return (self.trained or self.system.deployable()).eval()

    @property
    def shipped_backbone(self) -> BackboneSpec:
        """What the network is."""
        return self.backbone or self.spec.backbone

    def blank_part(self) -> nn.Module:
        """What ships, untrained, in eval mode."""
        return self.part.cut(self.blank()).eval()

    def content(self, network: nn.Module) -> Content:
        """What is written of `network`, this part or a blank one."""
        return Content(
            network.eval().requires_grad_(False), self.image_shape, self.training,
            self.normalise, self.part, self.classes,
        )

    def answer(self, x_BCHW: Tensor) -> tuple[Tensor, ...]:
        """What the network inside the training system says, one tensor (B, K) for each output."""
        return self.part.answer(self.network, x_BCHW)

    def removed_modules(self) -> dict[str, int]:
        """The modules of the training system that do not ship, with their parameters."""
        return removed_modules(self.system, None if self.trained is None else self.peers)


def removed_modules(system: Method, peers: Collection[int] | None) -> dict[str, int]:
    """The modules of a training system that do not ship, with their parameters.

    Args:
        system: of the training.
        peers: those that ship, from 0; None: what the method says.
    """
    removed = system.removed_modules()
    if peers is None:
        return removed
    sizes = {f"peers.{p}": count_parameters(peer) for p, peer in enumerate(system.peers)}
    ships = {f"peers.{p}" for p in peers}
    return {name: size for name, size in {**sizes, **removed}.items() if name not in ships}


def strip(shipment: Shipment, rows_N: Tensor) -> nn.Module:
    """What ships of the plain backbone with the trained weights; nothing of the training system.

    It and the trained network agree on test images: to the last bit if the whole network ships, to
    rounding if a part of it does.

    Args:
        shipment: what is exported.
        rows_N: test images that it is for; the two are compared on the first few.

    Raises:
        ExportError: weights are left over or missing, or its outputs differ.
    """
    network, part, trained = shipment.blank(), shipment.part, shipment.network
    try:
        network.load_state_dict(trained.state_dict())
    except RuntimeError as error:
        raise ExportError(f"the trained network is not the plain backbone: {error}") from None
    stripped = part.cut(network.eval()).eval()
    x_BCHW = shipment.normalise(shipment.test.take(rows_N[:_COMPARED])[0]).contiguous()
    with torch.inference_mode():
        got, expected = outputs_of(stripped(x_BCHW)), shipment.answer(x_BCHW)
    same = torch.equal if part.is_whole else partial(torch.allclose, rtol=1e-4, atol=1e-4)
    if not all(same(a, b) for a, b in zip(got, expected, strict=True)):
        raise ExportError("the stripped network and the trained one disagree: not exported")
    return stripped
