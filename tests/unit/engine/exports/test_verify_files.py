import dataclasses
import py_compile
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from engine.chores.verify import verify_bundle
from engine.exports import verify_files
from engine.registry import lookup
from tests.sealing import read_certificate, reseal, seal


def fault(bundle):
    """What is said of a bundle that is refused."""
    result = verify_bundle(bundle, None, lambda *_: None)
    assert not result["verified"]
    assert "\n" not in result["fault"]
    return result["fault"]


@pytest.mark.parametrize("name", ["torch.py", "notes.txt", ".hidden", "torch/__init__.py"])
def test_that_what_was_put_there_later_is_refused(bundle, name):
    assert verify_bundle(bundle, None, lambda *_: None)["verified"]
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("import os")
    assert fault(bundle).startswith(f"{name.partition('/')[0]} was put there later: remove")


def test_that_what_python_makes_of_the_bundles_own_code_is_no_fault(bundle):
    for name in ("network.py", "read_image.py"):
        py_compile.compile(bundle / name, doraise=True)
    assert len([*(bundle / "__pycache__").iterdir()]) == 2
    result = verify_bundle(bundle, None, lambda *_: None)
    assert (result["fault"], result["complete"]) == ("", True)


@pytest.mark.parametrize("name", ["read_image.cpython-39.pyc", None])
def test_that_compiled_code_that_is_none_of_the_bundles_is_named_and_left_open(
    bundle, tmp_path, name
):
    """It would be run in place of what was checked."""
    (tmp_path / "read_image.py").write_text("print('anything')")
    source = bundle / "read_image.py"
    kept = Path(cache_from_source(source)) if name is None else bundle / "__pycache__" / name
    py_compile.compile(tmp_path / "read_image.py", kept, str(source), doraise=True)
    result = verify_bundle(bundle, None, lambda *_: None)
    assert (result["fault"], result["complete"]) == ("", False)
    assert result["not_checked"][0].startswith(f"__pycache__/{kept.name}: Python may run it in pl")


def test_that_a_file_of_no_format_is_refused_where_a_formats_package_is_missing(
    bundle, monkeypatch
):
    openvino = lookup("export", "openvino")
    missing = openvino.card.model_copy(
        update={"facts": {**openvino.card.facts, "pip": "pip it"}}
    )
    entry = dataclasses.replace(openvino, card=missing)
    known = {"openvino": entry}
    monkeypatch.setattr(
        verify_files, "lookup", lambda kind, name: known.get(name) or lookup(kind, name)
    )
    for name in ("model.xml", "model.bin"):
        (bundle / name).write_bytes(b"of OpenVINO")
    certificate = read_certificate(bundle)
    certificate["formats"]["openvino"] = {**proof(certificate), "file": "model.xml"}
    seal(bundle, certificate)
    result = verify_bundle(bundle, None, lambda *_: None)
    assert (result["fault"], result["not_opened"]) == ("", ["openvino"])
    (bundle / "onnxruntime.py").write_text("import os")
    seal(bundle, read_certificate(bundle))
    assert fault(bundle) == (
        "the certificate lists onnxruntime.py, which belongs to no format known here"
    )


@pytest.mark.parametrize("name", [
    "torch.cpython-312.pyc", "network.py", "network.cpython-312.so", "network/a.pyc",
])
def test_that_other_files_are_none_that_python_keeps_of_the_bundle(bundle, name):
    file = bundle / "__pycache__" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"compiled")
    assert fault(bundle).startswith("__pycache__ was put there later: remove")


def test_that_a_link_is_no_folder_that_python_keeps(bundle, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (bundle / "__pycache__").symlink_to(tmp_path / "elsewhere")
    assert fault(bundle).startswith("__pycache__ was put there later: remove")


def test_that_a_missing_file_is_named(bundle):
    (bundle / "network.py").unlink()
    assert fault(bundle) == "network.py is missing; the certificate has it"


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "certificate.json"])
def test_that_a_link_is_no_file_of_a_bundle(bundle, tmp_path, name):
    (bundle / name).rename(tmp_path / name)
    (bundle / name).symlink_to(tmp_path / name)
    assert fault(bundle) == f"{name} is a link to another place, and no file of the bundle"


