"""Opening and inspecting ONNX files; needs no torch."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.exports.graph import Graph, tensor
from engine.exports.leave_early import NEVER
from engine.exports.words import Words
from engine.spec.cores import usable_cores
from engine.spec.errors import ExportError

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

PIXELS = "tensor(uint8)"
"""The type of an input that takes pixels; any other takes normalised images."""
OPSET, PRODUCER, GRAPH, DOMAIN = "version of the operators", "producer", "graph", "domain"
_OWN_DOMAINS = ("", "ai.onnx")
"""Of ONNX's own operators: all that is written here is of these."""
_REMARKS = {
    "doc_string", "metadata_props", "denotation", "quantization_annotation", "external_data",
}
_DATA = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data")
_LONGEST = 10  # bytes of a number in protobuf
THRESHOLDS, ANSWERS = "thresholds", "answers"
"""Input and output of files that images may leave early: see `OnnxEarlyExit`."""


def open_onnx(path: Path) -> onnxruntime.InferenceSession:
    """Open a file on the CPU, as many threads as cores, none of them spinning.

    Raises:
        ExportError: the file is missing or damaged.
    """
    if not path.is_file():
        raise ExportError(f"there is no {path.name} in {path.parent}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions have no common base of their own
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExportError(f"{path} is damaged or no ONNX file ({line})") from None


def run_onnx(
    session: onnxruntime.InferenceSession, images: NDArray[np.generic]
) -> tuple[NDArray[np.float32], ...]:
    """Logits (B, K) of every output; of a file that can be left early, all exits are asked."""
    given = {"image": images}
    for wanted in session.get_inputs():
        if wanted.name == THRESHOLDS:
            given[THRESHOLDS] = np.full(wanted.shape, NEVER, np.float32)
    return tuple(np.asarray(out) for out in session.run(None, given))


def onnx_graph(path: Path) -> Graph:
    """What is in a file.

    Raises:
        ExportError: the file is missing or damaged, or has operators that are not ONNX's own, in
            whose bodies anything could be hidden.
    """
    import onnx

    model = read_onnx(path)
    types = onnx.TensorProto.DataType
    nodes, held = _nodes_and_tensors(model)
    others = [
        *(f"{node.domain}.{node.op_type}" for node in nodes if node.domain not in _OWN_DOMAINS),
        *(f"the function {each.domain}.{each.name}" for each in model.functions),
    ]
    if others:
        raise ExportError(f"{path.name} has operators that are not ONNX's own ({others[0]})")
    return Graph(
        tuple(node.op_type for node in nodes),
        (
            *(tensor(types.Name(each.data_type).lower(), each.dims) for each in held),
            *(row for node in nodes for row in _rows(node)),
        ),
    )


def onnx_words(path: Path) -> Words:
    """What a file says beside its graph: metadata, who wrote it, versions, remarks, and names.

    Raises:
        ExportError: the file is missing or damaged.
    """
    model = read_onnx(path)
    versions = [each.version for each in model.opset_import if each.domain in _OWN_DOMAINS]
    _, held = _nodes_and_tensors(model)
    told = [(each.key, each.value) for each in model.metadata_props]
    unread = path.stat().st_size - model.ByteSize()  # a field that is there again is passed over
    model.ClearField("metadata_props")
    return Words(
        (
            *told, (OPSET, ", ".join(map(str, versions))), (PRODUCER, model.producer_name),
            (GRAPH, model.graph.name), (DOMAIN, model.domain), *_remarks(model),
        ),
        unread + model.ByteSize() - sum(map(_of_numbers, held)), frozenset(_names(model)),
    )


def _of_numbers(held: "TensorProto") -> int:
    """How many bytes of a tensor are the numbers that it says to have."""
    import onnx

    numbers, size = prod(held.dims), held.ByteSize()
    kept, bare = len(held.raw_data), type(held)()
    bare.CopyFrom(held)
    for name in _DATA:
        bare.ClearField(name)
    try:
        exactly = onnx.helper.tensor_dtype_to_np_dtype(held.data_type).itemsize
    except KeyError:  # there is no such type
        return 0
    return min(kept, numbers * exactly) or min(size - bare.ByteSize(), numbers * _LONGEST)


def _names(model: "ModelProto") -> Iterator[str]:
    """All that is called by a name, and all that operators have in words."""
    for message in _messages(model):
        for field, value in message.ListFields():
            if field.type == field.TYPE_STRING or field.name in ("s", "strings"):
                several = [value] if isinstance(value, (str, bytes)) else value
                yield from (str(each) for each in several)


def uncommented(model: "ModelProto") -> None:
    """Remove all remarks and metadata from a model that is to be written: no runtime needs them."""
    for message in _messages(model):
        for name in _REMARKS.intersection(message.DESCRIPTOR.fields_by_name):
            message.ClearField(name)


def _remarks(model: "ModelProto") -> Iterator[tuple[str, str]]:
    for message in _messages(model):
        for field, value in message.ListFields():
            if field.name in _REMARKS:
                yield f"{field.name} of {message.DESCRIPTOR.name}", str(value)


def _messages(message: "Message") -> Iterator["Message"]:
    """A message, and all in it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inside in [value] if hasattr(value, "ListFields") else value:
                yield from _messages(inside)


def read_onnx(path: Path) -> "ModelProto":
    """A file as it is, without what lies in others.

    Raises:
        ExportError: it is missing or damaged.
    """
    import onnx

    try:
        return onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's own
        raise ExportError(f"{path} is damaged or no ONNX file") from error


def _nodes_and_tensors(model: "ModelProto") -> tuple[list["NodeProto"], list["TensorProto"]]:
    trained = [g for told in model.training_info for g in (told.initialization, told.algorithm)]
    graphs = [each for graph in (model.graph, *trained) for each in with_branches(graph)]
    nodes = [node for each in graphs for node in each.node]
    return nodes, [
        *(held for each in graphs for held in each.initializer),
        *(held.values for each in graphs for held in each.sparse_initializer),
        *(held for node in nodes for held in _inside(node)),
    ]


def _inside(node: "NodeProto") -> Iterator["TensorProto"]:
    """The tensors that an operator itself holds, as a constant does."""
    for attribute in node.attribute:
        if attribute.HasField("t"):
            yield attribute.t
        if attribute.HasField("sparse_tensor"):
            yield attribute.sparse_tensor.values
        yield from attribute.tensors


def _rows(node: "NodeProto") -> Iterator[tuple[str, tuple[int, ...]]]:
    """The numbers that an operator holds in a row: decimals, and of a constant integers, too."""
    for attribute in node.attribute:
        if attribute.floats:
            yield tensor("float", (len(attribute.floats),))
        if attribute.ints and node.op_type == "Constant":
            yield tensor("int64", (len(attribute.ints),))


def with_branches(graph: "GraphProto") -> Iterator["GraphProto"]:
    """A graph, and those in the branches of its operators."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from with_branches(attribute.g)
            for branch in attribute.graphs:
                yield from with_branches(branch)
