import io
import json
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.exports.harmless import FILE_OPERATORS
from engine.exports.plain_file import write_plain
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import small_shipment

MODEL, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"


@pytest.fixture(scope="module")
def plain(formats, tmp_path_factory):
    """A small network in this format."""
    ship, folder = small_shipment(), tmp_path_factory.mktemp("plain")
    [form] = formats("torch_export").values()
    return write_plain(form, ship.content(ship.blank_part()), ship.blank_part, folder)


@pytest.fixture
def opened(plain, formats, tmp_path):
    """A function: the file with some records changed, by their names, opened."""

    def open_changed(changes):
        path, changes = tmp_path / "other.pt2", dict(changes)
        with zipfile.ZipFile(plain.path) as read, zipfile.ZipFile(path, "w") as written:
            for info in read.infolist():
                change = changes.pop(info.filename.removeprefix("archive/"), lambda data: data)
                written.writestr(info.filename, change(read.read(info)))
            for name, make in changes.items():
                written.writestr(f"archive/{name}", make(b""))
        return formats("torch_export")["torch_export"].open(path, None)

    return open_changed


def in_json(change):
    """A change of what a record has as JSON."""

    def apply(data):
        told = json.loads(data)
        change(told)
        return json.dumps(told).encode()

    return apply


def graph(change):
    return {MODEL: in_json(lambda told: change(told["graph_module"]["graph"]))}


def first_weight(change):
    return {WEIGHTS: in_json(lambda told: change(next(iter(told["config"].values()))))}


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def pickled(marker):
    data = io.BytesIO()
    torch.save((Evil(marker),), data)
    return data.getvalue()


def test_that_it_is_written_without_what_it_was_traced_on(plain):
    assert torch.export.load(plain.path).example_inputs is None


def test_that_a_file_that_was_packed_anew_is_read(plain, opened):
    found = opened({}).graph()
    assert found.surplus(plain.opened.graph()) == plain.opened.graph().surplus(found) == ""


def in_a_size(marker):
    def change(told):
        size = told["tensor_values"]["x_bchw"]["sizes"][0]["as_expr"]
        size["expr_str"] = f"[open('{marker}', 'w'), {size['expr_str']}][1]"

    return graph(change)


def in_a_name(marker):
    """PyTorch writes the name of the input into the code of `forward`."""
    name = json.dumps(f"x = open('{marker}', 'w')").encode()
    return {MODEL: lambda data: data.replace(b'"x_bchw"', name)}


def in_the_sample_inputs(marker):
    return {"data/sample_inputs/model.pt": lambda _: pickled(marker)}


def in_a_weight(marker):
    return {
        **first_weight(lambda entry: entry.update(use_pickle=True)),
        "data/weights/weight_0": lambda _: pickled(marker),
    }


@pytest.mark.parametrize(("forge", "said"), [
    (in_a_size, "expr_str "), (in_a_name, "name "), (in_a_weight, "weights in a pickle"),
    (in_the_sample_inputs, "sample inputs"),
])
def test_that_no_code_of_a_file_is_run(opened, tmp_path, forge, said):
    marker = tmp_path / "marker"
    with pytest.raises(ExportError, match=r"^[^\n]*other.pt2 could run code where it is ") as told:
        opened(forge(marker)).predict(torch.zeros(2, 3, 8, 8).numpy())
    assert f"opened ({said}" in str(told.value)
    assert not marker.exists()


def target(name):
    return graph(lambda told: told["nodes"][0].update(target=name))


def tree(spec):
    def change(told):
        told["graph_module"]["module_call_graph"][0]["signature"]["in_spec"] = json.dumps([1, spec])

    return {MODEL: in_json(change)}


def expression(text):
    def change(told):
        told["tensor_values"]["x_bchw"]["sizes"][0]["as_expr"]["expr_str"] = text

    return graph(change)


DEFAULTS = {
    "type": "collections.defaultdict", "children_spec": [],
    "context": '{"default_factory_module": "antigravity", "default_factory_name": "geohash", '
    '"dict_context": []}',
}
ENUM = {"type": "builtins.tuple", "children_spec": [],
        "context": '{"__enum__": true, "fqn": "antigravity:geohash", "name": ""}'}


