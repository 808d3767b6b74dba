import csv
import io

import pytest

from engine.analysis.dynamic import CurvePoint, VariantCurve
from studio.report.cost_text import cost_table
from studio.report.text import WRITERS

CURVES = [
    VariantCurve("dml+mixup", "d1", "msdnet_4", "cifar100", (0, 1, 2), (
        CurvePoint(15_100_000.0, 61.25, 60.5, 62.0, 3),
        CurvePoint(37_800_000.0, 70.0, 69.0, 71.0, 3),
    )),
    VariantCurve("plain", "d2", "msdnet_4", "cifar100", (7,), (
        CurvePoint(15_100_000.0, 60.0, None, None, 1),
    )),
]


def written(name):
    return WRITERS[name][1](cost_table(CURVES, "anytime"))


def test_that_csv_has_a_line_per_point_in_full_precision():
    rows = list(csv.DictReader(io.StringIO(written("CSV"))))
    assert len(rows) == 3
    first, _, alone = rows
    assert (first["kind"], first["label"], first["seeds"]) == ("anytime", "dml+mixup", "0 1 2")
    assert float(first["multiply_adds"]) == 15_100_000
    assert [first[key] for key in ("top1", "low", "high", "n")] == ["61.25", "60.5", "62.0", "3"]
    assert (alone["low"], alone["high"]) == ("", "")


def test_that_markdown_is_a_table_rounded_for_reading():
    lines = written("Markdown").splitlines()
    assert lines[2] == (
        "| cifar100 | msdnet_4 | dml+mixup | 15.1 | 61.25 | 60.50 – 62.00 | 3 |"
    )
    assert {line.count("|") for line in lines} == {8}


@pytest.mark.parametrize(
    "text", [
        r"Backbone: msdnet\_4", "\ndml+mixup & 15.1 &", r"95 \%", r"60.50 -- 62.00", r"\midrule",
    ]
)
def test_that_latex_is_escaped(text):
    assert text in written("LaTeX")
