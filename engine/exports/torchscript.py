"""TorchScript, for C++ and older PyTorch; frozen, so that weights are constants of the graph."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.exports.content import Content
from engine.exports.failure import exporting, first_line
from engine.exports.format import Format, Opened, predictor
from engine.exports.graph import Graph, tensor
from engine.exports.loading import with_torch
from engine.exports.quiet import quietly
from engine.registry import register
from engine.spec.errors import ExportError

_CONSTANT = "prim::Constant"


@register(
    "export", "torchscript", title="TorchScript",
    summary="Network and weights for LibTorch in C++ and for older PyTorch; any batch size. "
    "PyTorch calls it deprecated: for new work, prefer torch.export.",
    facts={"file": "model.torchscript", "default": False},
)
class TorchScript(Format):
    """The network, traced and frozen; extra files hold `labels` and `preprocess`."""

    file_name = "model.torchscript"
    runs_with = "PyTorch"

    def write(self, content: Content, path: Path) -> None:
        """Trace, freeze and save; see `Format.write`."""
        network, x_BCHW = content.network, content.feed(content.pixels)
        written = io.BytesIO()  # PyTorch's own writer ends the process where the disk is full
        with exporting("written as TorchScript", network, x_BCHW, _frozen):
            frozen = _frozen(network, (x_BCHW,))
            torch.jit.save(frozen, written, _extra_files=dict(content.metadata))
        path.write_bytes(written.getvalue())

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Load the file; see `Format.open`."""
        del blank
        loaded = _load(path)
        return Opened(predictor(loaded), partial(_graph, loaded))

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with PyTorch; see `Format.loading`."""
        return with_torch(f'network = torch.jit.load("{self.file_name}")', outputs)


def _frozen(network: nn.Module, inputs: tuple[Tensor, ...]) -> torch.jit.ScriptModule:
    traced = torch.jit.trace(network, inputs, check_trace=False)
    assert isinstance(traced, torch.jit.ScriptModule)
    frozen = torch.jit.freeze(traced.eval())
    # Another number of images: fails where the batch size has become a constant.
    frozen(*(torch.cat([each, each[:1]]) for each in inputs))
    return frozen


def _graph(loaded: torch.jit.ScriptModule) -> Graph:
    """Operators, constants that are tensors, and parameters, of which a frozen network has none."""
    nodes = list(loaded.inlined_graph.nodes())
    held = [node.output().toIValue() for node in nodes if node.kind() == _CONSTANT]
    return Graph(
        tuple(node.kind() for node in nodes if node.kind() != _CONSTANT),
        tuple(
            tensor(value.dtype, value.shape) for value in (*held, *loaded.state_dict().values())
            if isinstance(value, Tensor)
        ),
    )


def _load(path: Path) -> torch.jit.ScriptModule:
    try:
        with quietly():
            return torch.jit.load(str(path), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        said = first_line(error)
        raise ExportError(f"{path} is damaged or no TorchScript file ({said})") from None
