from dataclasses import replace

from engine.registry import lookup
from engine.training.streams import BACKBONE, Streams

# Settings around networks with several exits or widths.

DYNAMIC = ("msdnet_anytime_4", "slimmable_resnet20")


def around(setting, backbone):
    """The setting with another backbone, by name."""

    def make_backbone(peer, name=""):
        entry = lookup("backbone", name or backbone)
        with Streams(0).seeded(BACKBONE, peer):
            return entry.make(setting.num_classes, 3, entry.parse_options({}))

    return replace(setting, make_backbone=make_backbone)
