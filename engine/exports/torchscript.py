"""TorchScript, for C++ and older PyTorch; frozen, so that weights are constants of the graph."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from torch import Tensor, nn

from engine.exports.archive import archive_words
from engine.exports.content import Content
from engine.exports.failure import exporting, first_line
from engine.exports.format import Format, Opened, predictor
from engine.exports.graph import Graph, tensor
from engine.exports.harmless import check_script
from engine.exports.loading import with_torch
from engine.exports.quiet import quietly
from engine.registry import register
from engine.spec.errors import ExportError

_CONSTANT, _DIVIDED = "prim::Constant", "aten::div"
_ORIGINS, _VERSIONS = ".debug_pkl", ("version", ".data/version")
_WRITTEN_ANYWAY = (*_VERSIONS, "byteorder", ".data/serialization_id")
_TENSOR = re.compile(r"/(data|constants)/\d+$")
"""Which files of the archive hold tensors."""


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
        path.write_bytes(_without_origins(written))

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Load the file; see `Format.open`."""
        del blank
        loaded = _load(path)
        return Opened(
            predictor(loaded), partial(_graph, loaded, path),
            lambda: archive_words(path, _stored(path)), partial(_divisors, loaded),
        )

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with PyTorch; see `Format.loading`."""
        return with_torch(f'network = torch.jit.load("{self.file_name}")', outputs)


def _frozen(network: nn.Module, inputs: tuple[Tensor, ...]) -> torch.jit.ScriptModule:
    traced = torch.jit.trace(network, inputs, check_trace=False)
    assert isinstance(traced, torch.jit.ScriptModule)
    # Of what was traced here PyTorch keeps the frozen weights for good, of what was loaded not.
    apart = io.BytesIO()
    torch.jit.save(traced.eval(), apart)
    apart.seek(0)
    frozen = torch.jit.freeze(torch.jit.load(apart))
    # Another number of images: fails where the batch size has become a constant.
    frozen(*(torch.cat([each, each[:1]]) for each in inputs))
    return frozen


def _without_origins(written: io.BytesIO) -> bytes:
    """The file without where each operator stands in the code, folders of this machine and all."""
    written.seek(0)
    kept, read = io.BytesIO(), torch._C.PyTorchFileReader(written)  # noqa: SLF001
    writer = torch._C.PyTorchFileWriter(kept)  # noqa: SLF001  # both as `torch.save` uses them
    names: list[str] = read.get_all_records()
    [version] = {*_VERSIONS}.intersection(names)  # by how new the operators are
    writer.set_min_version(int(read.get_record(version)))
    for name in names:
        if name not in _WRITTEN_ANYWAY and not name.endswith(_ORIGINS):
            record = read.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return kept.getvalue()


def _graph(loaded: torch.jit.ScriptModule, path: Path) -> Graph:
    """Operators of all methods and branches; constants, attributes, and what else is kept."""
    try:
        nodes = [node for graph in _graphs(loaded) for node in _with_branches(graph)]
        constants = [node.output().toIValue() for node in nodes if node.kind() == _CONSTANT]
        held = [*_leaves([*constants, *_attributes(loaded)])]
        left = _stored(path) - sum(leaf.nbytes for leaf in held if isinstance(leaf, Tensor))
    except (RuntimeError, BadZipFile, OSError) as error:
        raise ExportError(f"{path} cannot be looked into ({first_line(error)})") from None
    return Graph(
        tuple(node.kind() for node in nodes if node.kind() != _CONSTANT),
        (*map(_entry, held), *([tensor("uint8", (left,))] if left > 0 else [])),
    )


def _divisors(loaded: torch.jit.ScriptModule) -> list[float]:
    """The single numbers by which something is divided."""
    nodes = [node for graph in _graphs(loaded) for node in _with_branches(graph)]
    by = [[*node.inputs()][1].toIValue() for node in nodes if node.kind() == _DIVIDED]
    return [float(each) for each in by if each is not None and torch.as_tensor(each).numel() == 1]


def _graphs(loaded: torch.jit.ScriptModule) -> Iterator[Any]:
    """The graph of every method, with all that it calls."""
    for module in loaded.modules():
        kept: Any = module._c  # noqa: SLF001  # PyTorch has no other name for it, nor for what follows
        for name in kept._method_names():  # noqa: SLF001
            graph = kept._get_method(name).graph.copy()  # noqa: SLF001
            torch._C._jit_pass_inline(graph)  # noqa: SLF001
            yield graph


def _with_branches(block: Any) -> Iterator[Any]:
    """The nodes of a graph or a block, and those in their branches, loops and graphs."""
    for node in block.nodes():
        yield node
        graphs = (node.g(name) for name in node.attributeNames() if node.kindOf(name) == "g")
        for inside in (*node.blocks(), *graphs):
            yield from _with_branches(inside)


def _attributes(loaded: torch.jit.ScriptModule) -> Iterator[object]:
    """Parameters, buffers and all else that modules keep; a frozen network keeps nothing."""
    for module in loaded.modules():
        kept: Any = module._c  # noqa: SLF001  # as above; it lists attributes in no other way
        lines = kept.dump_to_str(False, True, False)  # without code, with attributes, not their own
        for name in {*re.findall(r"^ *(\w+) = ", lines, re.MULTILINE)}:
            if kept.hasattr(name):
                yield kept.getattr(name)


def _leaves(value: Any) -> Iterator[object]:
    """What a value is made of, keys included."""
    if isinstance(value, dict):
        value = [*value.items()]
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield value


def _stored(path: Path) -> int:
    """How many bytes a file has for tensors, whether or not anything refers to them."""
    with ZipFile(path) as file:
        return sum(info.file_size for info in file.infolist() if _TENSOR.search(info.filename))


def _entry(value: object) -> tuple[str, tuple[int, ...]]:
    """What is kept, by its type and shape; of a text, by its length."""
    if isinstance(value, Tensor):
        return tensor(value.dtype, value.shape)
    return tensor(type(value).__name__, (len(value),) if isinstance(value, str) else ())


def _load(path: Path) -> torch.jit.ScriptModule:
    try:
        with quietly():
            check_script(path)
            return torch.jit.load(str(path), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        said = first_line(error)
        raise ExportError(f"{path} is damaged or no TorchScript file ({said})") from None
