import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from engine.analysis.compare import compare
from engine.analysis.comparison import Comparison, EqualTime
from engine.analysis.intervals import paired_difference
from engine.analysis.mcnemar import PairTest
from engine.analysis.results import RunResult
from engine.analysis.tables import difference_text, to_csv, to_json, to_latex, to_markdown
from engine.analysis.text_tables import latex_table
from engine.spec.clock import Clock

CLOCK = Clock(1, 0.0, 100.0, "here", "cpu", 2)


def comparison(label: str = "", unit: str = "%") -> Comparison:
    def run(i: int, seed: int, method: str, value: float) -> RunResult:
        return RunResult(
            run=i, name="e", seed=seed, method=method, backbone="resnet20", dataset="cifar10",
            digest=method, context="c", state="completed",
            metrics={"test/top1": {"last": value}}, params_training=None,
            params_deployed=272474, seconds=50.0, clock=CLOCK,
            label=label if method == "sila" else "",
        )  # fmt: skip

    runs = [
        run(1, 0, "plain", 70.1), run(2, 1, "plain", 71.0), run(3, 2, "plain", 72.3),
        run(4, 0, "sila", 71.2), run(5, 1, "sila", 72.2), run(6, 2, "sila", 73.7),
        run(7, 0, "one", 1 / 3),
    ]  # fmt: skip
    return compare(runs, unit=unit)


def test_that_json_is_plain_and_complete():
    found = comparison()
    document = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert document["baseline"] == "plain"
    sila, plain, one = document["groups"]
    assert (sila["verdict"], sila["n"], sila["seeds"]) == ("better", 3, [0, 1, 2])
    assert sila["difference"]["n"] == 3
    assert sila["sentence"] == found.groups[0].sentence
    assert sila["interval"].keys() == {"low", "high"}
    assert (one["std"], one["interval"], plain["difference"]) == (None, None, None)


def test_that_what_is_not_a_number_becomes_none_in_json():
    found = comparison()
    broken = replace(found, groups=(replace(found.groups[0], std=float("nan")),))
    document = to_json(broken)
    assert document["groups"][0]["std"] is None
    json.dumps(document, allow_nan=False)


def test_that_csv_keeps_full_precision_and_awkward_labels():
    found = comparison(label='α, "half"\nsecond line')
    rows = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert [row["label"] for row in rows] == ['α, "half"\nsecond line', "plain", "one"]
    for row, group in zip(rows, found.groups, strict=True):
        assert float(row["mean"]) == group.mean
        assert [float(x) for x in row["values"].split()] == list(group.values)
    assert found.groups[0].difference is not None
    assert found.groups[0].difference.interval is not None
    assert float(rows[0]["difference_low"]) == found.groups[0].difference.interval.low
    assert float(rows[0]["p_value"]) == found.groups[0].difference.p_value
    assert rows[2]["values"] == "0.3333333333333333"
    assert (rows[2]["std"], rows[1]["difference"], rows[1]["p_value"]) == ("", "", "")


def test_that_markdown_is_a_table_of_verdicts_and_one_of_costs_rounded_for_reading():
    verdicts, costs = to_markdown(comparison(label="a|b")).split("\n\n")
    for table, width, numeric in ((verdicts, 8, 3), (costs, 6, 2)):
        lines = table.splitlines()
        assert [line.count("|") - line.count("\\|") for line in lines] == [width] * 5
        assert lines[1].count("--:") == numeric
    assert verdicts.splitlines()[2].endswith(
        "| a\\|b | 72.37 ± 1.26 | 3 | +1.23 (+0.85 to +1.61) | better |"
    )
    assert "| one | 0.33 | 1 | −69.77 | not enough seeds |" in verdicts
    assert "| a\\|b | 1.00 × (1.00 to 1.00) | 272,474 |" in costs
    assert "| one | 1.00 × (1 seed) | 272,474 |" in costs


def test_that_losses_have_four_decimals():
    assert "| 0.3333 |" in to_markdown(comparison(unit=""))


SPECIALS = {
    "a_b": r"a\_b", "5%": r"5\%", "a&b": r"a\&b", "#1": r"\#1", "$x$": r"\$x\$",
    "{a}": r"\{a\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}", "[x": "{[}x", "α": r"$\alpha$", "a\n\nb": "a  b",
    "a|b": r"a\textbar{}b", "*x": "{*}x", "Möwe": r"M\"owe",
    "ρ ≥ 1": r"\ensuremath{\rho} \ensuremath{\geq} 1",
}  # fmt: skip


