"""safetensors: the plain backbone's state dict, without code."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from engine.exports.format import Predictor
from engine.exports.part import Part
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options


@register(
    "export", "safetensors", title="safetensors",
    summary="The weights alone, under the names of the plain backbone: for PyTorch code.",
    facts={"file": "model.safetensors"},
)
class Safetensors:
    """The state dict of what ships; loads strictly into that part of the plain backbone."""

    file_name = "model.safetensors"

    def __init__(self, options: Options) -> None:
        """There is nothing to choose."""

    def write(self, network: nn.Module, example_BCHW: Tensor, path: Path, part: Part) -> None:
        """Write the state dict; see `Format.write`."""
        del example_BCHW, part
        state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        path.write_bytes(save(state))

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Predictor:
        """Load the file strictly into a plain backbone; see `Format.open`."""
        network = blank()
        try:
            network.load_state_dict(load_file(path))
        except (SafetensorError, OSError, RuntimeError) as error:
            raise ExportError(f"{path} does not fit the plain backbone: {error}") from None
        network.eval()

        @torch.inference_mode()
        def predict(x_BCHW: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
            answer = network(torch.from_numpy(x_BCHW))
            outputs = answer if isinstance(answer, tuple) else (answer,)
            return tuple(logits_BK.numpy() for logits_BK in outputs)

        return predict
