"""Networks that share all stages but the last: the one that ships, and branches beside it.

Legend: B batch, K classes, C channels, H height, W width, D width of the embedding.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from engine.backbones.staged import Staged
from engine.methods.method import Method, Setting
from engine.spec.errors import SpecError

UNBRANCHED = (
    "its training branches need a network that can be cut before its last stage, and this one "
    "cannot"
)
"""Why methods with branches refuse the trait "unbranched"."""


class BranchedMethod(Method):
    """A method whose network has several last stages while it trains; the first one ships.

    Every branch starts as the last stage of a network of its own, so no two begin alike.

    Args:
        setting: what the method is built into.
        num_branches: last stages in all.

    Attributes:
        branches: all of them but the first, which is part of the network that ships.

    Raises:
        SpecError: the network cannot be cut before its last stage.
    """

    def __init__(self, setting: Setting, num_branches: int) -> None:
        super().__init__()
        self.peers = nn.ModuleList([_staged(setting, 0)])
        self.branches = nn.ModuleList(
            _last_stage(_staged(setting, i)) for i in range(1, num_branches)
        )

    @property
    def networks(self) -> list[Staged]:
        """Every branch, the network that ships first; all of them have a `tail`."""
        return staged((*self.peers, *self.branches))


def staged(modules: Sequence[nn.Module]) -> list[Staged]:
    """Modules that are known to be networks with a `tail`, typed as such."""
    return [module for module in modules if isinstance(module, Staged)]


def answers(
    networks: Sequence[Staged], maps: Sequence[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Embeddings (B, D) and logits (B, K) of each branch.

    Args:
        networks: the branches.
        maps: what each of them reads, (B, C, H, W): the last map of the trunk.
    """
    seen = [network.tail(h_BCHW) for network, h_BCHW in zip(networks, maps, strict=True)]
    return [z_BD for _, z_BD, _ in seen], [logits_BK for _, _, logits_BK in seen]


def _staged(setting: Setting, peer: int) -> Staged:
    network = setting.make_backbone(peer)
    if not isinstance(network, Staged):
        raise SpecError(f"this method cannot train this backbone: {UNBRANCHED}")
    return network


def _last_stage(network: Staged) -> Staged:
    """The network without what lies before its last stage: `tail` is all it can do."""
    network.stem = nn.Identity()
    for stage in range(len(network.stages) - 1):
        network.stages[stage] = nn.Identity()
    return network
