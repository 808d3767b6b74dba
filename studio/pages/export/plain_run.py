"""The run that a bundle's answers are set against: the plain one. No widgets here."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState

_translate = QCoreApplication.translate
PLAIN = "plain"


def find_plain(
    rows: Sequence[RunRow], run: int, baseline: str | None
) -> tuple[RunRow | None, str]:
    """Return the run whose network is asked too, or None and why there is none.

    It differs from the exported run in nothing but the method: it is of the variant that has the
    star, where that is one, else plain; with the same seed if there is one, else the newest.

    Args:
        rows: all runs.
        run: that was exported.
        baseline: the digest or the method that has the star, or None.
    """
    own = next((row for row in rows if row.id == run), None)
    if own is None:
        return None, _translate("TryIt", "The run of this bundle was deleted.")
    alike = [
        row for row in rows
        if row.context == own.context and row.state is RunState.COMPLETED
        and row.digest != own.digest
    ]
    starred = [row for row in alike if baseline in (row.digest, row.method)]
    plain = [row for row in alike if row.method == PLAIN]
    found = max(starred or plain, key=lambda row: (row.seed == own.seed, row.id), default=None)
    if found is not None:
        return found, ""
    if own.method == PLAIN:
        return None, _translate("TryIt", "This run is plain itself.")
    return None, _translate(
        "TryIt", "Train plain with the same backbone and dataset to see where it disagrees."
    )


def caller(row: RunRow) -> str:
    """Return what the run is called where it says something: "Plain", or "Run 3"."""
    if row.method == PLAIN:
        return _translate("TryIt", "Plain")
    return _translate("TryIt", "Run {number}").format(number=row.id)
