"""safetensors: the plain backbone's state dict, and a Python file that runs it."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from engine.exports.content import Content
from engine.exports.failure import first_line
from engine.exports.format import Format, Opened, predictor
from engine.exports.graph import Graph, tensor
from engine.exports.loading import with_torch
from engine.exports.words import Words
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.teaching import BUNDLED_WEIGHTS

CODE = "network.py"


@register(
    "export", "safetensors", title="safetensors",
    summary="The weights under the names of the plain backbone, for PyTorch code, and beside them "
    "network.py, which runs them with PyTorch alone.",
    facts={"file": BUNDLED_WEIGHTS, "default": True},
)
class Safetensors(Format):
    """The state dict of what ships; loads strictly into that part of the plain backbone."""

    file_name = BUNDLED_WEIGHTS
    helpers = (CODE,)
    written_with = ("torch", "safetensors")
    runs_with = (
        "PyTorch and safetensors (`network.py` is the network, written out operator by operator; "
        "its `load()` is one call of safetensors)"
    )

    def write(self, content: Content, path: Path) -> None:
        """Write the state dict, and the code beside it; see `Format.write`."""
        from engine.exports.network_code import network_code

        held = content.network.state_dict()
        state = {name: value.contiguous() for name, value in held.items()}
        title = f"{content.part.name[0].upper()}{content.part.name[1:]}, as it was exported."
        path.write_bytes(save(state, content.metadata))
        code = network_code(content, state.keys(), title)
        path.with_name(CODE).write_text(code, encoding="utf-8")

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Load the file strictly into a plain backbone; see `Format.open`."""
        network = blank()
        try:
            network.load_state_dict(load_file(path))
        except (SafetensorError, OSError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise ExportError(f"{path} does not fit the plain backbone: {said}") from None
        return Opened(predictor(network.eval()), partial(_graph, path), partial(_words, path))

    def open_as_used(self, path: Path, blank: Callable[[], nn.Module], own: Path) -> Opened:
        """Open the file, and ask it by the code alone; see `Format.open_as_used`."""
        opened = self.open(path, blank)
        code = own.with_name(CODE).read_text(encoding="utf-8")
        spaces: dict[str, Any] = {"__name__": "network", "__file__": str(path.with_name(CODE))}
        exec(compile(code, CODE, "exec"), spaces)  # this program wrote it
        weights = spaces["load"]()
        return opened._replace(predict=predictor(lambda x: spaces["network"](x, weights)))

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with the Python file beside the weights; see `Format.loading`."""
        load = "from network import load, network"
        return with_torch(load, outputs, "network({x}, load())")


def _words(path: Path) -> Words:
    """The metadata; beside tensors there is the header alone, since the loader refuses any gap."""
    try:
        with safe_open(path, framework="pt") as file:
            told = tuple((file.metadata() or {}).items())
        with path.open("rb") as data:
            return Words(told, int.from_bytes(data.read(8), "little"))
    except (SafetensorError, OSError) as error:
        raise ExportError(f"{path} is damaged ({first_line(error)})") from None


def _graph(path: Path) -> Graph:
    """Tensors of the file, operators of the code beside it."""
    try:
        with safe_open(path, framework="pt") as file:
            held = [file.get_slice(name) for name in sorted(file.keys())]
            tensors = tuple(tensor(h.get_dtype(), h.get_shape()) for h in held)
        code = path.with_name(CODE).read_text(encoding="utf-8")
    except (SafetensorError, OSError, ValueError) as error:
        raise ExportError(f"{path} or {CODE} is damaged ({first_line(error)})") from None
    return Graph(tuple(re.findall(r"(?<== )aten\.[\w.]+", code)), tensors)
