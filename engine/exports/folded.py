"""Batch norms folded into the convolutions before them: in eval mode both are one convolution.

Jacob et al.: Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference. CVPR 2018, arXiv 1712.05877, section 3.2.

Legend: B batch, C channels, H height, W width.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from engine.backbones.backbone import Backbone, count_parameters
from engine.exports.part import Part
from engine.spec.errors import ExportError

FOLDED, BEFORE = "folded_batch_norms", "params_before_folding"
"""Entries of a part's facts: names of convolutions with those of their norms, and a number."""


def folded(part: Part, network: Backbone, x_BCHW: Tensor) -> Part:
    """A part with every batch norm folded that alone reads what a convolution says.

    Its answers agree to rounding. Batch norms stay that come before a convolution, read a sum, or
    belong to modules that are used more than once. A re-parameterised network may have none left.

    Args:
        part: what of the network ships.
        network: only looked at.
        x_BCHW: images by which it is seen which module follows which.

    Raises:
        ExportError: there is none.
    """
    plain = part.cut(network).eval()
    pairs = foldable(plain, x_BCHW)
    if pairs:
        facts = {**part.facts, BEFORE: count_parameters(plain)}
        return folded_again(replace(part, facts=facts), pairs)
    if "reparameterized" in part.facts:
        return part
    raise ExportError("no batch norm alone follows a convolution: there is nothing to fold")


def folded_again(part: Part, pairs: Mapping[str, str]) -> Part:
    """A part with the batch norms of these pairs folded."""
    norms = "1 batch norm" if len(pairs) == 1 else f"{len(pairs)} batch norms"
    return replace(
        part, name=f"{part.name} with {norms} folded",
        cut=lambda full: fold_batch_norms(part.cut(full), pairs),
        facts={**part.facts, FOLDED: dict(pairs)},
        recipe=f"fold_batch_norms({part.recipe}, {dict(pairs)!r})",
    )


def fold_batch_norms(network: nn.Module, pairs: Mapping[str, str]) -> nn.Module:
    """A copy of the network, in eval mode, with an identity in place of each of these batch norms.

    Args:
        network: keeps its weights.
        pairs: names of convolutions, with those of the batch norms that alone read them.

    Raises:
        ExportError: it has no such modules.
    """
    made = copy.deepcopy(network).eval()
    modules = dict(made.named_modules())
    for conv_name, norm_name in pairs.items():
        conv, norm = modules.get(conv_name), modules.get(norm_name)
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
            raise ExportError(f"the network has no {conv_name} with {norm_name} behind it")
        made.set_submodule(conv_name, fuse_conv_bn_eval(conv, norm))
        made.set_submodule(norm_name, nn.Identity())
    return made


@torch.no_grad()
def foldable(network: nn.Module, x_BCHW: Tensor) -> dict[str, str]:
    """Names of the convolutions that a batch norm alone reads, with the name of that one.

    Args:
        network: in eval mode; it is run once.
        x_BCHW: some images.
    """
    with _Reads() as reads:
        network(x_BCHW)
    # Not their subclasses, which may do more than that.
    norms = {id(norm.weight): (name, norm) for name, norm in network.named_modules()
             if type(norm) is nn.BatchNorm2d}
    found: dict[str, str] = {}
    for name, conv in network.named_modules():
        if type(conv) is not nn.Conv2d or (said := reads.made_alone_of(conv.weight)) is None:
            continue
        reader = reads.only_reader(said)
        read = (norms.get(id(value)) for value in reader or ())
        for norm_name, norm in filter(None, read):
            if norm.weight is not None and reads.only_reader(norm.weight) is reader:
                found[name] = norm_name
    return found


class _Reads(TorchDispatchMode):
    """Keeps what every operator reads and returns, and with it that no two have one identity."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[tuple[list[Tensor], list[Tensor]]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run the operator and note it."""
        del types
        answer = func(*args, **(kwargs or {}))
        read, returned = (
            [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]
            for values in ((args, kwargs), answer)
        )
        self._calls.append((read, returned))
        return answer

    def only_reader(self, value: Tensor) -> list[Tensor] | None:
        """What the one operator reads that reads this; None where several do, or none."""
        call = self._only_call(value)
        return call and call[0]

    def made_alone_of(self, weight: Tensor) -> Tensor | None:
        """What the one operator returns that reads this; None where several do, or none."""
        call = self._only_call(weight)
        return call[1][0] if call and len(call[1]) == 1 else None

    def _only_call(self, value: Tensor) -> tuple[list[Tensor], list[Tensor]] | None:
        calls = [call for call in self._calls if any(value is read for read in call[0])]
        return calls[0] if len(calls) == 1 else None
