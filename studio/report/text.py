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


def save(path: Path, content: str | bytes) -> None:
    """Write a file; text in UTF-8.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        text = _translate("report", "{0} cannot be written: {1}")
        raise StoreError(text.format(path, error.strerror or error)) from None