@pytest.mark.parametrize("label", SPECIALS)
def test_that_latex_escapes_what_it_would_take_for_a_command(label: str):
    assert f"\n{SPECIALS[label]} & 72.37" in to_latex(comparison(label=label))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_that_latex_takes_a_table_whatever_stands_in_it(tmp_path):
    names = ["".join(map(chr, range(32, 127))), "α λ ρ ≥ ≤ × − ± … – “x” é ß Δ σ ²", "[1]", "*x"]
    table = latex_table(["name", "b_c"], [[name, "1"] for name in names], ["b_c"])
    document = (r"\documentclass{article}\usepackage{booktabs}\usepackage[T1]{fontenc}"
                rf"\usepackage{{textcomp}}\begin{{document}}{table}\end{{document}}")
    (tmp_path / "it.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout


def tables_in(text: str) -> list[tuple[str, list[list[str]]]]:
    """Columns and rows of each tabular, the header first."""
    return [
        (columns, [line.removesuffix(r" \\").split(" & ") for line in body.splitlines()
                   if line.endswith(r"\\")])
        for columns, body in re.findall(
            r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end", text, re.DOTALL)
    ]


def test_that_latex_is_booktabs_tables_with_as_many_cells_as_columns():
    text = to_latex(comparison(), PAIRS)
    tables = tables_in(text)
    assert [len(rows) for _, rows in tables] == [4, 4, 3]
    for columns, rows in tables:
        assert {len(row) for row in rows} == {len(columns)}
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [3, 3, 3]
    verdicts, costs, tests = (rows for _, rows in tables)
    assert verdicts[0][1] == r"test/top1 last (\%)"
    assert verdicts[1][1] == r"72.37 $\pm$ 1.26"
    assert costs[1][1] == r"1.00 $\times$ (1.00 to 1.00)"
    assert verdicts[3][3] == "$-$69.77"
    assert tests[1][3:] == ["10,000", "40", "20", "0.013"]
    assert text.isascii()


def test_that_latex_is_narrow_and_numbers_stand_at_the_right():
    (verdicts, _), (costs, _), (tests, _) = tables_in(to_latex(comparison(), PAIRS))
    assert (verdicts, costs, tests) == ("lrrrl", "lr", "llrrrrr")


def test_that_what_all_rows_have_in_common_is_left_to_the_comment_of_latex():
    found = comparison()
    first, *_ = to_latex(found).splitlines()
    assert first == r"% Dataset: cifar10; Backbone: resnet20; needs \usepackage{booktabs}"
    assert "% Dataset: cifar10; Backbone: resnet20; Parameters: 272,474" in to_latex(found)
    other = replace(found.groups[1], backbone="resnet56", params_deployed=900_000)
    several = to_latex(replace(found, groups=(found.groups[0], other)))
    (verdicts, rows), (costs, prices) = tables_in(several)
    assert (verdicts, [row[0] for row in rows]) == ("llrrrl", ["Backbone", "resnet20", "resnet56"])
    assert (costs, prices[2][-1]) == ("llrr", "900,000")


@pytest.mark.parametrize("write", [to_csv, to_markdown, to_latex])
def test_that_an_empty_comparison_is_a_table_without_rows(write):
    full, empty = write(comparison()), write(compare([]))
    assert "test/top1" in full
    assert len(full.splitlines()) - len(empty.splitlines()) == (3 if write is to_csv else 6)


PAIRS = [
    PairTest("sila", "sila", "plain", 0, 4, 1, 10_000, 40, 20, 0.013),
    PairTest("sila", "sila", "plain", 1, 5, 2, 10_000, 31, 30, 1.0),
]


def with_equal_time() -> Comparison:
    found = comparison()
    apart = paired_difference({0: 1.0, 1: 2.0, 2: 3.0}, {0: 0.5, 1: 1.5, 2: 2.0})
    known = EqualTime("val/top1", 41.5, apart, "better", ("seed 3: odd",), "it is better")
    return replace(found, groups=(replace(found.groups[0], equal_time=known), *found.groups[1:]))


def test_that_every_form_says_the_difference_at_equal_training_time():
    found = with_equal_time()
    document = to_json(found)["groups"]
    assert (document[0]["equal_time"]["difference"]["n"], document[1]["equal_time"]) == (3, None)
    first, second, _ = csv.DictReader(io.StringIO(to_csv(found)))
    assert (first["equal_time_metric"], first["equal_time_seconds"]) == ("val/top1", "41.5")
    assert float(first["equal_time_difference"]) == pytest.approx(2 / 3)
    assert float(first["equal_time_low"]) < 0 < float(first["equal_time_high"])
    assert (first["equal_time_seeds"], first["equal_time_verdict"]) == ("3", "better")
    assert first["equal_time_problems"] == "seed 3: odd"
    assert second["equal_time_difference"] == second["equal_time_metric"] == ""
    *_, equal = to_markdown(found).split("\n\n")
    assert equal.splitlines()[2:] == [
        "| cifar10 | resnet20 | sila | val/top1 | 42 s | 3 | +0.67 (−0.05 to +1.38) | better |"
    ]
    latex = to_latex(found)
    assert "% at equal training time; Dataset: cifar10; Backbone: resnet20; Metric: val" in latex
    assert r"sila & 42 s & 3 & +0.67 ($-$0.05 to +1.38) & better \\" in latex
    assert [columns for columns, _ in tables_in(latex)] == ["lrrrl", "lr", "lrrrl"]
    nothing = EqualTime("val/top1", None, None, "not enough seeds", ("odd",), "odd")
    assert "| val/top1 |  | 0 |  | cannot be compared |" in to_markdown(
        replace(found, groups=(replace(found.groups[0], equal_time=nothing),))
    )


def test_that_a_table_says_of_how_many_seeds_a_number_is_where_it_is_of_others():
    two = paired_difference({0: 1.0, 1: 2.5}, {0: 0.5, 1: 1.5})
    assert difference_text(two, "%", 2) == "+0.75 (−2.43 to +3.93)"
    assert difference_text(two, "%", 3) == "+0.75 (−2.43 to +3.93, 2 seeds)"
    one = paired_difference({0: 1.0}, {0: 0.5})
    assert [difference_text(one, "%", n) for n in (1, 3)] == ["+0.50", "+0.50 (1 seed)"]
    same = paired_difference({0: 1.0, 1: 1.5}, {0: 0.5, 1: 1.0})
    assert [difference_text(same, "%", n) for n in (2, 3)] == [
        "+0.50 in each seed", "+0.50 in each of 2 seeds"
    ]
    assert difference_text(None, "%", 3) == ""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_that_no_latex_table_is_wider_than_a_page(tmp_path):
    """An A4 or letter page with margins of 2.5 cm has 16 cm, which is 455 points."""
    apart = paired_difference({0: 1.0, 1: 8.0}, {0: 42.1, 1: 2.4})
    known = EqualTime("val/top1", 4100.0, apart, "not enough seeds", (), "")
    found = comparison(label="sila (epochs = 300)")
    cost = replace(found.groups[0].cost, seeds=(0, 1))
    groups = replace(found.groups[0], equal_time=known, cost=cost), *found.groups[1:]
    text = to_latex(replace(found, groups=groups), PAIRS)
    assert "1.00 to 1.00, 2 seeds" in text
    boxes = "".join(
        rf"\setbox0=\hbox{{{table}}}\message{{^^JWIDTH \the\wd0 ^^J}}"
        for table in re.findall(r"\\begin\{tabular\}.*?\\end\{tabular\}", text, re.DOTALL)
    )
    (tmp_path / "it.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{boxes}x\end{{document}}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )
    widths = [float(width) for width in re.findall(r"WIDTH ([\d.]+)pt", done.stdout)]
    assert len(widths) == 4
    assert max(widths) < 455


def test_that_every_form_says_the_tests_of_pairs():
    found = comparison()
    assert [pair["p_value"] for pair in to_json(found, PAIRS)["pairs"]] == [0.013, 1.0]
    first, second, _ = csv.DictReader(io.StringIO(to_csv(found, PAIRS)))
    assert (first["mcnemar_seeds"], first["mcnemar_p"]) == ("0 1", "0.013 1.0")
    assert (first["mcnemar_only_variant"], first["mcnemar_only_baseline"]) == ("40 31", "20 30")
    assert second["mcnemar_p"] == ""
    *_, last = to_markdown(found, PAIRS).splitlines()
    assert last == "| cifar10 | resnet20 | sila | plain | 1 | 10,000 | 31 | 30 | 1 |"
