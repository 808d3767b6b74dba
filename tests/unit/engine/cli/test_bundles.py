import json

import pytest

from engine.cli import bundles
from engine.spec.errors import SpecError

RESULT = {
    "folder": "b", "verified": True, "complete": True, "fault": "",
    "checks": ["9 files are as they were"], "formats": {"onnx": {}}, "not_opened": [],
    "not_checked": ["who wrote it"],
}


def test_that_settings_are_options_of_formats():
    assert bundles.format_options(["onnx.opset=18", "onnx.preprocessing=true"]) == {
        "onnx": {"opset": 18, "preprocessing": True}
    }


@pytest.mark.parametrize("setting", ["opset=18", "onnx.opset", "onnx"])
def test_that_a_setting_without_a_format_or_a_value_is_refused(setting):
    with pytest.raises(SpecError, match="write it as"):
        bundles.format_options([setting])


def test_that_a_format_that_was_not_written_is_said_with_the_reason(capsys):
    part = {"name": "the whole network", "params_left_out": 0}
    certificate = {
        "run": 1, "name": "r", "part": part, "params_deployed": 5, "params_removed": 0,
        "formats": {}, "not_written": {"onnx": "there is no such operator"},
    }
    bundles.exported({"folder": "b", "certificate": certificate}, as_json=False)
    assert "  not written: onnx: there is no such operator\n" in capsys.readouterr().out


def test_that_a_verified_bundle_is_said_to_be_what_was_exported(capsys):
    assert bundles.verified(RESULT, as_json=False) == 0
    out, err = capsys.readouterr()
    assert "9 files are as they were" in out
    assert "not checked here: who wrote it\n" in out
    assert out.endswith("\nb is what was exported.\n")
    assert err == ""


def test_that_files_that_were_asked_nothing_are_not_said_to_answer_rightly(capsys):
    assert bundles.verified({**RESULT, "formats": {}}, as_json=False) == 0
    assert "b holds what was exported. Its files were asked nothing: name --data" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_that_a_bundle_with_a_file_that_was_not_opened_has_an_exit_code_of_its_own(
    capsys, as_json
):
    result = {**RESULT, "complete": False, "not_opened": ["openvino"]}
    assert bundles.verified(result, as_json=as_json) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == result if as_json else (
        "b is not fully verified: see what was not checked." in out
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_that_a_fault_is_one_line_on_stderr_and_exit_code_1(capsys, as_json):
    result = {**RESULT, "verified": False, "fault": "model.onnx was changed"}
    assert bundles.verified(result, as_json=as_json) == 1
    out, err = capsys.readouterr()
    assert err == "sila: b is not what was exported: model.onnx was changed\n"
    assert not as_json or json.loads(out) == result


ANSWERS = [
    {"file": "a.png", "top": [{"label": "cat", "probability": 0.9}], "ms": 1.5,
     "model": "model.onnx", "against": {"run": 3, "label": "dog", "probability": 0.6}},
    {"file": "b.png", "top": [{"label": "cow", "probability": 0.8}], "ms": 1.0,
     "model": "model.onnx", "exit": 2, "num_exits": 4,
     "against": {"run": 3, "label": "cow", "probability": 0.5}},
]
RIVAL = {"run": 3, "name": "plain resnet8", "model": None}


def test_that_predictions_say_which_file_answered_and_where_the_other_run_disagrees(capsys):
    assert bundles.predicted(ANSWERS, RIVAL, as_json=False) == 0
    assert capsys.readouterr() == (
        "a.png: cat 90.0% (model.onnx, 1.50 ms); the other run says dog 60.0%\n"
        "b.png: cow 80.0% (model.onnx, 1.00 ms, left at exit 2 of 4)\n"
        "Run 3 (plain resnet8, best weights) disagrees on 1 of 2 images.\n", "",
    )


def test_that_predictions_are_one_document(capsys):
    unread = {"file": "c.png", "error": "cannot read c.png"}
    assert bundles.predicted([*ANSWERS, unread], RIVAL, as_json=True) == 2
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ([*ANSWERS, unread], "")
