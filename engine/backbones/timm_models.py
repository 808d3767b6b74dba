"""The image classifiers of timm, each as `timm_` and its name there, where timm is installed.

timm takes seconds to import and has over a thousand networks, so they are registered when one of
them is asked for, and what they cost is counted on demand, not for the catalogue.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from engine.backbones.adapted import UNBRANCHED, Adapted, AdaptedOptions
from engine.backbones.anatomy import Anatomy, dissect, reads
from engine.backbones.backbone import Backbone
from engine.registry import register, register_family
from engine.spec.errors import SpecError

PREFIX = "timm_"


class TimmNetwork(Adapted):
    """One of timm's classifiers, untrained.

    Args:
        source: its name in timm.
        num_classes: K.
        in_channels: channels of the input images, 1 or 3.
        options: see `AdaptedOptions`.

    Raises:
        SpecError: images of this size or number of channels cannot be read.
    """

    def __init__(
        self, source: str, num_classes: int, in_channels: int, options: AdaptedOptions
    ) -> None:
        name = PREFIX + source
        own, fixed = _size(source)
        size = options.input_size or (own if fixed else 0)
        if options.input_size and not _reads(source, size):
            raise SpecError(
                f"{name} cannot read images of {size} × {size} pixels: leave its option "
                f"input_size at 0, or set it to {own}"
            )
        network = _build(source, num_classes, size)
        super().__init__(
            name, network, _anatomy(source), num_classes, in_channels, input_size=size
        )
        self.source = source

    def default_weights(self) -> dict[str, Tensor]:
        """The state dict of timm's weights, drawing nothing; see `Adapted.default_weights`."""
        with torch.random.fork_rng(devices=[]):
            return _timm().create_model(self.source, pretrained=True).state_dict()


def _timm() -> Any:
    return import_module("timm")


def _build(source: str, num_classes: int, size: int) -> nn.Module:
    own, fixed = _size(source)
    arguments = {"img_size": size} if fixed and size != own else {}
    return _timm().create_model(source, num_classes=num_classes, **arguments)


def _size(source: str) -> tuple[int, bool]:
    """The side of the images that it is trained with, in pixels, and whether it reads no others."""
    config = _timm().get_pretrained_cfg(source)
    return config.input_size[-1], config.fixed_input_size


@cache
def _anatomy(source: str) -> Anatomy:
    own, _ = _size(source)
    with torch.device("meta"):  # shapes only, and no random number is drawn
        network = _build(source, 2, own)
    return dissect(network, own)


@cache
def _reads(source: str, size: int) -> bool:
    return reads(lambda: _build(source, 2, size), size)


def _enter(source: str) -> None:
    own, _ = _size(source)

    @register(
        "backbone", PREFIX + source,
        title=f"{source} (timm)",
        summary=f"timm's {source}, whose weights are trained on images of {own} × {own} pixels.",
        paper="Wightman: PyTorch Image Models. github.com/huggingface/pytorch-image-models.",
        traits=UNBRANCHED,
        options=AdaptedOptions,
        facts={"family": "timm", "input_size": own, "multiply_adds": []},
    )
    def make(num_classes: int, in_channels: int, options: AdaptedOptions) -> Backbone:
        return TimmNetwork(source, num_classes, in_channels, options)


def _enter_all() -> None:
    for source in _timm().list_models():
        _enter(source)


_found = find_spec("timm")
if _found is not None and _found.origin is not None:  # a folder of that name is no package
    register_family("backbone", PREFIX, _enter_all)
