"""The image classifiers of torchvision, each as `tv_` and its name there.

torchvision takes a second to import, so they are registered when one of them is asked for.
Counts are torchvision's own; GoogLeNet and Inception v3 come without their auxiliary classifiers,
which `native_heads` makes.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from engine.backbones.adapted import UNBRANCHED, Adapted, AdaptedOptions
from engine.backbones.anatomy import Anatomy, dissect, reads
from engine.backbones.backbone import Backbone
from engine.registry import register, register_family
from engine.spec.errors import SpecError

PREFIX = "tv_"
SMALL = 33
"""Networks that torchvision gives larger images than this at least are shown their own size.
(EfficientNet V2 is given 33, and reads images of a pixel.)"""

STAGES = {
    "googlenet": ("inception4a", "inception4d", "inception5b"),
    "inception_v3": ("Mixed_6e", "Mixed_7c"),
}
"""Stage maps that begin with what the authors' auxiliary classifiers read."""

PAPERS = {
    "alexnet": "Krizhevsky: One weird trick for parallelizing convolutional neural networks. 2014.",
    "convnext": "Liu et al.: A ConvNet for the 2020s. CVPR 2022.",
    "densenet": "Huang et al.: Densely Connected Convolutional Networks. CVPR 2017.",
    "efficientnet_b": "Tan, Le: EfficientNet. ICML 2019.",
    "efficientnet_v2": "Tan, Le: EfficientNetV2. ICML 2021.",
    "googlenet": "Szegedy et al.: Going Deeper with Convolutions. CVPR 2015.",
    "inception": "Szegedy et al.: Rethinking the Inception Architecture. CVPR 2016.",
    "maxvit": "Tu et al.: MaxViT: Multi-Axis Vision Transformer. ECCV 2022.",
    "mnasnet": "Tan et al.: MnasNet. CVPR 2019.",
    "mobilenet_v2": "Sandler et al.: MobileNetV2. CVPR 2018.",
    "mobilenet_v3": "Howard et al.: Searching for MobileNetV3. ICCV 2019.",
    "regnet": "Radosavovic et al.: Designing Network Design Spaces. CVPR 2020.",
    "resnet": "He et al.: Deep Residual Learning for Image Recognition. CVPR 2016.",
    "resnext": "Xie et al.: Aggregated Residual Transformations. CVPR 2017.",
    "shufflenet": "Ma et al.: ShuffleNet V2. ECCV 2018.",
    "squeezenet": "Iandola et al.: SqueezeNet. 2016.",
    "swin_v2": "Liu et al.: Swin Transformer V2. CVPR 2022.",
    "swin": "Liu et al.: Swin Transformer. ICCV 2021.",
    "vgg": "Simonyan, Zisserman: Very Deep Convolutional Networks. ICLR 2015.",
    "vit": "Dosovitskiy et al.: An Image Is Worth 16x16 Words. ICLR 2021.",
    "wide_resnet": "Zagoruyko, Komodakis: Wide Residual Networks. BMVC 2016.",
}


class TorchvisionNetwork(Adapted):
    """One of torchvision's classifiers, untrained.

    With `weights = "default"` GoogLeNet and Inception v3 also change the colours of their input as
    torchvision's weights of theirs expect it.

    Args:
        source: its name in torchvision.
        num_classes: K.
        in_channels: channels of the input images, 1 or 3.
        options: see `AdaptedOptions`.

    Raises:
        SpecError: images of this size or number of channels cannot be read.
    """

    training_only = ("aux1.", "aux2.", "AuxLogits.")

    def __init__(
        self, source: str, num_classes: int, in_channels: int, options: AdaptedOptions
    ) -> None:
        name = PREFIX + source
        own, least = _sizes(source)
        size = options.input_size or (own if least > SMALL else 0)
        if options.input_size and not _reads(source, size):
            raise SpecError(
                f"{name} cannot read images of {size} × {size} pixels: leave its option "
                f"input_size at 0, or set it to {own}"
            )
        network = _build(source, num_classes, size, as_trained=options.weights == "default")
        super().__init__(
            name, network, _anatomy(source), num_classes, in_channels, input_size=size,
            least_size=least if least < SMALL else 1,
        )
        self.source = source

    def native_heads(self) -> nn.ModuleList | None:
        """The auxiliary classifiers of GoogLeNet and Inception v3, or None.

        Raises:
            SpecError: Inception v3 is shown images too small for its classifier.
        """
        if self.source == "googlenet":
            from torchvision.models.googlenet import InceptionAux

            heads = [InceptionAux(channels, self.num_classes) for channels in self.stage_channels]
            return _initialised(nn.ModuleList(heads[:-1]), 0.01)
        if self.source == "inception_v3":
            from torchvision.models.inception import InceptionAux

            own, _ = _sizes(self.source)
            if self.input_size < own:
                raise SpecError(
                    f"the auxiliary classifier of {self.name} reads maps of images of {own} × {own}"
                    " pixels: leave the option input_size at 0"
                )
            head = InceptionAux(self.stage_channels[0], self.num_classes)
            return _initialised(nn.ModuleList([head]), 0.1)
        return None

    def default_weights(self) -> dict[str, Tensor]:
        """The state dict of torchvision's default weights; see `Adapted.default_weights`."""
        return _weights(self.source).get_state_dict(progress=False, check_hash=True)


