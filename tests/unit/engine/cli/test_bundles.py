import json

import pytest

from engine.cli import bundles
from engine.spec.errors import SpecError

RESULT = {
    "folder": "b", "verified": True, "fault": "", "checks": ["9 files are as they were"],
    "formats": {}, "not_opened": ["openvino"],
}


def test_that_settings_are_options_of_formats():
    assert bundles.format_options(["onnx.opset=18", "onnx.preprocessing=true"]) == {
        "onnx": {"opset": 18, "preprocessing": True}
    }


@pytest.mark.parametrize("setting", ["opset=18", "onnx.opset", "onnx"])
def test_that_a_setting_without_a_format_or_a_value_is_refused(setting):
    with pytest.raises(SpecError, match="write it as"):
        bundles.format_options([setting])


def test_that_a_verified_bundle_is_said_to_be_what_was_exported(capsys):
    assert bundles.verified(RESULT, as_json=False) == 0
    out, err = capsys.readouterr()
    assert "9 files are as they were" in out
    assert "openvino is not installed here" in out
    assert "name --data" in out
    assert err == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_that_a_fault_is_one_line_on_stderr_and_exit_code_1(capsys, as_json):
    result = {**RESULT, "verified": False, "fault": "model.onnx was changed"}
    assert bundles.verified(result, as_json=as_json) == 1
    out, err = capsys.readouterr()
    assert err == "sila: b is not what was exported: model.onnx was changed\n"
    assert not as_json or json.loads(out) == result
