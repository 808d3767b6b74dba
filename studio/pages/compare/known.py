"""What comparisons have read so far, so that it is not read again. No Qt here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.analysis.comparison import Comparison
from engine.analysis.curves import Band
from engine.analysis.mcnemar import PairTest
from engine.spec.catalog import Catalog
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from studio.pages.compare.histories import Curve, Curves, Series

if TYPE_CHECKING:
    from studio.bridge.client import Client, Points

Judgement = tuple[Comparison, tuple[PairTest, ...], tuple[str, ...]]


class Known:
    """The workspace as comparisons have read it. One of them at a time may use it.

    Attributes:
        client: the workspace itself.
    """

    def __init__(self, client: "Client") -> None:
        """Know nothing yet.

        Args:
            client: the workspace.
        """
        self.client = client
        self._series: dict[str, Series] = {}
        self._curves = Curves()
        self._specs: dict[tuple[int, str], RunSpec] = {}
        self._catalog: tuple[object, Catalog] | None = None
        self._judged: tuple[Comparison, Judgement] | None = None

    def catalog(self) -> Catalog:
        """The cards, read anew only when they changed."""
        stamp = self.client.catalog_stamp()
        if self._catalog is None or self._catalog[0] != stamp:
            self._catalog = stamp, self.client.catalog()
        return self._catalog[1]

    def specs(self, rows: Iterable[RunRow]) -> dict[str, RunSpec]:
        """A spec of each variant, that of its first run."""
        first: dict[str, int] = {}
        for row in rows:
            first.setdefault(row.digest, row.id)
        for digest, run in first.items():
            if (run, digest) not in self._specs:  # a queued run may become another variant
                self._specs[run, digest] = self.client.spec(run)
        return {digest: self._specs[run, digest] for digest, run in first.items()}

    def series(self, rows: Sequence[RunRow], key: str) -> "Mapping[int, Points]":
        """One series of runs; see `Series.read`."""
        return self._series.setdefault(key, Series(self.client, key)).read(rows)

    def keep_series(self, keys: Iterable[str]) -> None:
        """Forget all series but these."""
        self._series = {key: self._series[key] for key in keys if key in self._series}

    def curves(
        self, rows: Sequence[RunRow], series: "Mapping[int, Points]", comparison: Comparison
    ) -> tuple[dict[int, Curve], dict[str, Band]]:
        """The curves of runs, and the bands of variants as they are compared; see `Curves`."""
        curves = self._curves.of_runs(rows, series)
        counted = {run for group in comparison.groups for run in group.runs}
        return curves, self._curves.of_variants(rows, curves, counted)

    def judged(self, comparison: Comparison) -> Judgement | None:
        """What was last found beside a comparison, if it was this one."""
        if self._judged is not None and self._judged[0] == comparison:
            return self._judged[1]
        return None

    def keep_judgement(self, comparison: Comparison, judgement: Judgement) -> None:
        """Remember what was found beside a comparison."""
        self._judged = comparison, judgement
