import copy
import json
import re
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from engine.analysis.dynamic import budgeted
from engine.analysis.intervals import wilson
from engine.backbones.early_exit import EarlyExit
from engine.backbones.flops import exit_multiply_adds
from engine.exports.bundle import write_bundle
from engine.exports.consistent import check_numbers
from engine.exports.leave_early import NEVER
from engine.exports.loading import PHOTO
from engine.exports.model_card import model_card
from engine.exports.part import all_exits, one_exit
from engine.exports.proof import held_out
from engine.exports.serve import Bundle
from engine.methods.method import Setting
from engine.registry import lookup
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.training.evaluate import exit_answers
from tests.unit.engine.exports.small import with_exits

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def network(shipment):
    """A small network of three exits after a few steps."""
    torch.manual_seed(0)
    network = with_exits()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for x, y in list(shipment.training.batches(64))[:20]:
        optimizer.zero_grad()
        logits = network.features(shipment.normalise(x)).logits
        sum(torch.nn.functional.cross_entropy(each, y) for each in logits).backward()
        optimizer.step()
    return network.eval()


@pytest.fixture(scope="module")
def dynamic(shipment, network):
    """It, as the export task hands it over, with thresholds for every budget."""
    system = lookup("method", "plain").make(
        Setting(10, lambda _: network, lambda _: nullcontext()),
        lookup("method", "plain").parse_options({}),
    )
    answers = exit_answers(network, shipment.test, shipment.normalise)
    curve = budgeted(answers, answers, exit_multiply_adds(network, 8)).to_json()
    return replace(
        shipment, spec=RunSpec(method=MethodSpec(name="plain")), system=system.eval(),
        blank=with_exits, backbone=BackboneSpec(name="msdnet_anytime_4"), results={},
        part=all_exits(network, 8, curve),
    )


@pytest.fixture(scope="module")
def written(dynamic, formats, tmp_path_factory):
    """Its bundle with a file that leaves early, and the certificate."""
    folder = tmp_path_factory.mktemp("early") / "bundle"
    form = formats("onnx_early_exit")
    return folder, write_bundle(dynamic, form, folder, lambda *_: None, images=100)


@pytest.fixture(scope="module")
def session(written):
    return onnxruntime.InferenceSession(written[0] / "model.early_exit.onnx")


@pytest.fixture(scope="module")
def images(shipment):
    return shipment.normalise(shipment.test.take(torch.arange(60))[0]).contiguous()


def ask(session, image, thresholds):
    given = {"image": image[None].numpy(), "thresholds": np.float32(thresholds)}
    return session.run(["answers", "logits"], given)


@pytest.mark.parametrize("thresholds", [(0.5, 0.5), (0.9, 0.8), (NEVER, 0.6), (0.0, 0.0)])
def test_that_every_image_takes_the_exit_that_it_takes_in_training(
    session, network, images, thresholds
):
    expected = EarlyExit(network, thresholds)(images)
    for image, exit_, logits in zip(images, expected.exits, expected.logits, strict=True):
        passed, last = ask(session, image, thresholds)
        assert passed.shape == (exit_ + 1, 1, 10)
        assert np.array_equal(passed[-1], last)
        np.testing.assert_allclose(last[0], logits, rtol=1e-4, atol=1e-4)


