import pytest
import torch

from engine.exports.plain_file import write_plain
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import small_shipment


@pytest.fixture
def plain(formats, tmp_path):
    """A small network in this format."""
    ship = small_shipment()
    [form] = formats("torch_export").values()
    return write_plain(form, ship.content(ship.blank_part()), ship.blank_part, tmp_path)


def opened(plain, formats, program):
    """A program, written and opened again."""
    path = plain.path.with_name("other.pt2")
    torch.export.save(program, path)
    return formats("torch_export")["torch_export"].open(path, None)


def test_that_it_is_written_without_what_it_was_traced_on(plain):
    assert torch.export.load(plain.path).example_inputs is None


@pytest.mark.parametrize(("inputs", "said"), [
    (((torch.ones(2, 3, 8, 8),), {}), "1 × float32 2×3×8×8"),
    ((("teacher" * 9,), {}), "1 × str 65"),
], ids=["tensor", "text"])
def test_that_example_inputs_are_counted(plain, formats, inputs, said):
    program = torch.export.load(plain.path)
    assert opened(plain, formats, program).graph().surplus(plain.opened.graph()) == ""
    program._example_inputs = inputs
    assert opened(plain, formats, program).graph().surplus(plain.opened.graph()) == said


def test_that_inputs_of_another_network_are_refused_in_one_line(plain, formats):
    program = torch.export.load(plain.path)
    program._example_inputs = ((torch.ones(1), torch.ones(1)), {})
    with pytest.raises(ExportError, match=r"^[^\n]*other.pt2 is damaged or no .pt2 file \([^\n]*$"):
        opened(plain, formats, program)
