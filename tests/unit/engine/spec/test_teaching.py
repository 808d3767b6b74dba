import json

import pytest

from engine.exports import part
from engine.exports.safetensors import Safetensors
from engine.spec import teaching
from engine.spec.errors import OptionError
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec


def spec(teacher, method="kd", **more):
    return parse(RunSpec, {"method": {"name": method, "options": {"teacher": teacher}}, **more}, "")


@pytest.fixture
def bundle(tmp_path):
    """A function: write what is looked at of a bundle; returns its folder."""

    def write(**certificate):
        whole = {"backbone": "resnet8", "dataset": "digits", "part": {"name": part.WHOLE}}
        (tmp_path / "certificate.json").write_text(json.dumps({**whole, **certificate}))
        (tmp_path / Safetensors.file_name).touch()
        return tmp_path

    return write


def refusal(catalog, *args, **more):
    asked = spec(*args, **more)
    with pytest.raises(OptionError) as caught:
        catalog.resolve(asked)
    error = caught.value
    assert (error.part, error.chosen, error.option) == ("method", asked.method, "teacher")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("teacher", [
    "foo", "run:x", "run: 12", "RUN:3", "run:1/foo", "run:", "run:-1", "run:1 ", "resnet20",
    "bundles/one", "~nobody-here/bundle",
])
def test_that_what_names_no_teacher_is_refused_with_what_may_be_named(catalog, teacher):
    assert refusal(catalog, teacher) == f"teacher '{teacher}' is not known: name {teaching.SOURCES}"


@pytest.mark.parametrize("teacher", ["", " "])
def test_that_no_teacher_at_all_is_refused(catalog, teacher):
    assert refusal(catalog, teacher) == (
        "Knowledge distillation: name a teacher, such as run:12, a completed run"
    )


@pytest.mark.parametrize("teacher", ["run:1", "run:12/best", "run:12/last"])
def test_that_a_run_is_left_to_the_store(catalog, teacher):
    assert catalog.resolve(spec(teacher)).method.options == {"teacher": teacher}


@pytest.mark.parametrize(("teacher", "number"), [
    ("run:12", 12), ("run:7/best", 7), ("run:x", None), ("tv_resnet18", None), ("", None),
])
def test_that_the_run_that_teaches_is_known_by_its_number(teacher, number):
    assert teaching.teaching_run(spec(teacher)) == number
    assert teaching.teaching_run(parse(RunSpec, {}, "")) is None


def test_that_a_folder_that_is_no_bundle_is_refused(catalog, bundle, tmp_path):
    missing = tmp_path / ("n" * 300)
    for folder in (tmp_path, missing):
        assert refusal(catalog, str(folder)).startswith(f"teacher '{folder}' is no bundle: name")
    (bundle() / Safetensors.file_name).unlink()
    assert "is no bundle" in refusal(catalog, str(tmp_path))
    bundle(part="all")
    assert "is no bundle" in refusal(catalog, str(tmp_path))
    assert (part.WHOLE, Safetensors.file_name) == (teaching.WHOLE, teaching.BUNDLED_WEIGHTS)


@pytest.mark.parametrize(("certificate", "method", "said"), [
    ({"part": {"name": "exit 2 of 4"}}, "kd", "holds exit 2 of 4 of a network: export the whole"),
    ({"dataset": "cifar10"}, "kd", "learned cifar10, but this run is about digits: name a run on"),
    ({"backbone": "resnet20"}, "tf_kd_self", "needs a run of the same backbone, kd takes any"),
])
def test_that_a_bundle_that_cannot_teach_the_run_is_refused(
    catalog, bundle, certificate, method, said
):
    folder = str(bundle(**certificate))
    assert said in refusal(catalog, folder, method)
    assert catalog.resolve(spec(str(bundle()), method))


def test_that_a_library_teaches_only_the_classes_of_its_weights(catalog):
    assert refusal(catalog, "tv_resnet18") == (
        "teacher 'tv_resnet18': its weights are for another number of classes than 10; "
        "fine-tune it in a run of its own, and name that run"
    )
    photos = {"dataset": {"name": "image_folder", "root": "/photos"}}
    assert catalog.resolve(spec("tv_resnet18", **photos)), "its classes are not known yet"
    assert "the same backbone" in refusal(catalog, "tv_resnet18", "tf_kd_self", **photos)
    assert teaching.LIBRARY_LIMIT in (
        catalog.card("method", "kd").options["properties"]["teacher"]["description"]
    )