def test_that_with_thresholds_above_one_no_image_leaves(session, network, images):
    never = np.full(2, NEVER, np.float32)
    answers, logits = session.run(None, {"image": images.numpy(), "thresholds": never})
    with torch.inference_mode():
        expected = torch.stack(network.features(images).logits)
    np.testing.assert_allclose(answers, expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(logits, answers[-1])


def test_that_what_lies_behind_the_exit_is_not_computed(session, images):
    def least_s(thresholds):
        took = []
        for _ in range(40):
            start = time.perf_counter()
            ask(session, images[0], thresholds)
            took.append(time.perf_counter() - start)
        return min(took)

    assert least_s((0.0, 0.0)) < 0.85 * least_s((NEVER, NEVER))


def test_that_the_certificate_has_what_images_cost_and_reach_measured(written, dynamic):
    folder, certificate = written
    proof = certificate["formats"]["onnx_early_exit"]
    rows = proof["leave_early"]
    assert proof["graph"]["beyond_plain"] == 0
    assert all(row["ms"] > 0 and sum(row["exit_shares"]) == pytest.approx(1) for row in rows)
    assert {(row["num_images"], row["timed_images"]) for row in rows} == {(100, 50)}
    *budgets, never = rows
    metadata = onnx.load(folder / "model.early_exit.onnx").metadata_props
    [told] = [json.loads(entry.value) for entry in metadata if entry.key == "sila"]
    assert {len(budget["thresholds"]) for budget in told["leave_early"]} == {2}
    assert never["exit_shares"] == [0.0, 0.0, 1.0]
    costs = [row["expected_multiply_adds"] for row in budgets]
    assert costs == sorted(costs)
    stayed = [row["exit_shares"][0] for row in budgets]
    assert stayed[0] > stayed[-1]
    readme = (folder / "README.md").read_text()
    assert "## Leaving early" in readme
    assert never["test_top1"] == pytest.approx(proof["test_top1"])
    interval = wilson(never["test_top1"] / 100, 100)
    top1 = f"{never['test_top1']:.2f} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"
    assert f"| {never['ms']:.3f} | {top1} | 0%, 0%, 100% |" in readme
    assert "on 100 test images (in brackets the 95 % interval, Wilson); the time on 50 of" in readme


def test_that_the_model_card_has_the_accuracy_of_every_exit(written, formats):
    folder, certificate = written
    readme = (folder / "README.md").read_text()
    assert "| | output 1 | output 2 | output 3 |" in readme
    said = certificate["formats"]["onnx_early_exit"]["test_top1_of_outputs"]
    intervals = [wilson(top1 / 100, 100) for top1 in said]
    cells = [
        f"{top1:.2f} ({100 * within.low:.1f} to {100 * within.high:.1f})"
        for top1, within in zip(said, intervals, strict=True)
    ]
    assert f"| onnx_early_exit | {' | '.join(cells)} |" in readme
    assert f"| the trained network | {' | '.join(cells)} |" in readme
    labels, how = list("0123456789"), json.loads((folder / "preprocess.json").read_text())
    with_result = {**certificate, "results": {"test/top1": 50.0}}
    card = model_card(with_result, labels, how, formats("onnx_early_exit"))
    assert "weights, in PyTorch, of the last output:\n\n- test/top1: 50.00 (" in card


def rows(certificate):
    return certificate["formats"]["onnx_early_exit"]["leave_early"]


def of_outputs(certificate, number, value):
    for said in (certificate["reference"], certificate["formats"]["onnx_early_exit"]):
        said["test_top1_of_outputs"][number] = value


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c["formats"]["onnx_early_exit"].pop("leave_early"), "model.early_exit.onnx can be "),
    (lambda c: rows(c).pop(), "was measured by other budgets than ship"),
    (lambda c: rows(c)[0].update(expected_multiply_adds=1.0), "was measured by other budgets than"),
    (lambda c: c["part"]["leave_early"][0].update(expected_multiply_adds=1.0), "1 multiply-adds"),
    (lambda c: c["part"].pop("leave_early"), "was measured by other budgets than ship"),
    (lambda c: [row.update(timed_images=1) for row in rows(c)], "or timed on fewer, than is done"),
    (lambda c: rows(c)[0].update(timed_images=60), "or timed on fewer, than is done"),
    (lambda c: [row.update(num_images=99) for row in rows(c)], "leave model.early_exit.onnx early"),
    (lambda c: rows(c)[0].update(exit_shares=[0.5, 0.5, 0.5]), "early are more or fewer than all"),
    (lambda c: rows(c)[-1].update(exit_shares=[0.0, 0.5, 0.5]), "images that never leave model."),
    (lambda c: [row.update(ms=row["ms"] / 1e6) for row in rows(c)], "ms in model.early_exit.onnx"),
    (lambda c: of_outputs(c, 2, 99.9), "an accuracy for each output, of other outputs than ship"),
    (lambda c: c["reference"].pop("test_top1_of_outputs"), "an accuracy for each output, of other"),
    (lambda c: c["part"].update(multiply_adds=7), "an accuracy for each output, of other outputs"),
    (lambda c: c["formats"]["onnx_early_exit"]["test_top1_of_outputs"].__setitem__(0, 99.9),
     "model.early_exit.onnx has another accuracy than the network"),
], ids=range(15))
def test_that_what_leaves_early_follows_from_the_rest_of_the_certificate(
    written, formats, change, said
):
    certificate = copy.deepcopy(written[1])
    check_numbers(certificate, formats("onnx_early_exit"))
    change(certificate)
    with pytest.raises(ExportError) as caught:
        check_numbers(certificate, formats("onnx_early_exit"))
    assert said in str(caught.value)