@pytest.mark.parametrize(("changes", "said"), [
    (target("torch.os.system"), "target 'torch.os.system'"),
    (target("torch.ops.load_library"), "target 'torch.ops.load_library'"),
    (target("torch.ops.aten.save.default"), "target 'torch.ops.aten.save.default'"),
    (target("torch.ops.aten.from_file.out"), "target 'torch.ops.aten.from_file.out'"),
    (target("_operator.methodcaller"), "target '_operator.methodcaller'"),
    (target("#evil:op"), "target '#evil:op'"),
    (tree(DEFAULTS), "in_spec "), (tree(ENUM), "in_spec "),
    (expression("Symbol('s72').func"), "expr_str "),
    (expression("Max(Symbol('s72'), print())"), "expr_str "),
    (expression("Symbol('__import__')"), "expr_str "),
    (expression("Mul(2.5, Symbol('s72'))"), "expr_str "),
    (graph(lambda g: g["nodes"][0]["inputs"].append(
        {"name": "f", "arg": {"as_operator": "torch.os.system"}, "kind": 1}
    )), "as_operator"),
    (graph(lambda g: g["nodes"][0]["metadata"].update(custom="{}")), "custom"),
    ({MODEL: in_json(lambda told: told["guards_code"].append("print()"))}, "guards"),
    (graph(lambda g: g["nodes"][0].update(name="x; print()")), "name 'x; print()'"),
    (first_weight(lambda entry: entry.update(path_name="weight_9")), "weights that are in no list"),
    ({"data/weights/weight_99": lambda _: bytes(4)}, "weights that are in no list"),
    ({"data/constants/tensor_0": lambda _: bytes(4)}, "constants that are in no list"),
    ({WEIGHTS: in_json(lambda told: told["config"].update({"a'b": told["config"]["norm.bias"]}))},
     'weights called "a\'b"'),
])
def test_that_what_the_loader_would_evaluate_is_refused(opened, changes, said):
    with pytest.raises(ExportError) as told:
        opened(changes)
    assert f"other.pt2 could run code where it is opened ({said}" in str(told.value)


@pytest.mark.parametrize("name", [
    "data/aotinductor/model/model.so", "data/constants/custom_obj_0", "data/weights/model.pt",
    "data/weights/auxiliary.encoder.layers", "models/other.json", "MODELS/model.json", "version",
])
def test_that_records_that_are_not_written_here_are_refused(opened, name):
    with pytest.raises(ExportError, match=rf"records that are not written here \({name}\)$"):
        opened({name: lambda _: b"0"})


def test_that_a_record_that_is_there_twice_is_refused(plain, formats, tmp_path):
    path = tmp_path / "other.pt2"
    path.write_bytes(plain.path.read_bytes())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("archive/models/model.json", "{}")
    with pytest.raises(ExportError, match=r"not written here \(models/model.json\)$"):
        formats("torch_export")["torch_export"].open(path, None)


def test_that_bytes_behind_a_weight_are_counted(plain, opened):
    found = opened({"data/weights/weight_0": lambda data: data + bytes(4000)}).graph()
    assert found.surplus(plain.opened.graph()) == "1 × uint8 4000"


@pytest.mark.parametrize("change", [{MODEL: lambda _: b"{"}, {MODEL: lambda _: b"[" * 100_000}])
def test_that_a_damaged_graph_is_refused_in_one_line(opened, change):
    with pytest.raises(ExportError, match=r"^[^\n]*other.pt2 is damaged or no .pt2 file \([^\n]*$"):
        opened(change)


def test_that_no_other_operator_takes_the_name_of_a_file():
    takes = {
        schema.name for schema in torch._C._jit_get_all_schemas()
        if schema.name.startswith("aten::")
        and any("file" in argument.name for argument in schema.arguments)
    }
    assert takes == {f"aten::{name}" for name in FILE_OPERATORS}


@pytest.mark.filterwarnings("ignore:No complete tensor found")
def test_that_numbers_between_those_of_a_tensor_are_counted(plain, formats, tmp_path):
    program = torch.export.load(plain.path)
    name, bias = next(each for each in program.state_dict.items() if each[1].ndim == 1)
    step = 100
    apart = torch.zeros(step * (len(bias) - 1) + 1).as_strided(bias.shape, (step,))
    program.state_dict[name] = nn.Parameter(apart.copy_(bias.detach()))
    torch.export.save(program, tmp_path / "other.pt2")
    found = formats("torch_export")["torch_export"].open(tmp_path / "other.pt2", None).graph()
    hidden = 4 * (step - 1) * (len(bias) - 1)
    assert found.surplus(plain.opened.graph()) == f"1 × uint8 {hidden}"