class _CountsOnCpu(TorchFunctionMode):
    """RegNet counts its blocks with tensors: these have values on the meta device, too."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        placed = {"device": "cpu"} if func in (torch.arange, torch.tensor) else {}
        return func(*args, **{**(kwargs or {}), **placed})


def _build(source: str, num_classes: int, size: int, *, as_trained: bool = False) -> nn.Module:
    from torchvision.models import get_model

    arguments: dict[str, Any] = {"num_classes": num_classes}
    if source.startswith("vit"):
        arguments["image_size"] = size
    elif source.startswith("maxvit"):
        arguments["input_size"] = (size, size)
    elif source in STAGES:
        arguments |= {"aux_logits": False, "init_weights": True, "transform_input": as_trained}
    with _CountsOnCpu() if source.startswith("regnet") else nullcontext():
        return get_model(source, weights=None, **arguments)


def _weights(source: str) -> Any:
    from torchvision.models import get_model_weights

    return get_model_weights(source)["DEFAULT"]


def _sizes(source: str) -> tuple[int, int]:
    """The side of the images that its weights were trained for, and of the smallest, in pixels."""
    weights = _weights(source)
    return weights.transforms.keywords["crop_size"], weights.meta["min_size"][0]


@cache
def _anatomy(source: str) -> Anatomy:
    own, _ = _sizes(source)
    with torch.device("meta"):  # shapes only, and no random number is drawn
        network = _build(source, 2, own)
    return dissect(network, own, STAGES.get(source, ()))


@cache
def _reads(source: str, size: int) -> bool:
    return reads(lambda: _build(source, 2, size), size)


def _initialised(heads: nn.ModuleList, std: float) -> nn.ModuleList:
    """Draw weights as torchvision does: truncated normal, of each layer's own or this deviation."""
    for module in heads.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            own = float(getattr(module, "stddev", std))
            nn.init.trunc_normal_(module.weight, std=own, a=-2, b=2)
    return heads


def _enter(source: str) -> None:
    weights = _weights(source)
    family = max((f for f in PAPERS if source.startswith(f)), key=len, default="")
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    own, _ = _sizes(source)

    @register(
        "backbone", PREFIX + source,
        title=f"{source} (torchvision)",
        summary=f"torchvision's {source}, as on ImageNet; its default weights reach {accuracy} % "
        f"there on images of {own} × {own} pixels.",
        paper=PAPERS.get(family, ""),
        traits=(*UNBRANCHED, "native_heads") if source in STAGES else UNBRANCHED,
        options=AdaptedOptions,
        facts={
            "family": "torchvision", "input_size": own,
            "weights_classes": len(weights.meta["categories"]),
        },
    )
    def make(num_classes: int, in_channels: int, options: AdaptedOptions) -> Backbone:
        return TorchvisionNetwork(source, num_classes, in_channels, options)


def _enter_all() -> None:
    """Register them, those with the fewest parameters first."""
    from torchvision import models

    names = models.list_models(module=models)
    for source in sorted(names, key=lambda source: _weights(source).meta["num_params"]):
        _enter(source)


register_family("backbone", PREFIX, _enter_all)
