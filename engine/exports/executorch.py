"""ExecuTorch, for phones and small devices; written where the package `executorch` is."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.exports.content import Content
from engine.exports.extra import needs
from engine.exports.failure import exporting, first_line
from engine.exports.format import Format, Opened
from engine.exports.graph import BYTES, Graph, tensor
from engine.exports.loading import image
from engine.exports.quiet import quietly
from engine.exports.words import Words
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options

PACKAGE, FILE = "executorch", "model.pte"
METHOD, METHODS = "forward", "methods"
_LOADING = """import torch, executorch.runtime
{read}
program = executorch.runtime.Runtime.get().load_program("{file}")
logits = program.load_method("forward").execute([torch.from_numpy({x})])[-1]
print(LABELS[logits.argmax()])"""


@register(
    "export", "executorch", title="ExecuTorch",
    summary="A program for phones and small devices, in float32 with XNNPACK's kernels; one "
    "image at a time.",
    options=Options, facts={"file": FILE, "default": False, **needs(PACKAGE)},
)
class ExecuTorch(Format):
    """A program for one image at a time, in float32, by XNNPACK where that has the operator."""

    file_name = FILE
    written_with = ("torch", PACKAGE)
    runs_with = "ExecuTorch"

    def write(self, content: Content, path: Path) -> None:
        """Lower the network to ExecuTorch's operators; see `Format.write`."""
        network, x_1CHW = content.network, _planar(content.feed(content.pixels[:1]))
        with exporting("written for ExecuTorch", network, x_1CHW, _lowered):
            written = _lowered(network, (x_1CHW,))
        path.write_bytes(written)

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Load the program; see `Format.open`."""
        del blank
        try:
            with quietly():
                from executorch.runtime import Runtime  # pyright: ignore

                data = path.read_bytes()
                program = Runtime.get().load_program(data)
                method = program.load_method(METHOD)
        except (RuntimeError, ValueError) as error:
            said = first_line(error)
            raise ExportError(f"{path} is damaged or no .pte file ({said})") from None
        return Opened(
            partial(_ask, method, (program, data)), partial(_graph, path), partial(_words, path)
        )

    def says(self, content: Content) -> Mapping[str, str]:
        """Which method there is: the format has no room for more; see `Format.says`."""
        del content
        return {METHODS: METHOD}

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with ExecuTorch's runtime; see `Format.loading`."""
        del outputs
        read, x = image(takes_pixels=False)
        return _LOADING.format(file=self.file_name, read=read, x=x)


def _lowered(network: nn.Module, inputs: tuple[Tensor, ...]) -> bytes:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import (  # pyright: ignore
        XnnpackPartitioner,
    )
    from executorch.exir import to_edge_transform_and_lower  # pyright: ignore
    from torch.export import export

    edge = to_edge_transform_and_lower(
        export(network, inputs), partitioner=[XnnpackPartitioner()]
    )
    return edge.to_executorch().buffer


def _planar(x_1CHW: Tensor) -> Tensor:
    """The image with the strides of its shape: the runtime tells memory formats by them."""
    return x_1CHW.clone(memory_format=torch.contiguous_format)


def _ask(
    method: Any, lent: tuple[Any, bytes], images: NDArray[np.generic]
) -> tuple[NDArray[np.float32], ...]:
    """Ask image by image; the method reads what is lent to it, and does not keep it."""
    del lent
    answers = [
        [output.numpy().copy() for output in method.execute([_planar(one)])]
        for one in torch.from_numpy(images).split(1)
    ]
    return tuple(np.concatenate(each) for each in zip(*answers, strict=True))


def _graph(path: Path) -> Graph:
    """Operators and delegates in the order of their calls; every constant, by its bytes."""
    file = _read(path)
    calls = [
        _called(plan, call.instr_args) for plan in file.program.execution_plan
        for chain in plan.chains for call in chain.instructions
    ]
    return Graph(tuple(calls), tuple(tensor(BYTES, (len(blob),)) for blob in _blobs(file)))


def _words(path: Path) -> Words:
    """The names of the methods, and how much of the file is no constant."""
    file = _read(path)
    methods = ", ".join(plan.name for plan in file.program.execution_plan)
    return Words(
        ((METHODS, methods),), path.stat().st_size - sum(len(blob) for blob in _blobs(file))
    )


def _read(path: Path) -> Any:
    with quietly():
        from executorch.exir._serialize._program import deserialize_pte_binary  # pyright: ignore

        return deserialize_pte_binary(path.read_bytes())


def _blobs(file: Any) -> list[bytes]:
    """Delegates and constants."""
    return [
        *(each.data for each in file.program.backend_delegate_data),
        *(each.storage for each in file.program.constant_buffer),
        *(file.named_data.buffers if file.named_data else ()),
    ]


def _called(plan: Any, call: Any) -> str:
    if hasattr(call, "op_index"):
        return str(plan.operators[call.op_index].name)
    if hasattr(call, "delegate_index"):
        return str(plan.delegates[call.delegate_index].id)
    return type(call).__name__
