"""By which numbers an ONNX file divides: a temperature is one of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.exports.onnx_file import read_onnx, with_branches
from engine.spec.errors import ExportError

if TYPE_CHECKING:
    from onnx import NodeProto

_Held = dict[str, NDArray[Any]]


def onnx_divisors(path: Path) -> list[float]:
    """The single numbers by which something is divided, in branches too.

    Raises:
        ExportError: the file cannot be read.
    """
    import onnx

    model = read_onnx(path)
    try:
        graphs = [*with_branches(model.graph)]
        held: _Held = {
            each.name: onnx.numpy_helper.to_array(each) for graph in graphs
            for each in graph.initializer if np.prod(each.dims) == 1
        }
        nodes = [node for graph in graphs for node in graph.node]
        for node in nodes:
            held |= _constant(node, held)
    except Exception as error:  # whatever a stranger's tensors make of numpy
        raise ExportError(f"{path} is damaged or no ONNX file") from error
    divided_by = (node.input[1] for node in nodes if node.op_type == "Div")
    return [held[name].item() for name in divided_by if name in held]


def _constant(node: "NodeProto", held: _Held) -> _Held:
    """What a node makes of single numbers alone: a constant, or one that was kept as an integer."""
    import onnx

    if node.op_type == "Constant" and node.attribute[0].HasField("t"):
        value = onnx.numpy_helper.to_array(node.attribute[0].t)
        return {node.output[0]: value} if value.size == 1 else {}
    if node.op_type != "DequantizeLinear" or not held.keys() >= set(node.input):
        return {}
    integer, scale, *zero = (held[name].item() for name in node.input)
    return {node.output[0]: np.array((integer - sum(zero)) * scale)}
