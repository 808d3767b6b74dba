"""What pressing Start will do, before it is pressed."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from studio.item_models.wording import count
from studio.pages.compose.badges import deployed_parameters
from studio.pages.compose.draft import ALTERNATIVES, Draft
from studio.widgets.labels import label
from studio.widgets.layout import cells

_translate = QCoreApplication.translate
_ASSUMED_CLASSES = 10
_MOST_LINES = 5
TITLES = 84
"""Width of the words before the values, so that they stand in one column with the probe's."""
_COUNTED_CHANNELS = 3  # what the cards of backbones were counted with


class Preflight(QWidget):
    """Number of runs and epochs, and the parameters that will ship."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = label("", wrap=True)
        self.runs.setObjectName("preflight_runs")
        self.epochs = label("")
        self.parameters = label("", wrap=True)
        self.parameters.setObjectName("preflight_parameters")
        grid = cells(self, (12, 8), stretched=1)
        grid.setColumnMinimumWidth(0, TITLES)
        rows = (
            (self.tr("Runs"), self.runs), (self.tr("Epochs in all"), self.epochs),
            (self.tr("Ships"), self.parameters),
        )
        for at, (title, value) in enumerate(rows):
            grid.addWidget(label(title, "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)

    def show_draft(self, draft: Draft, catalog: Catalog) -> None:
        """Work it out."""
        self.runs.setText(grid_text(draft))
        self.epochs.setText(f"{draft.num_epochs():,}")
        self.parameters.setText(shipped_text(draft, catalog))

    def show_nothing(self) -> None:
        """There is nothing to work out from."""
        for value in (self.runs, self.epochs, self.parameters):
            value.setText("–")


def grid_text(draft: Draft) -> str:
    """Return the product that makes the number of runs: "2 methods × 3 seeds = 6"."""
    words = {
        "dataset": _translate("Preflight", "{0} datasets"),
        "backbone": _translate("Preflight", "{0} backbones"),
        "method": _translate("Preflight", "{0} methods"),
    }
    counts = [(len(draft.picks.get(part, ())), words[part]) for part in ALTERNATIVES]
    counts += [(len(values), f"{{0}} {key}") for key, values in draft.varied.items()]
    factors = [text.format(count) for count, text in counts if count != 1]
    if draft.with_and_without:
        factors.append(_translate("Preflight", "with and without regularizers"))
    seeds = len(draft.seeds)
    factors.append(
        _translate("Preflight", "1 seed") if seeds == 1
        else _translate("Preflight", "{0} seeds").format(seeds)
    )
    return f"{' × '.join(factors)} = {draft.num_runs():,}"


def shipped_text(draft: Draft, catalog: Catalog) -> str:
    """Return the deployed parameters of each backbone and dataset."""
    lines: list[str] = []
    for backbone in draft.names("backbone"):
        for dataset in draft.names("dataset"):
            try:
                card, data = catalog.card("backbone", backbone), catalog.card("dataset", dataset)
            except SpecError:
                continue
            classes, channels = data.facts.get("num_classes"), data.facts.get("channels")
            params = deployed_parameters(card, int(classes or _ASSUMED_CLASSES))
            if params is None:
                continue
            exact = classes and channels == _COUNTED_CHANNELS
            shown = f"{params:,}" if exact else _translate("Preflight", "about {0}").format(
                count(params)
            )
            lines.append(
                _translate("Preflight", "{0}: {1} parameters").format(card.title, shown)
            )
    lines = list(dict.fromkeys(lines))
    if len(lines) > _MOST_LINES:
        more = _translate("Preflight", "… and {0} more").format(len(lines) - _MOST_LINES)
        lines = [*lines[:_MOST_LINES], more]
    if lines and len(draft.names("method")) > 1:
        lines.append(_translate("Preflight", "the same under every method"))
    return "\n".join(lines) or "–"
