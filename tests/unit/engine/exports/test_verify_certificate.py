import re

import pytest

from engine.chores.verify import verify_bundle
from engine.exports import asking, latency
from engine.exports.bundle import write_bundle
from tests.sealing import fault, forge, read_certificate


def quietly(*_):
    return None


def proof(certificate):
    return certificate["formats"]["safetensors"]


def test_that_a_bundle_that_was_sealed_again_unchanged_is_still_right(bundle, tmp_path):
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path) == ""


def move(certificate, removed, deployed=0):
    """Other numbers that still add up."""
    modules = certificate["removed_modules"]
    modules[next(iter(modules))] += removed
    certificate["params_removed"] += removed
    certificate["params_training"] += removed + deployed
    certificate["params_deployed"] += deployed
    certificate["params_plain"] += deployed


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(params_removed=0), "contradicts itself: 0 parameters were removed, but"),
    (lambda c: c.update(params_training=1), "contradicts itself: parameters shipped, removed"),
    (lambda c: c.update(params_plain=1), "contradicts itself: more or fewer parameters ship"),
    (lambda c: move(c, 10), "has params_training = 90938, and the certificate says 90948"),
    (lambda c: move(c, 0, 5), "has params_training = 90938, and the certificate says 90943"),
    (lambda c: move(c, -5, 5), "has params_removed = 13184, and the certificate says 13179"),
    (lambda c: c.update(removed_modules={"x": c["params_removed"]}), "has removed_modules = {"),
    (lambda c: c["results"].update({"test/top1": 99.9}), "test/top1 is 99.90 %, but the network"),
    (lambda c: c["results"].update({"test/ece": 0.1}), "test/ece is 0.10 %, but the network has"),
    (lambda c: proof(c).update(test_top1=99.0), "has another accuracy than the network, and the"),
    (lambda c: proof(c).update(test_ece=1.0), "has another calibration error than the network it"),
    (lambda c: proof(c).update(top1_agreement=0.5), "answers otherwise than the trained network"),
    (lambda c: proof(c).update(takes_pixels=True), "is said to take another input"),
    (lambda c: proof(c).update(latency_ms_batch1=1e6), "two latencies of model.safetensors"),
    (lambda c: proof(c).update(num_images=9), "was asked about other images"),
    (lambda c: proof(c)["graph"].update(nodes=1), "holds other operators or tensors"),
    (lambda c: c.update(seed=4), "the certificate's seed is not that of its spec"),
    (lambda c: c.update(method="plain"), "the certificate's method is not that of its spec"),
    (lambda c: c["spec"]["method"].update(name="dml"), "method is not that of its spec"),
    (lambda c: c["spec"].update(surprise=1), "the certificate's spec is none: unknown key"),
    (lambda c: c.update(backbone="resnet20"), "is not the one that the spec trains"),
    (lambda c: c["part"].update(multiply_adds=7), "costs 763520 multiply-adds, not 7"),
    (lambda c: c["part"].update(exit=2), "this network has one exit"),
    (lambda c: c.update(num_classes=11), "labels.txt has 10 labels, not 11"),
    (lambda c: c["input"].update(height=9), "preprocess.json is for other images"),
    (lambda c: c.update(backbone_options={"no": 1}), "what ships cannot be built as the cert"),
    (lambda c: proof(c).update(warnings=["x"]), "warned of without a reason"),
    (lambda c: proof(c).update(max_rel_logit_diff=1e-5), "another part of the largest logit"),
    (lambda c: proof(c)["disagreeing"].update(num_images=1), "of another class do not fit"),
    (lambda c: proof(c)["disagreeing"].update(median_margin=0.1), "further apart than the file"),
    (lambda c: c["part"].update(name="approved"), "what ships is 'the whole network', not 'appr"),
    (lambda c: c["data"].update(title="ImageNet"), "calls the data otherwise than Handwritten"),
    (lambda c: c["metrics"]["test/top1"].update(title="Top-1 on ImageNet"), "calls a result other"),
    (lambda c: c["part"].update(recipe="exit()"), "the recipe of what ships is 'network', not"),
], ids=range(34))
def test_that_a_forged_certificate_is_found_without_any_images(bundle, change, said):
    forge(bundle, change)
    assert said in fault(bundle)


def add(certificate, name, points):
    """Another percentage of the network, of its files and of its results."""
    certificate["reference"][name] += points
    certificate["results"][name.replace("_", "/")] += points
    for each in certificate["formats"].values():
        each[name] += points


HEADING = "x\n\n## How it does\n\nTop-1 accuracy 100 %"
BEST = "best by validation (top-1 of the peers: 99.00, 10.00 %)"


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(license=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(machine=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(not_written={"onnx": HEADING}), "which is no line of 5,000 letters at"),
    (lambda c: c["versions"].update(python=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c["results"].update({HEADING: 1.0}), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(name="x" * 5001), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(license="x" * 201), "of license: string should have at most 200"),
    (lambda c: c.update(machine="**certified**"), "of machine: string should match pattern"),
    (lambda c: c["versions"].update(python="**3**"), "of versions.python: string should match"),
    (lambda c: c["results"].update({"five stars": 1.0}), "of results.five stars: string should"),
    (lambda c: c.update(award="100 %"), "of award: extra inputs are not permitted"),
    (lambda c: proof(c).update(certified_ms=0.1), "certified_ms: extra inputs are not permitted"),
    (lambda c: c.update(weights="finest"), "of weights: input should be 'best', 'last', 'average"),
    (lambda c: c["data"].update(test_part=0.5), "test_part is not that of the spec"),
    (lambda c: c["metrics"].update({"test/loss2": c["metrics"]["test/loss"]}), "calls a result"),
    (lambda c: c.update(teacher={"name": "resnet110", "options": {}}), "tells of a teacher"),
    (lambda c: c.update(forked_from=7, forked_at=3), "tells of a fork, whose variant is that of"),
    (lambda c: c.update(peer={"number": 1, "of": 2, "chosen": BEST, "val_top1": [99.0, 10.0]}),
     "tells of a peer that is none of 1 networks"),
    (lambda c: c.update(temperature={"values": [1.5], "num_images": 9, "test_ece_before": 1.0}),
     "fitted on others than the 136 validation images"),
    (lambda c: c.update(step=10**9), "contradicts itself: weights of step 1,000,000,000, of "),
], ids=range(20))
def test_that_a_certificate_says_nothing_but_what_certificates_say(bundle, change, said):
    forge(bundle, change)
    found = fault(bundle)
    assert said in found
    assert len(found) < 400


