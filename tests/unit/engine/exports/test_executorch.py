import copy

import pytest
import torch

from engine.exports.bundle import write_bundle
from engine.exports.executorch import PACKAGE
from engine.exports.plain_file import said_otherwise, write_plain
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import small_shipment

pytest.importorskip(PACKAGE)


def test_that_it_is_proved_like_every_format(shipment, formats, tmp_path):
    form = formats("executorch")
    proof = write_bundle(shipment, form, tmp_path / "b", lambda *_: None)["formats"]["executorch"]
    assert (proof["file"], proof["top1_agreement"], proof["graph"]["beyond_plain"]) == (
        "model.pte", 1.0, 0
    )
    assert proof["bytes"] > 4 * sum(weight.numel() for weight in shipment.blank().parameters())
    assert {path.name for path in (tmp_path / "b").glob("model.*")} == {"model.pte"}
    pixels, _ = shipment.test.take(torch.arange(3))
    x = shipment.normalise(pixels).contiguous()
    [got] = form["executorch"].open(tmp_path / "b" / "model.pte", shipment.blank).predict(x.numpy())
    with torch.inference_mode():
        expected = shipment.system.deployable()(x)
    torch.testing.assert_close(torch.from_numpy(got), expected, rtol=1e-4, atol=1e-4)


def test_that_a_damaged_file_is_refused_in_one_line(formats, shipment, tmp_path):
    (tmp_path / "model.pte").write_text("no program")
    with pytest.raises(ExportError, match=r"^[^\n]*model.pte is damaged[^\n]*$"):
        formats("executorch")["executorch"].open(tmp_path / "model.pte", shipment.blank)


@pytest.fixture(scope="module")
def plain(formats, tmp_path_factory):
    """The format, and a small network in it."""
    ship, folder = small_shipment(), tmp_path_factory.mktemp("plain")
    [form] = formats("executorch").values()
    return form, write_plain(form, ship.content(ship.blank_part()), ship.blank_part, folder)


def with_another_method(data):
    from executorch.exir._serialize import _program  # pyright: ignore

    file = _program.deserialize_pte_binary(data)
    teacher = copy.deepcopy(file.program.execution_plan[0])
    teacher.name = "training_head"
    file.program.execution_plan.append(teacher)
    return bytes(_program.serialize_pte_binary(file))


@pytest.mark.parametrize(("change", "expected"), [
    (lambda data: data, ""),
    (lambda data: data + bytes(4000), "more beside its tensors ("),
    (with_another_method, "otherwise of its 'methods' than is written here"),
])
def test_that_there_is_one_method_and_nothing_behind_it(plain, tmp_path, change, expected):
    form, file = plain
    other = tmp_path / "other.pte"
    other.write_bytes(change(file.path.read_bytes()))
    opened = form.open(other, None)
    found = said_otherwise(form, opened, file.content, file, alike=True)
    assert found.startswith(expected)
    assert bool(found) == bool(expected)
