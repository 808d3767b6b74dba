"""Rows of text as a Markdown or a LaTeX table; what either takes for a command is escaped."""

from collections.abc import Callable, Collection, Sequence
from functools import cache

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
    comment = f"{note}; needs" if note else "needs"
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