def test_that_a_folder_is_no_file_of_a_bundle(bundle):
    (bundle / "README.md").unlink()
    (bundle / "README.md").mkdir()
    assert fault(bundle).startswith("README.md is missing")


def proof(certificate):
    return certificate["formats"]["safetensors"]


NO_NAMES = (
    "../b1/model.onnx", "/etc/passwd", "..\\model.onnx", "C:model.onnx", "..", "", "a\0b",
)


@pytest.mark.parametrize("name", [*NO_NAMES, 7, None])
def test_that_a_path_is_no_name_of_a_formats_file(bundle, name):
    reseal(bundle, lambda certificate: proof(certificate).update(file=name))
    assert fault(bundle).startswith("the certificate says ")


@pytest.mark.parametrize("name", NO_NAMES)
def test_that_a_path_is_no_name_of_a_listed_file(bundle, name):
    reseal(bundle, lambda c: c["files"].update({name: c["files"]["README.md"]}))
    assert fault(bundle).startswith("the certificate says ")


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(files={}), "the certificate lists no README.md, which belongs to"),
    (lambda c: c["files"].pop("network.py"), "the certificate lists no network.py"),
    (lambda c: c["files"].update({"torch.py": c["files"]["network.py"]}),
     "the certificate lists torch.py, which belongs to no format"),
    (lambda c: proof(c).update(file="network.py"), "safetensors is in network.py; it is in model"),
    (lambda c: proof(c).update(options={"opset": 3}), "the certificate's options of safetensors"),
    (lambda c: proof(c).update(sha256="0" * 64), "says two things of model.safetensors"),
    (lambda c: proof(c).update(bytes=1), "says two things of model.safetensors"),
], ids=range(7))
def test_that_a_list_that_is_not_that_of_the_bundle_is_refused(bundle, change, said):
    reseal(bundle, change)
    assert said in fault(bundle)


MISSHAPEN = {
    "files": ([1], {"README.md": 3}, None),
    "formats": (3, {}, {"safetensors": {}}, {"safetensors": None}),
    "part": ("x", None, {"name": "the whole network", "params_left_out": -1}),
    "num_classes": (10**12, 0, -1, "ten", None, 1.5),
    "reference": (None, {}, "x"),
    "input": (
        {"height": 10**9, "width": 8, "channels": 1}, {"height": 8, "width": 8, "channels": 2},
    ),
    "params_deployed": (None, "many", -1), "removed_modules": ([], {"a": "b"}),
    "backbone_options": (None, []), "results": ({"test/top1": "high"}, None),
    "ensemble": ([{}], [{"name": "resnet8", "options": {}}] * 1000),
    "temperature": ({"values": [0.0], "num_images": 3, "test_ece_before": 1.0}, {}),
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in MISSHAPEN.items() for value in values],
    ids=lambda value: str(value)[:20],
)
def test_that_a_certificate_of_another_shape_is_refused_in_a_line_that_names_the_place(
    bundle, key, value
):
    reseal(bundle, lambda certificate: certificate.update({key: value}))
    said = fault(bundle)
    assert said.startswith("the certificate says ")
    assert f" of {key}" in said
    assert len(said) < 300


@pytest.mark.parametrize("key", [
    "run", "backbone", "dataset", "data", "num_classes", "input", "part", "reference", "formats",
    "files", "params_deployed",
])
def test_that_a_certificate_without_what_it_must_say_is_refused(bundle, key):
    reseal(bundle, lambda certificate: certificate.pop(key))
    assert fault(bundle) == f"the certificate says nothing of {key}: field required"


def test_that_numbers_that_are_none_are_refused(bundle):
    reseal(bundle, lambda certificate: certificate["results"].update({"test/top1": float("nan")}))
    assert "NaN" in (bundle / "certificate.json").read_text()
    assert fault(bundle).startswith("the certificate says nan of results.test/top1")
