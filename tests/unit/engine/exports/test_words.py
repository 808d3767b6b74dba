import dataclasses
import zipfile

import pytest
from safetensors.torch import load_file, save_file

from engine.exports.format import Opened
from engine.exports.plain_file import PlainFile, said_otherwise, write_plain
from engine.exports.words import Words, other_words
from tests.unit.engine.exports.small import small_shipment

EXPECTED = {"labels": '["a", "b"]', "sila": '{"exit": 1, "multiply_adds": 2}'}
ARCHIVES = ("torch_export", "torchscript")


@pytest.mark.parametrize(("told", "said"), [
    (EXPECTED, ""),
    ({**EXPECTED, "sila": '{"multiply_adds": 2, "exit": 1}'}, ""),
    ({**EXPECTED, "sila": '{"multiply_adds": 3, "exit": 1}'}, "otherwise of its 'sila'"),
    ({**EXPECTED, "labels": '["a","b" ]'}, ""),
    ({**EXPECTED, "labels": '["a", "b"] '}, "otherwise of its 'labels'"),
    ({**EXPECTED, "labels": '["a", "b"}'}, "otherwise of its 'labels'"),
    ({**EXPECTED, "teacher": ""}, "otherwise of its 'teacher'"),
    ({"labels": EXPECTED["labels"]}, "otherwise of its 'sila'"),
], ids=range(8))
def test_that_a_file_says_what_is_written_here_and_nothing_else(told, said):
    found = other_words(Words(tuple(told.items()), 0), EXPECTED, None, alike=True)
    assert found.removesuffix(" than is written here") == said


@pytest.mark.parametrize(("name", "said"), [
    ("onnx", "what the plain backbone's does not ('alias_#_bias#')"), ("onnx_int8", ""),
])
def test_that_integers_may_be_named_by_what_their_quantiser_merged(
    formats, tmp_path, name, said
):
    shipment = small_shipment()
    content, [form] = shipment.content(shipment.blank_part()), formats(name).values()
    told = tuple(form.says(content).items())
    opened = Opened(None, None, lambda: Words(told, 1000, frozenset({"bias1", "alias_2_bias1"})))
    plain = Opened(None, None, lambda: Words(told, 900, frozenset({"bias1", "bias2"})))
    beside = PlainFile(content, tmp_path, plain)
    assert said_otherwise(form, opened, content, beside, alike=True) == said


@pytest.fixture(params=["onnx", "safetensors", *ARCHIVES])
def plain(request, formats, tmp_path):
    """A format, and a small network in it."""
    ship = small_shipment()
    [form] = formats(request.param).values()
    return form, write_plain(form, ship.content(ship.blank_part()), ship.blank_part, tmp_path)


def test_that_labels_in_a_file_are_those_of_the_data(plain):
    form, file = plain
    assert said_otherwise(form, file.opened, file.content, file, alike=True) == ""
    other = dataclasses.replace(file.content, classes="abdc")
    said = "otherwise of its 'labels' than is written here"
    assert said_otherwise(form, file.opened, other, file, alike=True) == said


@pytest.mark.parametrize(("plain", "record", "said"), [
    ("torch_export", "extra/teacher", "otherwise of its 'teacher'"),
    ("torchscript", "extra/teacher", "otherwise of its 'teacher'"),
    ("torchscript", "code/teacher.py", "more beside its tensors ("),
    ("torchscript", "data/weights/weight_99", "more beside its tensors ("),
], indirect=["plain"])
def test_that_an_archive_has_no_records_more(plain, record, said):
    form, file = plain
    with zipfile.ZipFile(file.path, "a") as archive:
        root = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{root}/{record}", " " * 100_000)
    expected = Words((), file.path.stat().st_size // 10)
    opened = form.open(file.path, None)
    found = other_words(opened.words(), form.says(file.content), expected, alike=True)
    assert found.startswith(said)


@pytest.mark.parametrize("plain", ["safetensors"], indirect=True)
def test_that_a_file_of_weights_has_no_entries_more(plain, formats):
    form, file = plain
    other = file.path.with_name("other.safetensors")
    save_file(load_file(file.path), other, {**file.content.metadata, "teacher": "AAEC" * 9999})
    opened = form.open(other, small_shipment().blank_part)
    said = said_otherwise(form, opened, file.content, file, alike=True)
    assert said.startswith("otherwise of its 'teacher'")
