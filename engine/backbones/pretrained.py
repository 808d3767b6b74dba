"""Loading weights into a library's network: those that the library offers, or those of a file."""

import pickle
import re
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import redirect_stdout
from copy import copy
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.backbones.adapted import Adapted
from engine.backbones.backbone import Backbone
from engine.spec.errors import DataError
from engine.spec.options import Options

State = MutableMapping[str, Tensor]

DEFAULT = "default"
OWN_PREFIX = "network."
"""With this begin the names in what is exported of such a network here."""
PARALLEL_PREFIX = "module."
"""And with this in what was saved of a network wrapped for several GPUs."""
OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
"""torchvision's files of DenseNets name these layers as no module may be called any more."""


def load_pretrained(
    network: Backbone, options: Options, *, own_classifier: bool = False
) -> list[str]:
    """Load the weights that the options name into a network just made with them.

    Classifier layers for another number of classes stay as they were made, and what the library
    has for training only is left out; all else must fit.

    Args:
        network: on the CPU; on the meta device nothing is loaded.
        options: its options; without `weights` nothing is loaded.
        own_classifier: whether the classifier stays as it was made, whatever the weights know.

    Returns:
        What is to be said of it, a line each; nothing where nothing was loaded.

    Raises:
        DataError: the weights cannot be had or read, or do not fit.
    """
    weights: str | None = getattr(options, "weights", None)
    if weights is None or not isinstance(network, Adapted):
        return []
    if any(parameter.is_meta for parameter in network.parameters()):
        return []
    offered = weights == DEFAULT
    state = _offered(network) if offered else _read(Path(weights).expanduser())
    where = "the default weights" if offered else f"the weights at {weights}"
    state = _as_here(state, network)
    if own_classifier:
        replaced = [n for n in state if n.startswith(f"{network.anatomy.head}.")]
        for name in replaced:
            del state[name]
    else:
        replaced = _take_out_other_classes(state, network)
    _load(network, state, replaced, where)
    said = [f"{network.name} starts from {where}"]
    if replaced and not own_classifier:
        layers = ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in replaced))
        said.append(
            f"its classifier ({layers}) starts from random weights: {where} know another number "
            f"of classes than {network.num_classes}"
        )
    return said


def _offered(network: Adapted) -> State:
    try:
        with redirect_stdout(sys.stderr):  # torch's hub says there what it downloads
            return network.default_weights()
    except Exception as error:  # hubs fail in many ways: no network, no such weights, full disk
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"the default weights of {network.name} cannot be had ({reason}): connect to the "
            "network, or set weights to a file that was downloaded elsewhere"
        ) from None


def _read(path: Path) -> State:
    if not path.is_file():
        raise DataError(f"there are no weights at {path}: name a .pth or .safetensors file")
    state: Any
    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise DataError(
            f"the weights at {path} cannot be read: it is no file of weights, or holds more than "
            "tensors; save `network.state_dict()` alone"
        ) from None
    except Exception as error:  # unpickling garbage raises about everything
        reason = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
        raise DataError(f"the weights at {path} cannot be read: {reason}") from None
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]  # as training scripts like to save it
    if not isinstance(state, dict) or not all(
        isinstance(k, str) and isinstance(v, Tensor) for k, v in state.items()
    ):
        raise DataError(f"{path} holds no state dict: save `network.state_dict()` alone")
    return state


def _as_here(state: State, network: Adapted) -> State:
    """The state under the names of the network, without what is for training only.

    Layers that changed over time tell their version beside the state; a state that tells none is
    taken for one of today's.
    """
    named = network.network.state_dict()
    if hasattr(state, "_metadata"):
        named = copy(state)
    named.clear()
    prefixes = (OWN_PREFIX, PARALLEL_PREFIX)
    prefix = next((p for p in prefixes if all(n.startswith(p) for n in state)), "")
    for name, tensor in state.items():
        here = name.removeprefix(prefix)
        if not here.startswith(network.training_only):
            named[OLD_DENSENET.sub(r"\1\2.", here)] = tensor
    return named


def _take_out_other_classes(state: State, network: Adapted) -> list[str]:
    """Take out, and return the names of, classifier layers for another number of classes."""
    own = network.network.state_dict()
    others: list[str] = []
    for name in own.keys() & state.keys():
        here, given = own[name].shape, state[name].shape
        classes_differ = here[:1] != given[:1] and here[1:] == given[1:]
        if classes_differ and here[0] == network.num_classes:
            others.append(name)
            del state[name]
    return sorted(others)


def _load(network: Adapted, state: State, absent: Sequence[str], where: str) -> None:
    """Load a state in which nothing but `absent` may be missing."""
    try:
        loaded = network.network.load_state_dict(state, strict=False)
    except RuntimeError as error:  # shapes differ: after the first line, torch names one a line
        lines = str(error).splitlines()
        raise DataError(f"{where} do not fit {network.name}: {lines[-1].strip()}") from None
    missing = [name for name in loaded.missing_keys if name not in absent]
    for names, said in ((missing, "lack"), (loaded.unexpected_keys, "have, unlike it,")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise DataError(f"{where} do not fit {network.name}: they {said} {names[0]}{more}")
