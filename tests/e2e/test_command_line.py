"""The whole way on the command line: spec, training, comparison, export, prediction."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from engine.store.launch import TORCH_ENVIRONMENT

pytestmark = pytest.mark.e2e


def test_that_the_whole_way_can_be_walked_headless(sila, spec, tmp_path, digit):
    ran = sila.json("run", spec(epochs=4, images=600, seeds=[0, 1, 2], methods=["plain", "sila"]))
    assert [r["state"] for r in ran] == ["completed"] * 6
    assert {(r["method"], r["seed"]) for r in ran} == {
        (m, s) for m in ("plain", "sila") for s in (0, 1, 2)
    }
    for run in ran:
        assert run["metrics"]["test/top1"].keys() == {"best", "last"}
        assert 50 < run["metrics"]["val/top1"]["best"] <= 100
        assert run["params_deployed"] == 77_754  # resnet8 on one channel
        assert (run["params_training"] > run["params_deployed"]) == (run["method"] == "sila")
        assert run["seconds"] > 0

    compared = sila.json("compare", "test")
    [sila_group] = [g for g in compared["groups"] if g["method"] == "sila"]
    assert sila_group["n"] == 3
    assert sila_group["difference"]["n"] == 3
    assert sila_group["verdict"] in ("better", "worse", "no difference shown")
    last = [r["metrics"]["test/top1"]["last"] for r in ran if r["method"] == "sila"]
    assert sila_group["mean"] == pytest.approx(np.mean(last))
    assert sila("compare", "test", "--latex")[0].startswith("%")
    assert sila("compare", "test", "--csv")[0].count("\n") == 3

    bundle = tmp_path / "bundle"
    chosen = next(r["run"] for r in ran if r["method"] == "sila")
    certificate = sila.json(
        "export", chosen, "--format", "onnx", "--format", "safetensors", "--out", bundle
    )
    assert certificate["params_removed"] == certificate["params_training"] - 77_754 > 0
    assert certificate["formats"]["onnx"]["top1_agreement"] == 1.0
    assert certificate["formats"]["onnx"]["max_abs_logit_diff"] < 1e-4
    assert certificate["formats"]["onnx"]["num_images"] == 450
    assert json.loads((bundle / "certificate.json").read_text())["run"] == chosen

    Image.fromarray(digit(0)).save(tmp_path / "zero.png")
    out, _ = sila_predict(sila, bundle, tmp_path / "zero.png")
    [answer] = json.loads(out)
    assert len(answer["top"]) == 5
    assert sum(t["probability"] for t in answer["top"]) <= 1.0 + 1e-6
    assert answer["top"][0]["label"] == "0"


def sila_predict(sila, *arguments):
    """`sila predict` has no workspace: a bundle is all it needs."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "engine", "predict", *map(str, arguments), "--json"],
        capture_output=True, text=True, check=True, timeout=60,
    )
    return done.stdout, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="of GNU's OpenMP, which torch has on Linux")
def test_that_threads_of_a_worker_sleep_when_they_wait(sila, spec, monkeypatch):
    monkeypatch.setenv("OMP_DISPLAY_ENV", "VERBOSE")
    sila.json("run", spec(epochs=1))
    [log] = [text for path in sila.workspace.logs.glob("worker-*.log")
             if "OPENMP DISPLAY ENVIRONMENT" in (text := path.read_text())]
    for name, value in TORCH_ENVIRONMENT.items():
        if name.startswith(("OMP", "GOMP")):
            assert f"{name} = '{value}'" in log


def test_that_a_diverging_run_fails_naming_step_and_term_and_the_rest_go_on(sila, spec):
    path = spec(epochs=2, methods=["plain"])
    text = path.read_text() + '"training.lr" = [50.0, 0.05]\n'
    path.write_text(text.replace("batch_size = 50", 'batch_size = 50\nweight_decay = 9.0'))
    ran = sila.json("run", path, code=1)
    failed, fine = ran
    assert failed["state"] == "failed"
    assert "the loss term 'ce' became" in failed["error"]
    assert "at step" in failed["error"]
    assert fine["state"] == "completed"