def test_that_budgets_take_times_in_the_proportion_that_is_told(written, dynamic, formats):
    folder, certificate = written
    proof = copy.deepcopy(certificate["formats"]["onnx_early_exit"])
    [form] = formats("onnx_early_exit").values()
    content, held = dynamic.content(with_exits()), held_out(dynamic, 100)
    asked = held.asked(held.logits_ONK, content.feed)
    for row in proof["leave_early"][:-1]:
        row["ms"] /= 1e6
    found = form.measure_again(folder / form.file_name, proof, asked)
    assert re.search(r"^with thresholds .* takes \S+ × the time that .*, not \S+ ×$", found)


def thresholds_for_all(row):
    row["thresholds"][:-1] = [0.0] * (len(row["thresholds"]) - 1)


@pytest.mark.parametrize(("change", "said"), [
    (lambda row: None, ""),
    (lambda row: row.update(exit_shares=[0.3, 0.3, 0.4]), "other images leave early with thresh"),
    (lambda row: row.update(test_top1=(row["test_top1"] + 50) % 100), "top-1 "),
    (thresholds_for_all, "other images leave early with thresholds"),
    (lambda row: row.update(num_images=10**6), "budgets that were not measured on these images"),
    (lambda row: row.update(timed_images=101), "budgets that were not measured on these images"),
    (lambda row: row.update(thresholds=[0.5]), "budgets that were not measured on these images"),
], ids=range(7))
def test_that_what_leaves_early_is_measured_again_on_the_same_images(
    written, dynamic, formats, change, said
):
    folder, certificate = written
    proof = copy.deepcopy(certificate["formats"]["onnx_early_exit"])
    change(proof["leave_early"][-1])
    [form] = formats("onnx_early_exit").values()
    content, held = dynamic.content(with_exits()), held_out(dynamic, 100)
    asked = held.asked(held.logits_ONK, content.feed)
    found = form.measure_again(folder / form.file_name, proof, asked)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_that_it_is_tried_like_any_other_file(written, shipment, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(shipment.test.take(torch.tensor([0]))[0][0, :, :, 0].numpy()).save(photo)
    answer = Bundle(written[0]).predict(photo)
    assert len(answer["top"]) == 5
    assert answer["num_exits"] == 3
    assert 1 <= answer["exit"] <= 3


def test_that_the_cards_code_runs_and_onnxruntime_warns_of_nothing(written, shipment, tmp_path):
    folder, _ = written
    [code] = re.findall(r"```python\n(.*?)\n```", (folder / "README.md").read_text(), re.DOTALL)
    assert len(code.splitlines()) == 5
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    np.save(tmp_path / "photo.npy", shipment.test.take(torch.tensor([1]))[0][0].numpy())
    alone = "import sys; sys.modules.update(engine=None, torch=None); sys.path.insert(0, '.')\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", alone + code.replace(PHOTO, "photo.npy")], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() in (folder / "labels.txt").read_text().splitlines()


def test_that_a_network_that_ships_with_one_exit_is_refused(dynamic, network, formats, tmp_path):
    alone = replace(dynamic, part=one_exit(network, 1, 8))
    with pytest.raises(ExportError, match=r"^exit 1 of 3 has one exit, .* ship all exits$"):
        write_bundle(alone, formats("onnx_early_exit"), tmp_path / "b", lambda *_: None)
    assert not (tmp_path / "b").exists()
