"""What a forger may hide in an ONNX file, and where it is found."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from engine.exports.onnx_file import onnx_graph, onnx_words, open_onnx
from tests.sealing import fault, forge


def changed(bundle, folder, change):
    """A copy of a bundle with another ONNX file."""
    copy = shutil.copytree(bundle, folder / "bundle")
    model = onnx.load(copy / "model.onnx")
    change(model)
    (copy / "model.onnx").write_bytes(model.SerializeToString())
    return copy


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


def in_the_producer(model):
    model.producer_name = "Trained by hand, 100 % accurate"


def in_the_graphs_name(model):
    model.graph.name = "AAECAwQF" * 400


def in_the_models_domain(model):
    model.domain = "org.example"


def in_a_meaning(model):
    model.graph.input[0].type.denotation = "IMAGE"


def in_an_axis(model):
    model.graph.input[0].type.tensor_type.shape.dim[1].denotation = "DATA_CHANNEL"


def in_an_annotation(model):
    told = model.graph.quantization_annotation.add(tensor_name="image")
    told.quant_parameter_tensor_names.add(key="teacher", value="AAECAwQF" * 100)


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
    (in_the_producer, "otherwise of its 'producer' than is written here"),
    (in_the_graphs_name, "otherwise of its 'graph' than is written here"),
    (in_the_models_domain, "otherwise of its 'domain' than is written here"),
    (in_a_meaning, "otherwise of its 'denotation of TypeProto' than is written here"),
    (in_an_axis, "otherwise of its 'denotation of Dimension' than is written here"),
    (in_an_annotation, "otherwise of its 'quantization_annotation of GraphProto' than is written "),
    (in_what_nobody_reads, "more beside its tensors ("),
    (other_labels, "otherwise of its 'labels' than is written here"),
    (another_opset, "otherwise of its 'version of the operators' than is written here"),
])
def test_that_what_an_onnx_file_says_of_itself_is_what_is_written_here(
    served, tmp_path, hide, said, package
):
    bundle = changed(served, tmp_path, hide)
    forge(bundle, lambda certificate: certificate["versions"].update({package: "0.0.1"}))
    assert fault(bundle).startswith(f"model.onnx says {said}")


def test_that_a_certificate_tells_of_the_files_opset(served, tmp_path):
    bundle = shutil.copytree(served, tmp_path / "bundle")
    forge(bundle, lambda c: c["formats"]["onnx"]["options"].update(opset=18))
    assert "model.onnx says otherwise of its 'version of the operators'" in fault(bundle)


def in_an_operators_name(model):
    model.graph.node[0].name = "labels: cat, dog"


def in_the_version_of_the_producer(model):
    model.producer_version = "the best"


def in_a_set_of_operators(model):
    model.opset_import.add(domain="org.example.teacher", version=1)


def in_the_name_of_an_axis(model):
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "one image alone"


@pytest.mark.parametrize(("hide", "said"), [
    (in_an_operators_name, "('labels: cat, dog')"),
    (in_the_version_of_the_producer, "('the best')"),
    (in_a_set_of_operators, "('org.example.teacher')"),
    (in_the_name_of_an_axis, "('one image alone')"),
    (in_names, "('node_"),
])
def test_that_no_text_is_in_a_file_of_the_same_packages_that_is_not_written_here(
    served, tmp_path, hide, said
):
    bundle = changed(served, tmp_path, hide)
    forge(bundle, lambda certificate: None)
    assert fault(bundle).startswith(f"model.onnx says what the plain backbone's does not {said}")


@pytest.mark.parametrize("package", ["python", "onnxscript"])
def test_that_an_operator_with_a_body_of_its_own_is_refused(served, tmp_path, package):
    """Such a body may have branches and be called again and again: what is computed is hidden."""

    def hide(model):
        body = [onnx.helper.make_node("Relu", ["x"], ["y"])]
        sets = [onnx.helper.make_opsetid("", model.opset_import[0].version)]
        model.functions.append(
            onnx.helper.make_function("teacher", "Relu", ["x"], ["y"], body, sets)
        )
        model.opset_import.append(onnx.helper.make_opsetid("teacher", 1))
        for node in model.graph.node:
            if node.op_type == "Relu":
                node.domain = "teacher"

    bundle = changed(served, tmp_path, hide)
    assert "image" in {each.name for each in open_onnx(bundle / "model.onnx").get_inputs()}
    forge(bundle, lambda certificate: certificate["versions"].update({package: "0.0.1"}))
    assert fault(bundle) == "model.onnx has operators that are not ONNX's own (teacher.Relu)"


def test_that_a_function_that_nothing_calls_is_refused(served, tmp_path):
    def hide(model):
        told = model.functions.add(name="f", domain="teacher")
        told.opset_import.add(domain="", version=20)
        model.opset_import.add(domain="teacher", version=1)

    bundle = changed(served, tmp_path, hide)
    forge(bundle, lambda certificate: None)
    said = "model.onnx has operators that are not ONNX's own (the function teacher.f)"
    assert fault(bundle) == said


def test_that_numbers_of_a_tensor_beyond_its_shape_are_no_tensor(served, tmp_path):
    path, model = tmp_path / "model.onnx", onnx.load(served / "model.onnx")
    before = onnx_words(served / "model.onnx").bytes_beside
    model.graph.initializer[0].int32_data.extend([1] * 4000)
    onnx.save(model, path)
    assert onnx_words(path).bytes_beside >= before + 4000


def test_that_a_field_that_is_there_again_counts(served, tmp_path):
    written = (served / "model.onnx").read_bytes()
    again = onnx.ModelProto(producer_name="teacher" * 9).SerializeToString()
    (tmp_path / "model.onnx").write_bytes(again + written)
    before, after = (onnx_words(folder / "model.onnx") for folder in (served, tmp_path))
    assert after.told == before.told
    assert after.bytes_beside == before.bytes_beside + len(again)


def test_that_numbers_in_another_file_are_told(served, tmp_path):
    path, model = tmp_path / "model.onnx", onnx.load(served / "model.onnx")
    held = model.graph.initializer[0]
    held.external_data.add(key="location", value="teacher.bin")
    held.data_location = onnx.TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    assert "external_data of TensorProto" in dict(onnx_words(path).told)
