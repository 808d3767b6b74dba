"""What a forger may hide in an ONNX file, and where it is found."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from engine.exports.onnx_file import onnx_graph
from tests.sealing import fault, forge


def in_a_tensor(model, teacher):
    model.graph.initializer.append(teacher)


def in_a_constant(model, teacher):
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["teacher"], value=teacher))


def in_a_row(model, teacher):
    values = numpy_helper.to_array(teacher).ravel().tolist()
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["t"], value_floats=values))


def in_a_row_of_integers(model, teacher):
    values = numpy_helper.to_array(teacher).astype(int).ravel().tolist()
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["t"], value_ints=values))


def in_the_training(model, teacher):
    algorithm = model.training_info.add().algorithm
    algorithm.initializer.append(teacher)
    algorithm.node.append(onnx.helper.make_node("Dropout", ["teacher"], ["dropped"]))


@pytest.mark.long
@pytest.mark.parametrize("hide", [
    in_a_tensor, in_a_constant, in_a_row, in_a_row_of_integers, in_the_training,
])
@pytest.mark.parametrize(("package", "said"), [
    ("python", "holds more than the plain backbone does (1 × "),
    ("onnxscript", "numbers, of which the plain backbone explains "),
])
def test_that_a_teacher_hidden_in_a_file_is_found_whatever_wrote_it(
    served, tmp_path, hide, package, said
):
    bundle = shutil.copytree(served, tmp_path / "bundle")
    model = onnx.load(bundle / "model.onnx")
    hide(model, numpy_helper.from_array(np.ones((300, 300), np.float32), "teacher"))
    onnx.save(model, bundle / "model.onnx")

    def change(certificate):
        graph = onnx_graph(bundle / "model.onnx").summary()
        certificate["formats"]["onnx"]["graph"].update(graph)
        certificate["versions"][package] = "0.0.1"

    forge(bundle, change)
    found = fault(bundle)
    assert found.startswith("model.onnx holds ")
    assert said in found


def in_a_new_entry(model):
    model.metadata_props.add(key="teacher", value="AAECAwQF" * 50_000)


def in_an_entry_that_is_there(model):
    [how] = [entry for entry in model.metadata_props if entry.key == "preprocess"]
    how.value = json.dumps({**json.loads(how.value), "teacher": "AAECAwQF" * 50_000})


def in_an_entry_again(model):
    model.metadata_props.insert(0, onnx.StringStringEntryProto(key="labels", value="AAEC" * 9999))


def in_blanks(model):
    model.metadata_props[0].value += " \t" * 50_000


def in_the_graphs_text(model):
    model.graph.doc_string = "AAECAwQF" * 50_000


def in_an_operators_entry(model):
    model.graph.node[3].metadata_props.add(key="namespace", value="AAECAwQF" * 50_000)


def in_a_tensors_text(model):
    model.graph.initializer[0].doc_string = "AAECAwQF" * 50_000


def in_names(model):
    for node in model.graph.node:
        node.name += "AAECAwQF" * 500


def in_a_function(model):
    told = model.functions.add(name="f", domain="sila", doc_string="AAECAwQF" * 50_000)
    told.opset_import.add(domain="", version=20)
    model.opset_import.add(domain="sila", version=1)


def in_what_nobody_reads(model):
    model.MergeFromString(b"\xfa\xff\x01" + b"\x80\xb5\x18" + b"AAECAwQF" * 50_000)


def other_labels(model):
    [labels] = [entry for entry in model.metadata_props if entry.key == "labels"]
    labels.value = json.dumps([*reversed(json.loads(labels.value))])


def another_opset(model):
    model.opset_import[0].version = 19


@pytest.mark.parametrize("package", ["python", "onnxscript"])
@pytest.mark.parametrize(("hide", "said"), [
    (in_a_new_entry, "otherwise of its 'teacher' than is written here"),
    (in_an_entry_that_is_there, "otherwise of its 'preprocess' than is written here"),
    (in_an_entry_again, "something of itself twice"),
    (in_blanks, "otherwise of its 'labels' than is written here"),
    (in_the_graphs_text, "otherwise of its 'doc_string of GraphProto' than is written here"),
    (in_an_operators_entry, "otherwise of its 'metadata_props of NodeProto' than is written here"),
    (in_a_tensors_text, "otherwise of its 'doc_string of TensorProto' than is written here"),
    (in_a_function, "otherwise of its 'doc_string of FunctionProto' than is written here"),
    (in_names, "more beside its tensors ("),
    (in_what_nobody_reads, "more beside its tensors ("),
    (other_labels, "otherwise of its 'labels' than is written here"),
    (another_opset, "otherwise of its 'version of the operators' than is written here"),
])
def test_that_what_an_onnx_file_says_of_itself_is_what_is_written_here(
    served, tmp_path, hide, said, package
):
    bundle = shutil.copytree(served, tmp_path / "bundle")
    model = onnx.load(bundle / "model.onnx")
    hide(model)
    onnx.save(model, bundle / "model.onnx")
    forge(bundle, lambda certificate: certificate["versions"].update({package: "0.0.1"}))
    assert fault(bundle).startswith(f"model.onnx says {said}")


def test_that_a_certificate_tells_of_the_files_opset(served, tmp_path):
    bundle = shutil.copytree(served, tmp_path / "bundle")
    forge(bundle, lambda c: c["formats"]["onnx"]["options"].update(opset=18))
    assert "model.onnx says otherwise of its 'version of the operators'" in fault(bundle)
