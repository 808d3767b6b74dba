"""What in PyTorch's archives its loaders would run as code: it is read first, and refused.

`torch.export.load` evaluates sizes as Python, unpickles, looks operators up by any dotted name,
imports what the tree of the inputs names, and writes the names of values into code.
`torch.jit.load` runs no Python, but what the code in the archive does when it is loaded.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.spec.errors import ExportError

FILE_OPERATORS = ("save", "from_file")
"""The operators of PyTorch that write or read files."""

_RECORDS = re.compile(
    r"archive_format|archive_version|byteorder|\.data/(version|serialization_id)|extra/\w+|"
    r"models/model\.json|data/sample_inputs/model\.pt|"
    r"data/weights/(weight_\d+|model_weights_config\.json)|"
    r"data/constants/(tensor_\d+|model_constants_config\.json)", re.ASCII,
)
_KEPT = ("weights", "constants")
_NAME = r"([A-Za-z_]\w*)?"
_DOTTED = r"[\w.]*"
_STRINGS = {
    "target": rf"torch\.ops\.aten\.(?!({'|'.join(FILE_OPERATORS)})\.)\w+\.\w+"
    r"|_operator\.(add|sub|mul|floordiv|mod|neg|eq|ne|lt|le|gt|ge|getitem)"
    r"|torch\.sym_(int|float|max|min|not)",
    "parameter_name": _DOTTED, "buffer_name": _DOTTED, "tensor_constant_name": _DOTTED,
    "fqn": _DOTTED, "torch_version": r"[\w.+]+", "as_string": r"[\w ,.>-]*",
}
"""Texts of the graph that are no plain names."""
_TREES = ("in_spec", "out_spec")
_COMMENTS = ("nn_module_stack", "torch_fn")
"""What nodes have of the code they came from; nothing reads it."""
_REFUSED = ("guards_code", "as_graph", "as_operator", "as_custom_obj")
_TYPES = (None, "builtins.tuple", "builtins.list", "builtins.dict")
_SIZES = re.compile(r"[\w(),=' -]*", re.ASCII)
_SIZE_FUNCTIONS = (
    "Symbol", "Integer", "Add", "Mul", "Mod", "PythonMod", "FloorDiv", "CleanDiv", "Max", "Min",
)
_CODE = re.compile(r"code/.*(?<!\.debug_pkl)", re.IGNORECASE | re.DOTALL)  # as names are found
_REFUSED_CODE = re.compile(
    # By what is not plain, something else can be written otherwise than it is called.
    r"[^\n -~]|[\\#]|\b([gs]et|has)attr\b|"
    rf"\.\s*classes\b|\b(def\s+__\w+|ops\b(?!\.(aten|prim)\.)|({'|'.join(FILE_OPERATORS)})\b)"
)


def check_program(path: Path) -> None:
    """Check that PyTorch opens a .pt2 file without running code from it.

    Raises:
        ExportError: it would.
    """
    archive = torch._C.PyTorchFileReader(str(path))  # noqa: SLF001  # as `torch.export.load` reads
    names: list[str] = archive.get_all_records()
    odd = [name for name in names if not _RECORDS.fullmatch(name) or names.count(name) > 1]
    if odd:
        raise ExportError(f"{path.name} has records that are not written here ({odd[0]})")
    fault = next(_program_faults(archive, names), "")
    if fault:
        raise ExportError(f"{path.name} could run code where it is opened ({fault})")


def check_script(path: Path) -> None:
    """Check that a TorchScript file runs nothing when it is loaded, and touches no files.

    Raises:
        ExportError: it does.
    """
    archive = torch._C.PyTorchFileReader(str(path))  # noqa: SLF001  # as `torch.jit.load` reads
    for name in archive.get_all_records():
        if not _CODE.fullmatch(name):
            continue
        if found := _REFUSED_CODE.search(archive.get_record(name).decode()):
            said = found[0].encode("unicode_escape").decode()
            raise ExportError(f"{path.name} has code that is not written here ({said})")


def _program_faults(archive: Any, names: Sequence[str]) -> Iterator[str]:
    """What would be run, or is kept without being used, of records of these names."""
    if archive.get_record_size("data/sample_inputs/model.pt"):
        yield "sample inputs"
    for kind in _KEPT:
        config = json.loads(archive.get_record(f"data/{kind}/model_{kind}_config.json"))
        entries: Mapping[str, Any] = config["config"]
        if any(entry["use_pickle"] for entry in entries.values()):
            yield f"{kind} in a pickle"
        if odd := [name for name in entries if not re.fullmatch(_DOTTED, name, re.ASCII)]:
            yield f"{kind} called {odd[0]!r}"
        told = {f"data/{kind}/{entry['path_name']}" for entry in entries.values()}
        kept = {name for name in names if re.match(rf"data/{kind}/\w+_\d+$", name)}
        if told != kept:
            yield f"{kind} that are in no list: {sorted(told ^ kept)[0]}"
        for entry in entries.values():
            yield from _faults(entry, kind)
    yield from _faults(json.loads(archive.get_record("models/model.json")), "")


def _faults(value: object, key: str) -> Iterator[str]:
    """What in a part of the graph, found under a key, is evaluated and is no plain name or size."""
    if isinstance(value, dict):
        for inner, each in value.items():
            if (inner in _REFUSED and each != []) or (
                key == "metadata" and inner not in _COMMENTS
            ):
                yield inner
            elif not re.fullmatch(_NAME, inner, re.ASCII):
                yield f"a value called {inner!r}"
            elif key != "metadata":
                yield from _faults(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from _faults(each, key)
    elif isinstance(value, str) and not _is_plain(value, key):
        yield f"{key} {value[:80]!r}"


def _is_plain(text: str, key: str) -> bool:
    if key == "expr_str":
        return bool(_SIZES.fullmatch(text)) and _is_size(ast.parse(text, mode="eval").body)
    if key in _TREES:
        return _is_tree(json.loads(text)[1])
    return bool(re.fullmatch(_STRINGS.get(key, _NAME), text, re.ASCII))


def _is_size(part: ast.expr) -> bool:
    """Whether it is a size in the form in which PyTorch writes them: calls of known functions."""
    if isinstance(part, ast.UnaryOp):
        return isinstance(part.op, ast.USub) and _is_size(part.operand)
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
        inside = (*part.args, *(each.value for each in part.keywords))
        return part.func.id in _SIZE_FUNCTIONS and all(map(_is_size, inside))
    if not isinstance(part, ast.Constant):
        return False
    if isinstance(part.value, str):
        return bool(re.fullmatch(r"[a-z]+\d+", part.value))
    return isinstance(part.value, int)


def _is_tree(spec: Mapping[str, Any]) -> bool:
    """Whether inputs or outputs are of Python's own containers."""
    return (
        spec["type"] in _TYPES and spec["context"] in (None, "null", "[]")
        and all(map(_is_tree, spec["children_spec"]))
    )
