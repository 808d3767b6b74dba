"""Rows of text as a Markdown or a LaTeX table; what either takes for a command is escaped."""

from collections.abc import Collection, Sequence

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "&": r"\&",
        "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}", "\n": " ",
        "[": "{[}",  # at the start of a row it would be an argument of the line break before
        "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "–": "--",
        "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "λ": r"$\lambda$", "τ": r"$\tau$",
    }
)  # fmt: skip

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
    return " & ".join(cell.translate(_LATEX) for cell in cells) + r" \\"
