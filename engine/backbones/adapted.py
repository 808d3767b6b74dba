"""Networks of other libraries as backbones.

Legend: B batch, C channels, H height, W width, D features that the head reads, K classes.
"""

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.anatomy import Anatomy
from engine.backbones.backbone import Backbone, Features
from engine.spec.errors import SpecError
from engine.spec.options import Options, option

COLOURS = 3
UNBRANCHED = ("unbranched",)


class AdaptedOptions(Options):
    """What can be chosen of a library's network."""

    weights: str | None = option(
        None,
        "Weights to start from: 'default' for those that the library offers (downloaded once), or "
        "a .pth or .safetensors file with a state dict; empty for random ones.",
    )
    input_size: int = option(
        0,
        "Side to which images are scaled inside the network; 0 leaves them as they are, unless the "
        "network reads only large ones: then it is the network's own.",
        ge=0, le=2048, unit="pixels",
    )


class Adapted(Backbone):
    """A library's network; its features are taken where `anatomy` says.

    Asked for its logits alone it is the plain network. Grey images are shown as three equal
    colours.

    Args:
        name: under which it is registered.
        network: the library's.
        anatomy: of the network.
        num_classes: K.
        in_channels: channels of the input images, 1 or 3.
        input_size: side to which images are scaled bilinearly, in pixels; 0 leaves them.
        least_size: side of the smallest images that the network reads, in pixels.

    Raises:
        SpecError: the images have another number of channels.
    """

    training_only: tuple[str, ...] = ()
    """With what the names in a state dict begin that the library has for training only."""

    def __init__(
        self, name: str, network: nn.Module, anatomy: Anatomy, num_classes: int, in_channels: int,
        *, input_size: int = 0, least_size: int = 1,
    ) -> None:
        super().__init__()
        if in_channels not in (1, COLOURS):
            raise SpecError(f"{name} reads images of 1 or 3 channels, not of {in_channels}")
        self.name, self.network, self.anatomy = name, network, anatomy
        self.num_classes, self.in_channels = num_classes, in_channels
        self.input_size, self.least_size = input_size, least_size
        self.stage_channels = tuple(place.channels for place in anatomy.maps)
        self.exit_dims = (_width_into(network.get_submodule(anatomy.head)),)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits (B, K) of the images (B, C, H, W)."""
        return self.network(self._fit(x_BCHW))

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and logits of the images (B, C, H, W)."""
        seen: dict[str, Tensor] = {}

        def keep(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen[name] = inputs[0] if name == self.anatomy.head else output

        names = [*(place.name for place in self.anatomy.maps), self.anatomy.head]
        hooks = [
            self.network.get_submodule(n).register_forward_hook(partial(keep, n)) for n in names
        ]
        try:
            logits_BK = self(x_BCHW)
        finally:
            for hook in hooks:
                hook.remove()
        maps = tuple(
            seen[place.name].permute(0, 3, 1, 2) if place.channels_last else seen[place.name]
            for place in self.anatomy.maps
        )
        z_BD = _pooled(seen[self.anatomy.head], self.network.get_submodule(self.anatomy.head))
        return Features(maps, z_BD, (logits_BK,), (z_BD,))

    def default_weights(self) -> dict[str, Tensor]:
        """The state dict that the library offers for the network, from its hub or the cache."""
        raise NotImplementedError

    def _fit(self, x_BCHW: Tensor) -> Tensor:
        """Scale the images (B, C, H, W), and give grey ones three channels."""
        size = (self.input_size, self.input_size)
        height, width = x_BCHW.shape[2:]
        if self.input_size and (height, width) != size:
            x_BCHW = F.interpolate(x_BCHW, size, mode="bilinear", align_corners=False)
        elif min(height, width) < self.least_size:
            raise SpecError(
                f"{self.name} reads images of {self.least_size} × {self.least_size} pixels or "
                f"more, not {height} × {width}: set its option input_size"
            )
        return x_BCHW.expand(-1, COLOURS, -1, -1) if self.in_channels == 1 else x_BCHW


def _width_into(head: nn.Module) -> int:
    """D of the layer that a head is."""
    assert isinstance(head, nn.Linear | nn.Conv2d)
    return head.in_features if isinstance(head, nn.Linear) else head.in_channels


def _pooled(read: Tensor, head: nn.Module) -> Tensor:
    """What a head read as (B, D): the mean over all places or tokens where there are many."""
    places = range(2, 4) if isinstance(head, nn.Conv2d) else range(1, read.ndim - 1)
    return read.mean(dim=tuple(places)) if len(places) else read
