import pytest
import torch

from engine.exports.bundle import write_bundle
from engine.exports.openvino import PACKAGE
from engine.exports.plain_file import said_otherwise, write_plain
from engine.spec.errors import ExportError
from tests.unit.engine.exports.small import small_shipment

pytest.importorskip(PACKAGE)


def test_that_it_is_proved_like_every_format(shipment, formats, tmp_path):
    form = formats("openvino")
    proof = write_bundle(shipment, form, tmp_path / "b", lambda *_: None)["formats"]["openvino"]
    assert (proof["file"], proof["top1_agreement"], proof["graph"]["beyond_plain"]) == (
        "model.xml", 1.0, 0
    )
    assert proof["bytes"] > 4 * sum(weight.numel() for weight in shipment.blank().parameters())
    assert {path.name for path in (tmp_path / "b").glob("model.*")} == {"model.xml", "model.bin"}
    pixels, _ = shipment.test.take(torch.arange(3))
    x = shipment.normalise(pixels).contiguous()
    [got] = form["openvino"].open(tmp_path / "b" / "model.xml", shipment.blank).predict(x.numpy())
    with torch.inference_mode():
        expected = shipment.system.deployable()(x)
    torch.testing.assert_close(torch.from_numpy(got), expected, rtol=1e-4, atol=1e-4)


def test_that_a_damaged_file_is_refused_in_one_line(formats, shipment, tmp_path):
    (tmp_path / "model.xml").write_text("<net")
    with pytest.raises(ExportError, match=r"^[^\n]*model.xml is damaged[^\n]*$"):
        formats("openvino")["openvino"].open(tmp_path / "model.xml", shipment.blank)


@pytest.fixture
def plain(formats, tmp_path):
    """The format, and a small network in it."""
    ship = small_shipment()
    [form] = formats("openvino").values()
    return form, write_plain(form, ship.content(ship.blank_part()), ship.blank_part, tmp_path)


def said(plain, folder, graph=lambda text: text, weights=lambda data: data):
    """What the changed files say that those of the network do not."""
    form, file = plain
    (folder / "other").mkdir()
    (folder / "other" / "model.xml").write_text(graph(file.path.read_text()))
    (folder / "other" / "model.bin").write_bytes(weights((folder / "model.bin").read_bytes()))
    opened = form.open(folder / "other" / "model.xml", None)
    return said_otherwise(form, opened, file.content, file, alike=True)


def test_that_unchanged_files_say_what_is_written_here(plain, tmp_path):
    assert said(plain, tmp_path) == ""


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("[&quot;a&quot;, &quot;b&quot;", "[&quot;b&quot;, &quot;a&quot;",
     "otherwise of its 'framework/labels' than is written here"),
    ("<sila>", '<sila trained="by hand">', "otherwise of its 'sila trained' than is written here"),
    ("<sila>", "<sila>by hand", "otherwise of its 'sila text' than is written here"),
    ("<rt_info>", '<rt_info><award value="1" />',
     "otherwise of its 'award' than is written here"),
    ('<net name="main_graph"', '<net name="trained by hand"',
     "what the plain backbone's does not ('trained by hand')"),
])
def test_that_files_say_nothing_else(plain, tmp_path, old, new, expected):
    def change(text):
        assert old in text
        return text.replace(old, new)

    assert said(plain, tmp_path, change) == expected


def test_that_bytes_that_are_of_no_constant_are_found(plain, tmp_path):
    found = said(plain, tmp_path, weights=lambda data: data + bytes(4000))
    assert found == "what the plain backbone's does not ('bytes of no constant')"
