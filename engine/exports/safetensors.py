"""safetensors: the plain backbone's state dict, without code."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.exports.format import Predictor
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options


@register(
    "export", "safetensors", title="safetensors",
    summary="The weights alone, under the names of the plain backbone: for PyTorch code.",
    facts={"file": "model.safetensors"},
)
class Safetensors:
    """The state dict of the deployable network; loads strictly into the plain backbone."""

    file_name = "model.safetensors"

    def __init__(self, options: Options) -> None:
        """There is nothing to choose."""

    def write(self, network: Backbone, example_BCHW: Tensor, path: Path) -> None:
        """Write the state dict; see `Format.write`."""
        del example_BCHW
        state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        path.write_bytes(save(state))

    def open(self, path: Path, blank: Callable[[], Backbone]) -> Predictor:
        """Load the file strictly into a plain backbone; see `Format.open`."""
        network = blank()
        try:
            network.load_state_dict(load_file(path))
        except (SafetensorError, OSError, RuntimeError) as error:
            raise ExportError(f"{path} does not fit the plain backbone: {error}") from None
        network.eval()

        @torch.inference_mode()
        def predict(x_BCHW: NDArray[np.float32]) -> NDArray[np.float32]:
            return network(torch.from_numpy(x_BCHW)).numpy()

        return predict
