import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import torch
from torch import nn

from engine.exports.bundle import write_bundle
from engine.exports.content import traced
from engine.exports.failure import exporting, failing_module, first_line, reason
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import Bessel, Once, Small, small_shipment

NOT_IN_ONNX = (
    "the network cannot be written as ONNX: No ONNX function found for prims.bessel_j0, in module "
    "head.1 (Bessel)"
)
ROOT = Path(__file__).parents[4]


def export(ship, forms, folder):
    return write_bundle(ship, forms, folder, lambda *_: None)


@pytest.mark.long
def test_that_an_operator_that_onnx_has_not_is_named_with_its_module_and_the_rest_is_kept(
    formats, tmp_path
):
    asked = formats("onnx", "safetensors", "onnx_int8", "torchscript")
    told = export(small_shipment(Bessel()), asked, tmp_path / "b")
    assert told["formats"].keys() == {"safetensors", "torchscript"}
    assert told["not_written"] == {"onnx": NOT_IN_ONNX, "onnx_int8": NOT_IN_ONNX}
    assert not list((tmp_path / "b").glob("*.onnx"))
    card = (tmp_path / "b" / "README.md").read_text()
    assert f"Not written: onnx ({NOT_IN_ONNX})." in card
    assert "import onnxruntime" not in card


def test_that_a_batch_of_one_size_alone_is_named_by_torchscript_with_its_module(
    formats, tmp_path
):
    said = r"^the network cannot be written as TorchScript: RuntimeError: [^\n]*, in module "
    with pytest.raises(ExportError, match=said + r"head\.1 \(Once\)$"):
        export(small_shipment(Once()), formats("torchscript"), tmp_path / "b")


class Deciding(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_that_a_network_that_cannot_be_traced_is_refused_once_and_named(formats, tmp_path):
    asked = formats("safetensors", "torch_export")
    with pytest.raises(ExportError) as caught:
        export(small_shipment(Deciding()), asked, tmp_path / "b")
    said = str(caught.value)
    assert said.startswith("the network cannot be traced: Could not guard on data-dependent")
    assert said.endswith(", in module head.1 (Deciding)")
    assert said.count("cannot be traced") == 1
    assert list(tmp_path.iterdir()) == []


def test_that_a_module_is_found_inside_of_others_by_trying_them():
    nested = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 4), Deciding()))
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nested).eval()
    place, module = failing_module(network, torch.zeros(2, 3, 8, 8), traced)
    assert (place, type(module)) == ("2.1.1", Deciding)
    assert not any(each._forward_hooks for each in network.modules())


def test_that_a_network_whose_modules_can_all_be_exported_is_named_itself():
    assert failing_module(Small().eval(), torch.zeros(2, 3, 8, 8), traced)[0] == ""


@pytest.mark.parametrize(("text", "said"), [
    ("Failed to \x1b[96mconvert\x1b[0m it. Next steps:\n- none", "Failed to convert it"),
    ("a line that\ngoes on.\n\nand more", "a line that goes on"),
    ("Trace:\nx.py(3): forward\nRuntimeError: it is 4", "RuntimeError: it is 4"),
    ("", "ValueError"),
    ("Operator x is not in Core ATen opset (https://y.org/ir.html#ir).\" There are a few things to "
     "try: 1. none", "Operator x is not in Core ATen opset (https://y.org/ir.html#ir)"),
    ('it said "no." Next', 'it said "no"'),
    ("it failed (as ever.) Try again.", "it failed (as ever)"),
    ("version 2.1 is too old", "version 2.1 is too old"),
])
def test_that_an_error_is_one_whole_sentence_without_colours(text, said):
    assert first_line(ValueError(text)) == said


def test_that_a_package_that_an_exporter_lacks_is_blamed_on_no_module():
    with (
        pytest.raises(ExportError, match=r"lacks a package \(No module named 'nosuch'\)$"),
        exporting("written", Small(), torch.zeros(1, 1, 8, 8), traced),
    ):
        import nosuch  # noqa: F401  # pyright: ignore[reportMissingImports]


def test_that_the_reason_is_what_an_error_goes_back_to():
    error = ValueError("step 3 of 3")
    error.__cause__ = KeyError("at the root")
    assert reason(error) == "'at the root'"


def test_that_the_batch_is_called_batch(formats, tmp_path):
    export(small_shipment(), formats("onnx"), tmp_path / "b")
    graph = onnx.load(tmp_path / "b" / "model.onnx").graph
    named = {
        dim.dim_param for value in (*graph.input, *graph.output, *graph.value_info)
        for dim in value.type.tensor_type.shape.dim
    } - {""}
    assert named == {"batch"}


FULL_DISK = """
import resource, sys
from pathlib import Path
from engine.exports import latency
from engine.exports.bundle import write_bundle
from engine.registry import lookup
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import small_shipment
latency.TIMED_S = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for name in sys.argv[2:]:
    entry = lookup("export", name)
    forms = {name: entry.make(entry.parse_options({}))}
    try:
        write_bundle(small_shipment(width=2000), forms, Path(sys.argv[1]) / "b", lambda *_: None)
    except ExportError as error:
        print(name, error)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_that_a_disk_without_room_is_said_to_be_that_by_every_format(tmp_path):
    names = "onnx", "onnx_int8", "safetensors", "torch_export", "torchscript"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), *names],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{name} cannot write the bundle {tmp_path / 'b'}: File too large; nothing of it was left"
        for name in names
    ]
    assert list(tmp_path.iterdir()) == []
