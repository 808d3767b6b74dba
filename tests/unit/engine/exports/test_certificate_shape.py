import copy
import math
import shutil

import pytest

from engine.chores import verification
from engine.chores.verify import verify_bundle
from engine.exports import verify_files
from engine.exports.certificate import seal_again
from engine.exports.certificate_shape import check_shape
from engine.exports.model_card import model_card
from engine.spec.errors import ExportError
from tests.sealing import read_certificate

ROW = {"thresholds": [0.9, 0.0], "exit_shares": [0.5, 0.5], "test_top1": 90.0}
EVERYTHING = {
    "weights": "ema", "ema": {"decay": 0.9}, "forked_from": 3, "forked_at": 2,
    "peer": {"number": 1, "of": 2, "chosen": "best", "val_top1": [50.0, 40.0]},
    "temperature": {"values": [1.5], "num_images": 136, "test_ece_before": 4.0},
    "teacher": {"name": "resnet8", "options": {}}, "not_written": {"onnx": "it cannot be"},
}
"""What a certificate may say besides; what excludes each other is left out."""
ODD = (5, "", [], {}, None, -1)
DROPPED = object()


@pytest.fixture
def certificate(written):
    """One that says all that certificates can say."""
    told = {**read_certificate(written), **copy.deepcopy(EVERYTHING)}
    told["part"].update(
        leave_early=[{**ROW, "expected_multiply_adds": 7.0}], params_before_folding=80_000,
        folded_batch_norms={"stem.conv": "stem.norm"},
    )
    told["formats"]["safetensors"]["leave_early"] = [
        {**ROW, "ms": 0.2, "num_images": 450, "timed_images": 50}
    ]
    check_shape(told)
    return told


@pytest.fixture
def verified(written, tmp_path, monkeypatch):
    """A function: what is said of a certificate, as far as no file has to be opened for it."""
    folder = shutil.copytree(written, tmp_path / "bundle")
    monkeypatch.setattr(verify_files, "_check_bytes", lambda *_: None)
    monkeypatch.setattr(verification.Verification, "_open", lambda *_: {})
    monkeypatch.setattr(verification.Verification, "_inspect", lambda *_: {})
    monkeypatch.setattr(
        verification, "other_texts", lambda folder, *told: model_card(*told) and []
    )

    def verify(certificate):
        certificate = {key: told for key, told in certificate.items() if key != "seal"}
        seal_again(folder, certificate)
        return verify_bundle(folder, None, lambda *_: None)["fault"]

    return verify


def places(told, at=()):
    """Every key and index of a certificate, however deep."""
    within = told.items() if isinstance(told, dict) else enumerate(told)
    for key, value in within:
        yield (*at, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*at, key))


def changed(certificate, place, value):
    told = copy.deepcopy(certificate)
    *way, last = place
    within = told
    for key in way:
        within = within[key]
    if value is DROPPED:
        del within[last]
    else:
        within[last] = value
    return told


@pytest.mark.long
@pytest.mark.parametrize("all_of_it", [False, True])
def test_that_whatever_a_certificate_says_a_verification_ends_in_a_line(
    certificate, verified, written, all_of_it
):
    base = certificate if all_of_it else read_certificate(written)
    crashed = {}
    for place in places(base):
        for value in (DROPPED, *ODD):
            told = changed(base, place, value)
            try:
                assert "\n" not in verified(told)
            except Exception as error:  # anything at all is what this looks for
                crashed[place, repr(value)] = repr(error)
    assert crashed == {}


def latency(certificate):
    return certificate["formats"]["safetensors"]["latency"]


@pytest.mark.parametrize(("ms", "interval"), [
    (2.9, [0.9, 1.1]), (0.4, [0.9, 1.1]), (5.0, [0.5, 5.0]), (0.1, [0.1, 5.0]),
])
def test_that_a_busy_machines_latency_is_no_contradiction(certificate, ms, interval):
    latency(certificate)[1].update(ms=ms, plain_ms=1.0, ratio=1.0, ratio_interval=interval)
    check_shape(certificate)


def leaving(certificate):
    return certificate["formats"]["safetensors"]["leave_early"][0]


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(ema=5), "says 5 of ema: "),
    (lambda c: c.update(ema={}), "says nothing of ema.decay: "),
    (lambda c: c.update(ema=None), "says None of ema: "),
    (lambda c: c.update(averaged={}), "says nothing of averaged.steps: "),
    (lambda c: c.update(averaged={"steps": [2, 4]}), "average weights are told of where they ship"),
    (lambda c: c.update(weights="best"), "ema weights are told of where they ship"),
    (lambda c: c.pop("forked_at"), "a fork has the run that it goes on from, and an epoch"),
    (lambda c: c.pop("forked_from"), "a fork has the run that it goes on from, and an epoch"),
    (lambda c: c["results"].pop("test/ece"), "with a temperature there is a calibration error"),
    (lambda c: c["part"].pop("params_before_folding"), " of part: folded batch norms and the"),
    (lambda c: c["part"].pop("folded_batch_norms"), " of part: folded batch norms and the"),
    (lambda c: c.update(ensemble=[{"name": "a", "options": {}}] * 2), "one peer ships, or all"),
    (lambda c: latency(c).pop(), "latency: there is a row for batches of 1 and 32"),
    (lambda c: latency(c).append(latency(c)[0]), "latency: there is a row for batches of 1 and 32"),
    (lambda c: latency(c).reverse(), "latency: there is a row for batches of 1 and 32"),
    (lambda c: latency(c)[0].update(plain_ms=0.0), "latency.0.plain_ms: input should be greater"),
    (lambda c: latency(c)[1].update(ms=0), "latency.1.ms: input should be greater than 0"),
    (lambda c: latency(c)[1].update(ratio=1e9), "latency.1: a ratio lies in its interval"),
    (lambda c: latency(c)[1].update(ratio_interval=[1.0]), "latency.1.ratio_interval"),
    (lambda c: latency(c)[1].update(ms=1.0, plain_ms=50.0, ratio=1.0, ratio_interval=[0.9, 1.1]),
     "latency.1: a ratio is about that of the two times"),
    (lambda c: latency(c)[0].update(plain_ms=1e6), "latency.0: a ratio is about that of the two t"),
    (lambda c: latency(c)[0].update(ms=math.inf), "latency.0.ms: input should be a finite number"),
    (lambda c: latency(c)[0].update(ratio=-1.0), "latency.0.ratio: input should be greater than 0"),
    (lambda c: leaving(c).update(thresholds=[0.5]), "leave_early.0.thresholds: list should have"),
    (lambda c: leaving(c).update(thresholds=[0.5] * 3), "every exit has a threshold and a share"),
    (lambda c: c["part"]["leave_early"][0].pop("test_top1"), "nothing of part.leave_early.0.test_"),
], ids=range(26))
def test_that_what_does_not_fit_together_is_refused_in_a_line(certificate, change, said):
    change(certificate)
    with pytest.raises(ExportError) as caught:
        check_shape(certificate)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