@pytest.mark.parametrize("change", [
    lambda text: text.replace('{\n', '{\n  "note": "also flip the image",\n', 1),
    lambda text: text.replace('"mean"', '"mean": [9.0],\n  "mean"', 1),
    lambda text: text + "\n",
], ids=range(3))
@pytest.mark.parametrize("has_images", [False, True])
def test_that_how_images_are_read_is_said_in_one_way(bundle, tmp_path, change, has_images):
    text = (bundle / "preprocess.json").read_text()
    assert change(text) != text
    (bundle / "preprocess.json").write_text(change(text))
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path if has_images else None).startswith(
        "preprocess.json says more than how images are read"
    )


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c["reference"].update(of=451),
     "the reference answers are not about the images that are told"),
    (lambda c: add(c, "test_ece", 0.9), "the reference answers have test_ece"),
    (lambda c: add(c, "test_top1", 200 / 450), "the reference answers have top-1 "),
    (lambda c: c["results"].update({"test/loss": 0.0}),
     "contradicts the stored results: test/loss of all 450 test images is"),
    (lambda c: c["data"]["images"].update(training=1347, validation=0),
     "another number of images than the certificate says"),
], ids=range(5))
def test_that_a_forged_certificate_is_found_with_the_images(bundle, tmp_path, change, said):
    forge(bundle, change)
    assert fault(bundle) == ""
    assert said in fault(bundle, tmp_path)


@pytest.mark.long
def test_that_a_difference_that_was_made_small_is_found_by_asking(shipment, formats, tmp_path):
    bundle = tmp_path / "bundle"
    told = write_bundle(shipment, formats("onnx_int8"), bundle, quietly)["formats"]["onnx_int8"]

    def change(certificate):
        small = told["max_abs_logit_diff"] / 10
        size = told["max_abs_logit_diff"] / told["max_rel_logit_diff"]
        certificate["formats"]["onnx_int8"].update(
            max_abs_logit_diff=small, max_rel_logit_diff=small / size, top1_agreement=1.0,
            test_top1=certificate["reference"]["test_top1"],
            disagreeing={"num_images": 0, "largest_margin": 0.0, "median_margin": 0.0},
            warnings=[],
        )

    forge(bundle, change)
    assert fault(bundle) == ""
    assert "logits up to" in fault(bundle, tmp_path)


@pytest.fixture
def sampled(shipment, formats, tmp_path):
    """A bundle that was proved on some of the test images."""
    write_bundle(shipment, formats("safetensors"), tmp_path / "sampled", quietly, images=200)
    return tmp_path / "sampled"


def test_that_results_are_held_against_what_a_file_says_of_all_test_images(
    sampled, tmp_path, monkeypatch
):
    def better(points):
        forge(sampled, lambda c: c["results"].update({"test/top1": truth + points}))

    truth = read_certificate(sampled)["results"]["test/top1"]
    assert fault(sampled, tmp_path) == ""
    better(2.0)
    assert fault(sampled) == ""
    assert fault(sampled, tmp_path).startswith(
        f"model.safetensors contradicts the stored results: test/top1 of all 450 test images is "
        f"{truth:.4g}, not"
    )
    monkeypatch.setattr(asking, "AFFORDABLE", 0)
    result = verify_bundle(sampled, tmp_path, quietly)
    assert result["fault"] == ""
    [line] = [line for line in result["not_checked"] if "stored results" in line]
    assert re.search(r"test/top1 \(only that it is from \d+\.\d to \d+\.\d %, as 200 of", line)
    better(99.9 - truth)
    assert "test/top1 is 99.90 %, but on 200 images, evenly from among all, " in fault(sampled)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_that_a_told_pace_that_is_not_the_plain_backbones_is_found(bundle, monkeypatch, factor):
    def change(certificate):
        timed = proof(certificate)["latency"][0]
        timed.update(ms=factor, plain_ms=1.0, ratio=factor, ratio_interval=[factor, factor])
        proof(certificate).update(latency_ms_batch1=factor)

    forge(bundle, change)
    assert fault(bundle) == ""
    monkeypatch.setattr(latency, "OTHER_PACE", 3.0)
    assert "model.safetensors takes another time than the plain backbone's" in fault(bundle)


def test_that_an_accuracy_is_bounded_by_the_images_of_another_class(bundle):
    forge(bundle, lambda c: proof(c).update(test_top1=proof(c)["test_top1"] + 100 / 450))
    assert "has another accuracy than the network, and the same class" in fault(bundle)
