"""What is shown as text, under the names that people choose from."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from engine.analysis.text_tables import Table, to_csv, to_latex, to_markdown
from engine.spec.errors import StoreError

_translate = QCoreApplication.translate
Tell = Callable[[], Table]
"""Makes a table out of what was shown when it was asked for; it may take its time."""

WRITERS: dict[str, tuple[str, Callable[[Table], str]]] = {
    "CSV": ("csv", to_csv),
    "Markdown": ("md", to_markdown),
    "LaTeX": ("tex", to_latex),
}
"""Ending and writer of each format."""


def save_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise cannot_be_written(path, error) from None


def cannot_be_written(path: Path, error: OSError) -> StoreError:
    """Return what to tell the user of a file that was not written."""
    text = _translate("report", "{0} cannot be written: {1}")
    return StoreError(text.format(path, error.strerror or error))
