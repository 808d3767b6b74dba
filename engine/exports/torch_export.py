"""`torch.export`: PyTorch's own graph, without the network's Python code."""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import torch
from torch import Tensor, nn
from torch.fx import GraphModule

from engine.exports.archive import archive_words
from engine.exports.content import Content, traced
from engine.exports.failure import exporting, first_line
from engine.exports.format import Format, Opened, predictor
from engine.exports.graph import Graph, tensor
from engine.exports.harmless import check_program
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
        kept = sum(each[0].untyped_storage().nbytes() for each in _by_storage(program))
        return Opened(
            predictor(network), partial(_graph, program),
            partial(archive_words, path, kept, _names), partial(_divisors, program),
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
    """ATen operators, and all that is kept: parameters, buffers, constants, bytes of none."""
    modules = [m for m in program.graph_module.modules() if isinstance(m, GraphModule)]
    left = sum(map(_unreached, _by_storage(program)))
    return Graph(
        tuple(str(n.target) for m in modules for n in m.graph.nodes if n.op == "call_function"),
        (
            *(tensor(each.dtype, each.shape) for each in _held(program)),
            *([tensor("uint8", (left,))] if left else []),
        ),
    )


def _names(archive: ZipFile) -> Iterable[str]:
    """All texts of the graph: names, sizes, and where each operator comes from."""
    [graph] = (name for name in archive.namelist() if name.endswith("/models/model.json"))
    return _texts(json.loads(archive.read(graph)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from _texts([*value.values()])
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _held(program: "ExportedProgram") -> list[Tensor]:
    held = (*program.state_dict.values(), *program.constants.values())
    return [each for each in held if isinstance(each, Tensor)]


def _by_storage(program: "ExportedProgram") -> Iterable[list[Tensor]]:
    """The tensors, those that share a storage together."""
    found: defaultdict[int, list[Tensor]] = defaultdict(list)
    for each in _held(program):
        found[each.untyped_storage().data_ptr()].append(each)
    return found.values()


def _unreached(tensors: Sequence[Tensor]) -> int:
    """How many bytes of their storage none of these tensors reaches."""
    unreached = torch.ones(tensors[0].untyped_storage().nbytes(), dtype=torch.bool)
    for each in tensors:
        size, start = each.itemsize, int(each.storage_offset()) * each.itemsize
        steps = (*(step * size for step in each.stride()), 1)
        unreached.as_strided((*each.shape, size), steps, start).fill_(False)
    return int(unreached.sum())


def _divisors(program: "ExportedProgram") -> list[float]:
    """The single numbers by which something is divided."""
    divided = (node for node in program.graph.nodes if str(node.target).startswith("aten.div."))
    return [float(by) for node in divided if isinstance(by := node.args[1], (int, float))]


def _load(path: Path) -> tuple["ExportedProgram", nn.Module]:
    import torch.export

    try:
        with quietly():
            check_program(path)
            program = torch.export.load(path)
            return program, program.module()
    except ExportError:
        raise
    except Exception as error:  # of zip, JSON and unpickling
        raise ExportError(f"{path} is damaged or no .pt2 file ({first_line(error)})") from None
