"""A network that is quick to write in any format, and how the export task hands it over."""

import numpy as np
import torch
from torch import nn

from engine.backbones.backbone import Backbone, Features
from engine.backbones.early_exit import ExitHead
from engine.backbones.resnet import conv_bn_relu
from engine.backbones.sdn import Block, ShallowDeepNetwork, pooled
from engine.exports.shipment import Shipment
from engine.methods.method import Setting
from engine.methods.plain import Plain
from engine.spec.options import Options
from engine.spec.run_spec import RunSpec
from engine.training.data import Images, Normalise

NUM_CLASSES, SIZE = 4, 8


class Small(Backbone):
    """A convolution, a batch norm, and a head with `last` behind it."""

    num_classes, in_channels = NUM_CLASSES, 3
    stage_channels, exit_dims = (8,), (8,)

    def __init__(self, last=None, width=8):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, width, 3), nn.BatchNorm2d(width)
        self.head = nn.Sequential(nn.Linear(width, NUM_CLASSES), last or nn.Identity())

    def features(self, x_BCHW):
        map_BCHW = self.norm(self.conv(x_BCHW)).relu()
        embedding_BD = map_BCHW.mean(dim=(2, 3))
        logits_BK = self.head(embedding_BD)
        return Features((map_BCHW,), embedding_BD, (logits_BK,), (embedding_BD,))


class Bessel(nn.Module):
    """ONNX has no such operator."""

    def forward(self, x):
        return torch.special.bessel_j0(x)


class Once(nn.Module):
    """Of the batch size that it was traced with."""

    def forward(self, x):
        return x * torch.ones(int(x.shape[0]), NUM_CLASSES)


def with_exits():
    """Three exits, of which the last costs most of all, for ten classes of grey images of 8 x 8."""
    widths = [(1, 16, 8), (16, 32, 4), (32, 256, 4)]
    blocks = [Block(conv_bn_relu(a, b, 3, 8 // edge if a == 16 else 1), b, edge)
              for a, b, edge in widths]
    return ShallowDeepNetwork(10, 1, None, blocks, (0, 1), ExitHead(pooled(), 256, 10))


def small_shipment(last=None, width=8):
    """A training of a small network, as after its last step."""
    torch.manual_seed(0)
    setting = Setting(NUM_CLASSES, lambda peer, name="": Small(last, width), None)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, SIZE, SIZE, 3), dtype=np.uint8)
    images = Images(pixels, rng.integers(0, NUM_CLASSES, 40), None, torch.device("cpu"))
    return Shipment(
        run=1, name="r", spec=RunSpec(), step=1, weights="last",
        system=Plain(setting, Options()).eval(), blank=lambda: Small(last, width),
        classes=tuple("abcd"), image_shape=(SIZE, SIZE, 3), results={}, test=images,
        training=images, normalise=Normalise((0.5,) * 3, (0.25,) * 3),
    )
