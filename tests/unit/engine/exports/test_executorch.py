import pytest
import torch

from engine.exports.bundle import write_bundle
from engine.exports.executorch import PACKAGE
from engine.spec.errors import ExportError

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
