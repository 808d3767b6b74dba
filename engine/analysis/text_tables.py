"""Tables as CSV, Markdown and LaTeX; what one of them takes for a command is escaped."""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pylatexenc.latexencode import (  # pyright: ignore[reportMissingTypeStubs]
    RULE_DICT,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "&": r"\&",
    "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " ",
    "[": "{[}", "*": "{*}",  # at the start of a row they would belong to the line break before
    "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "–": "--",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "λ": r"$\lambda$", "τ": r"$\tau$",
}  # fmt: skip
"""How we write what is frequent; the rest of Unicode is pylatexenc's."""

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Table:
    """What there is to say, in full for programs and rounded for readers.

    Attributes:
        columns: names of the columns in full.
        values: rows in full precision, with as many cells; None where there is nothing.
        header: names of the columns that are read.
        rows: with as many cells.
        numeric: those of `header` that stand at the right.
        note: what is said above it in LaTeX's comment.
        settings: those of `header` that LaTeX leaves to its comment while all rows say the same
            there: a page is narrow.
        below: tables that stand below it where it is read.
    """

    columns: Sequence[str]
    values: Sequence[Sequence[Any]]
    header: Sequence[str]
    rows: Rows
    numeric: Collection[str] = ()
    note: str = ""
    settings: Collection[str] = ()
    below: tuple["Table", ...] = ()


def to_csv(table: Table) -> str:
    """Return the rows in full; cells that do not apply are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.values)
    return out.getvalue()


def to_markdown(table: Table) -> str:
    """Return GitHub tables, rounded for reading."""
    return "\n".join(
        markdown_table(each.header, each.rows, each.numeric) for each in (table, *table.below)
    )


def to_latex(table: Table) -> str:
    r"""Return `tabular`s that need \usepackage{booktabs} and nothing else."""
    return "\n".join(
        latex_table(each.header, each.rows, each.numeric, each.note)
        for each in map(_narrowed, (table, *table.below))
    )


def _narrowed(table: Table) -> Table:
    """Move what all rows have in common from its columns into the note."""
    said = {
        name: table.rows[0][at] for at, name in enumerate(table.header)
        if name in table.settings and len({row[at] for row in table.rows}) == 1
    }
    kept = [at for at, name in enumerate(table.header) if name not in said]
    notes = [table.note, *(f"{name}: {value or '–'}" for name, value in said.items())]
    return replace(
        table, header=[table.header[at] for at in kept],
        rows=[[row[at] for at in kept] for row in table.rows],
        note="; ".join(filter(None, notes)),
    )


def markdown_table(header: Sequence[str], rows: Rows, numeric: Collection[str]) -> str:
    """Return a GitHub table; the columns named in `numeric` stand at the right."""
    rule = ["--:" if name in numeric else "---" for name in header]
    lines = [_markdown_cells(header), rule, *map(_markdown_cells, rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def latex_table(
    header: Sequence[str], rows: Rows, numeric: Collection[str], note: str = ""
) -> str:
    r"""Return a `tabular` that needs \usepackage{booktabs} and nothing else.

    Args:
        header: names of the columns.
        rows: with as many cells.
        numeric: names of the columns that stand at the right.
        note: what the comment above the table says first.
    """
    columns = "".join("r" if name in numeric else "l" for name in header)
    comment = f"{_as_latex()(note)}; needs" if note else "needs"
    lines = [
        rf"% {comment} \usepackage{{booktabs}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _latex_row(header),
        r"\midrule",
        *map(_latex_row, rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _markdown_cells(cells: Sequence[str]) -> list[str]:
    return [cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for cell in cells]


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(_as_latex(), cells)) + r" \\"


@cache
def _as_latex() -> Callable[[str], str]:
    ours = UnicodeToLatexConversionRule(RULE_DICT, {ord(each): _LATEX[each] for each in _LATEX})
    return UnicodeToLatexEncoder(
        conversion_rules=[ours, "defaults"], unknown_char_policy="keep", unknown_char_warning=False
    ).unicode_to_latex  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
