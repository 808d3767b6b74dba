from engine.analysis.compare import compare
from engine.analysis.results import RunResult
from engine.cli import present
from engine.spec.card import Card
from engine.spec.catalog import Catalog


def run(number, seed, method, backbone):
    return RunResult(
        run=number, name="e", seed=seed, method=method, backbone=backbone, dataset="digits",
        digest=f"{method} {backbone}", context=backbone, state="completed",
        metrics={"test/top1": {"last": 70.0 + number}}, params_training=None,
        params_deployed=None, seconds=None,
    )


def printed(capsys, *runs):
    present.comparison(compare(runs))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_that_verdicts_name_the_backbone_where_there_are_several(capsys):
    small = [run(1, 0, "plain", "resnet8"), run(2, 0, "sila", "resnet8")]
    large = [run(3, 0, "plain", "resnet20"), run(4, 0, "sila", "resnet20")]
    told = [line for line in printed(capsys, *small, *large) if "digits:" in line]
    assert [line.partition(":")[0] for line in told] == ["resnet20, digits", "resnet8, digits"]
    assert not any("digits:" in line for line in printed(capsys, *small))


def test_that_a_format_whose_package_is_missing_says_the_pip_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    line = "pip install 'sila-studio[x]'"
    present.catalog(Catalog([
        Card(kind="export", name="x", title="X", summary="One file.", facts={"pip": line}),
        Card(kind="export", name="y", title="Y", summary="Another."),
    ]), as_json=False)
    out = capsys.readouterr().out
    assert f"One file. Not installed: {line}" in out
    assert out.count("Not installed") == 1
