"""ONNX that leaves early: what an image does not need any more is not computed."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from engine.exports.content import Content
from engine.exports.format import Asked, Format, Opened
from engine.exports.leave_early import Ask, leaving_fault, measure_leaving
from engine.exports.loading import image
from engine.exports.onnx import (
    ONNX_PACKAGES,
    SAID,
    OnnxOptions,
    metadata_of,
    onnx_model,
    write_checked,
)
from engine.exports.onnx_divisors import onnx_divisors
from engine.exports.onnx_file import (
    ANSWERS,
    OPSET,
    THRESHOLDS,
    onnx_graph,
    onnx_words,
    open_onnx,
    run_onnx,
)
from engine.registry import register
from engine.spec.errors import ExportError

LOGITS = "logits"
_PREFIX = "leave_early"
_LOADING = """import numpy, onnxruntime
{read}
session = onnxruntime.InferenceSession("{file}")
given = {{"image": {x}, "thresholds": numpy.full({exits}, 0.9, "float32")}}
print(LABELS[session.run(["logits"], given)[0].argmax()])"""


@register(
    "export", "onnx_early_exit", title="ONNX early exit",
    summary="For networks that ship with all their exits: one ONNX file that stops computing at "
    "the first exit that is sure of the image. The thresholds are an input; what an image costs "
    "with them is measured, and in the certificate.",
    options=OnnxOptions,
    facts={"file": "model.early_exit.onnx", "default": False, "outputs": "several"},
)
class OnnxEarlyExit(Format):
    """The graph of all exits, cut behind each of them: what follows lies in a branch of an `If`.

    Inputs `image`, and `thresholds` τ of every exit but the last; with 2 no image leaves. Outputs:
    `answers` (k, B, K) of the k exits that were passed, and `logits` (B, K), the
    last of them. An exit is left by if max_c softmax(ℓ_k)_c ≥ τ_k, of several images by all at
    once, when the least sure one is sure enough: ask image by image for what each alone costs.
    """

    file_name = "model.early_exit.onnx"
    tells = ("leave_early",)
    written_with = ONNX_PACKAGES
    runs_with = (
        "onnxruntime and numpy, leaving at the first exit that is 90 % sure (others are under "
        "Leaving early; with thresholds of 2 no image leaves)"
    )

    def __init__(self, options: OnnxOptions) -> None:
        """Make it with `options`."""
        super().__init__(options)
        self._options, self.takes_pixels = options, options.preprocessing

    def write(self, content: Content, path: Path) -> None:
        """Write all exits elsewhere, cut; see `Format.write`."""
        if len(content.part.outputs) < 2:
            raise ExportError(
                f"{content.part.name} has one exit, and nothing to leave early by: ship all exits"
            )
        model = onnx_model(content, self._options)
        cut_behind_exits(model, len(content.classes))
        helper.set_model_props(model, _without_last(metadata_of(content, self._options)))
        write_checked(model, path)

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Open a file in onnxruntime, to ask all of its exits; see `Format.open`."""
        del blank
        session = open_onnx(path)

        def predict(images: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
            return tuple(run_onnx(session, images)[0])

        return Opened(
            predict, partial(onnx_graph, path), partial(onnx_words, path),
            partial(onnx_divisors, path),
        )

    def says(self, content: Content) -> Mapping[str, str]:
        """The metadata, who wrote it, and the version of the operators; see `Format.says`."""
        told = _without_last(metadata_of(content, self._options))
        return {**told, **SAID, OPSET: str(self._options.opset)}

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with onnxruntime; see `Format.loading`."""
        read, x = image(takes_pixels=self.takes_pixels)
        return _LOADING.format(file=self.file_name, read=read, x=x, exits=len(outputs) - 1)

    def measure(self, path: Path, content: Content, asked: Asked) -> dict[str, Any]:
        """What images cost and reach that leave early; see `Format.measure`."""
        told = content.part.facts.get("leave_early", ())
        return {"leave_early": measure_leaving(_asking(path), told, asked)}

    def measure_again(self, path: Path, proof: Mapping[str, Any], asked: Asked) -> str:
        """Return which images leave where they did not; see `Format.measure_again`."""
        return leaving_fault(_asking(path), proof["leave_early"], asked)


def _asking(path: Path) -> Ask:
    session = open_onnx(path)

    def ask(image: NDArray[np.generic], thresholds: Sequence[float]) -> NDArray[np.float32]:
        given = {"image": image, THRESHOLDS: np.array(thresholds, np.float32)}
        (answers_kBK,) = session.run([ANSWERS], given)
        return np.asarray(answers_kBK)[:, 0]

    return ask


def _without_last(told: Mapping[str, str]) -> dict[str, str]:
    """Metadata that tell of each budget the thresholds that the input takes, all but the last."""
    if "sila" not in told:
        return dict(told)
    facts = json.loads(told["sila"])
    for budget in facts.get("leave_early", ()):
        budget["thresholds"] = budget["thresholds"][:-1]
    return {**told, "sila": json.dumps(facts)}


def cut_behind_exits(model: onnx.ModelProto, num_classes: int) -> None:
    """Put what follows each exit into a branch that is computed if the exit is not sure.

    Args:
        model: a graph with one output (B, K) for each exit, cheapest first; it is changed.
        num_classes: K.
    """
    graph = model.graph
    exits = [output.name for output in graph.output]
    segments = _segments(graph, exits)
    held = {tensor.name: tensor for tensor in graph.initializer}
    levels = [
        _Level(k, nodes, [held.pop(name) for node in nodes for name in node.input if name in held])
        for k, nodes in enumerate(segments)
    ]
    nodes = _nested(levels, exits, num_classes)
    last = numpy_helper.from_array(np.array(-1), f"{_PREFIX}/last")
    nodes.append(helper.make_node("Gather", [ANSWERS, last.name], [LOGITS], axis=0))
    for field in ("node", "initializer", "output", "value_info"):
        graph.ClearField(field)
    graph.node.extend(nodes)
    graph.initializer.extend([*levels[0].tensors, *_constants(len(exits)), last])
    # Without a value of its own, of which onnxruntime warns whenever such a file is opened.
    graph.input.append(
        helper.make_tensor_value_info(THRESHOLDS, TensorProto.FLOAT, [len(exits) - 1])
    )
    graph.output.extend([
        _stacked_info(ANSWERS, num_classes),
        helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["batch", num_classes]),
    ])


class _Level(NamedTuple):
    """What is computed for one exit beyond those before it.

    Attributes:
        at: the exit, from 0.
        nodes: operators, in their order.
        tensors: what they read that is kept in the file.
    """

    at: int
    nodes: Sequence[onnx.NodeProto]
    tensors: Sequence[TensorProto]


def _segments(graph: onnx.GraphProto, exits: Sequence[str]) -> list[list[onnx.NodeProto]]:
    """The operators that each exit needs and none before it, in their order."""
    made_by = {name: at for at, node in enumerate(graph.node) for name in node.output}
    taken: set[int] = set()
    segments: list[list[onnx.NodeProto]] = []
    for name in exits:
        needed: set[int] = set()
        waiting = [made_by[name]]
        while waiting:
            at = waiting.pop()
            if at not in taken | needed:
                needed.add(at)
                waiting += [made_by[read] for read in graph.node[at].input if read in made_by]
        taken |= needed
        segments.append([graph.node[at] for at in sorted(needed)])
    return segments


def _constants(num_exits: int) -> list[TensorProto]:
    """Places of the exits' thresholds, and the axes that are reduced."""
    places = [numpy_helper.from_array(np.array(k), f"{_PREFIX}/{k}") for k in range(num_exits - 1)]
    return [
        *places, numpy_helper.from_array(np.array([1]), f"{_PREFIX}/classes"),
        numpy_helper.from_array(np.array([0]), f"{_PREFIX}/front"),
    ]


def _nested(
    levels: Sequence[_Level], exits: Sequence[str], num_classes: int
) -> list[onnx.NodeProto]:
    """The operators of the first of these levels, with all others in the branches behind it."""
    level, *later = levels
    k, name = level.at, f"{_PREFIX}/{level.at}"
    own = f"{name}/answer"
    nodes = [*level.nodes, helper.make_node("Unsqueeze", [exits[k], f"{_PREFIX}/front"], [own])]
    passed = [f"{_PREFIX}/{before}/answer" for before in range(k + 1)]
    result = ANSWERS if k == 0 else f"{name}/answers"
    if not later:
        return [*nodes, helper.make_node("Concat", passed, [result], axis=0)]
    leaves = helper.make_graph(
        [helper.make_node("Concat", passed, [f"{name}/left"], axis=0)], f"exit {k + 1}", [],
        [_stacked_info(f"{name}/left", num_classes)],
    )
    goes_on = helper.make_graph(
        _nested(later, exits, num_classes), f"behind exit {k + 1}", [],
        [_stacked_info(f"{_PREFIX}/{k + 1}/answers", num_classes)], list(later[0].tensors),
    )
    return [
        *nodes,
        helper.make_node("Softmax", [exits[k]], [f"{name}/probs"], axis=1),
        helper.make_node(
            "ReduceMax", [f"{name}/probs", f"{_PREFIX}/classes"], [f"{name}/confidence"], keepdims=0
        ),
        helper.make_node("ReduceMin", [f"{name}/confidence"], [f"{name}/least"], keepdims=0),
        helper.make_node("Gather", [THRESHOLDS, name], [f"{name}/threshold"], axis=0),
        helper.make_node(
            "GreaterOrEqual", [f"{name}/least", f"{name}/threshold"], [f"{name}/sure"]
        ),
        helper.make_node(
            "If", [f"{name}/sure"], [result], then_branch=leaves, else_branch=goes_on
        ),
    ]


def _stacked_info(name: str, num_classes: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ["passed", "batch", num_classes]
    )
