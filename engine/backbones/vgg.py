"""VGG networks with batch norm for small images (Simonyan & Zisserman 2015, arXiv 1409.1556).

The same name means four networks, so each ends in the repository that trains it:

- kuangliu/pytorch-cifar, also bearpaw/pytorch-classification: five max-pools, one linear layer.
- HobbitLong/RepDistiller: as many parameters, but only three max-pools, so that the last two
  stages see 4×4 maps of a 32×32 image, which are averaged. (It pools once more where images are
  64 pixels high; here it never does.)
- chenyaofo/pytorch-cifar-models: five max-pools, two hidden layers of 512 with dropout.
- weiaicunzai/pytorch-cifar100: the same with hidden layers of 4096.
"""

from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options, option

WIDTHS = (64, 128, 256, 512, 512)
NUM_CONVOLUTIONS = {
    8: (1, 1, 1, 1, 1),
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
PAPER = (
    "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition. "
    "ICLR 2015."
)


class ClassifierOptions(Options):
    """What can be chosen about the hidden layers of a VGG."""

    dropout: float = option(
        0.5, "Share of the hidden units that are dropped in training.", ge=0, lt=1,
        source="Simonyan & Zisserman 2015, section 3.1",
    )


def vgg(
    num_classes: int, in_channels: int, depth: int, *, num_pools: int = 5, hidden_width: int = 0,
    dropout: float = 0.0,
) -> Staged:
    """A VGG of five stages, each but the first after a max-pool.

    A max-pool takes what is left at a border, so that images of any size from 8 pixels pass; at
    multiples of 32 nothing is left.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        depth: 8, 11, 13, 16 or 19.
        num_pools: how many of the stages a max-pool follows, the first ones.
        hidden_width: units of the two hidden layers before the head; 0 for no such layers.
        dropout: share of the hidden units that are dropped in training.
    """
    stages: list[nn.Module] = []
    in_width = in_channels
    for index, (width, count) in enumerate(zip(WIDTHS, NUM_CONVOLUTIONS[depth], strict=True)):
        layers: list[nn.Module] = [_pool()] if 1 <= index <= num_pools else []
        for _ in range(count):
            layers.append(conv_norm(in_width, width, 3, bias=True))
            in_width = width
        stages.append(nn.Sequential(*layers))
    return Staged(
        num_classes, in_channels, nn.Identity(), stages, WIDTHS,
        final=_pool() if num_pools == len(WIDTHS) else None,
        neck=_hidden_layers(in_width, hidden_width, dropout) if hidden_width else None,
        embedding_dim=hidden_width or None,
    )


def _pool() -> nn.Module:
    return nn.MaxPool2d(2, ceil_mode=True)


def _hidden_layers(in_width: int, width: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Linear(in_width, width), nn.ReLU(inplace=True), nn.Dropout(dropout),
        nn.Linear(width, width), nn.ReLU(inplace=True), nn.Dropout(dropout),
    )


def _enter(depth: int, name: str, title: str, num_pools: int, ending: str) -> None:
    @register(
        "backbone", name,
        title=title,
        summary=f"VGG with batch norm: {sum(NUM_CONVOLUTIONS[depth])} convolutions in five "
        f"stages, 64 to 512 channels wide, and one linear layer; {ending}.",
        paper=PAPER,
        facts={"family": "VGG", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return vgg(num_classes, in_channels, depth, num_pools=num_pools)


def _enter_with_hidden_layers(depth: int, repository: str, hidden_width: int) -> None:
    @register(
        "backbone", f"vgg{depth}_{repository}",
        title=f"VGG-{depth} ({repository})",
        summary=f"VGG with batch norm: {sum(NUM_CONVOLUTIONS[depth])} convolutions in five "
        f"stages, 64 to 512 channels wide, and three linear layers, {hidden_width} units wide, "
        "with dropout.",
        paper=PAPER,
        options=ClassifierOptions,
        facts={"family": "VGG", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: ClassifierOptions) -> Backbone:
        return vgg(
            num_classes, in_channels, depth, hidden_width=hidden_width, dropout=options.dropout
        )


_AVERAGED = "three max-pools, then the mean of the last maps"
_enter(8, "vgg8", "VGG-8", 3, _AVERAGED)
for _depth in (11, 13, 16, 19):
    _enter(_depth, f"vgg{_depth}_repdistiller", f"VGG-{_depth} (RepDistiller)", 3, _AVERAGED)
    _enter(_depth, f"vgg{_depth}_kuangliu", f"VGG-{_depth} (kuangliu)", 5, "five max-pools")
    _enter_with_hidden_layers(_depth, "chenyaofo", 512)
    _enter_with_hidden_layers(_depth, "weiaicunzai", 4096)
