"""`torch.export`: PyTorch's own graph, without the network's Python code."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.fx import GraphModule
from torch.utils._pytree import tree_leaves

from engine.exports.archive import archive_words
from engine.exports.content import Content, traced
from engine.exports.failure import exporting, first_line
from engine.exports.format import Format, Opened, predictor
from engine.exports.graph import Graph, tensor
from engine.exports.loading import with_torch
from engine.exports.quiet import quietly
from engine.registry import register
from engine.spec.errors import ExportError

if TYPE_CHECKING:
    from torch.export import ExportedProgram


@register(
    "export", "torch_export", title="PyTorch (torch.export)",
    summary="Network and weights as a graph that PyTorch loads without any code of the network, to "
    "run, compile or lower to a device; any batch size. To be read by the PyTorch that wrote it, "
    "or a newer one.",
    facts={"file": "model.pt2", "default": False},
)
class TorchExport(Format):
    """What `torch.export.save` writes; extra files hold `labels` and `preprocess` as JSON."""

    file_name = "model.pt2"
    runs_with = "PyTorch"

    def write(self, content: Content, path: Path) -> None:
        """Save the program; see `Format.write`."""
        program = content.program
        with exporting(
            "written as .pt2", content.network, content.feed(content.pixels),
            lambda module, inputs: _packed(traced(module, inputs), {}),
        ):
            written = _packed(program, content.metadata)
        path.write_bytes(written)

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Load the program; see `Format.open`."""
        del blank
        program, network = _load(path)
        kept = sum(
            value.nbytes for value in (*program.state_dict.values(), *program.constants.values())
            if isinstance(value, Tensor)
        )
        return Opened(
            predictor(network), partial(_graph, program), partial(archive_words, path, kept)
        )

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with PyTorch; see `Format.loading`."""
        load = f'network = torch.export.load("{self.file_name}").module()'
        return with_torch(load, outputs)


def _packed(program: "ExportedProgram", metadata: dict[str, str]) -> bytes:
    """The file, in memory: PyTorch's own writer ends the process where the disk is full."""
    import torch.export

    written = io.BytesIO()
    torch.export.save(program, written, extra_files=metadata)
    return written.getvalue()


def _graph(program: "ExportedProgram") -> Graph:
    """ATen operators, and all that is kept: parameters, buffers, constants, example inputs."""
    held = tree_leaves((program.state_dict, program.constants, program.example_inputs))
    modules = [m for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    return Graph(
        tuple(str(n.target) for m in modules for n in m.graph.nodes if n.op == "call_function"),
        tuple(_entry(value) for value in held if value is not None),
    )


def _entry(value: object) -> tuple[str, tuple[int, ...]]:
    """What is kept, by its type and shape; of what is no tensor, as long as it is in writing."""
    if isinstance(value, Tensor):
        return tensor(value.dtype, value.shape)
    return tensor(type(value).__name__, (len(repr(value)),))


def _load(path: Path) -> tuple["ExportedProgram", nn.Module]:
    import torch.export

    try:
        with quietly():
            program = torch.export.load(path)
            return program, program.module()
    except Exception as error:  # of zip, JSON and unpickling
        raise ExportError(f"{path} is damaged or no .pt2 file ({first_line(error)})") from None
