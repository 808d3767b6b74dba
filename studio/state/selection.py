"""What the user has chosen, shared by all pages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

SPEC_ENDING = ".toml"
"""Of the files that `Selection.offer_spec` takes."""


class Selection(QObject):
    """The chosen runs, the run looked at, and the method that others are compared with."""

    chosen_changed = Signal(list)
    """The ids of the chosen runs, which Compare shows."""

    selected_changed = Signal(list)
    """The ids of the runs that commands act on now."""

    current_changed = Signal(object)
    """The id of the run looked at, or None."""

    baseline_changed = Signal(object)
    """The digest of the baseline variant, or None."""

    spec_changed = Signal(object)
    """A run's id whose specification the user wants to start from."""

    dataset_offered = Signal()
    """There is a dataset that the user wants to train on."""

    spec_offered = Signal()
    """There is a spec file that the user wants to start from."""

    data_offered = Signal()
    """There is a file or folder that the user wants among the datasets."""

    exported = Signal(int)
    """The id of a run of which the user has made a bundle."""

    bundle_tried = Signal()
    """The user has given images to a bundle."""

    page_requested = Signal(str)
    """The id of a page to be shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chosen: list[int] = []
        self._selected: list[int] = []
        self._current: int | None = None
        self._baseline: str | None = None
        self._template: int | None = None
        self._edited: int | None = None
        self._dataset: dict[str, Any] | None = None
        self._spec: Path | None = None
        self._data: Path | None = None

    @property
    def chosen(self) -> list[int]:
        """The ids of the chosen runs."""
        return list(self._chosen)

    @property
    def current(self) -> int | None:
        """The run looked at."""
        return self._current

    @property
    def baseline(self) -> str | None:
        """The digest of the variant that others are compared with; None leaves it to the page."""
        return self._baseline

    def choose(self, runs: Iterable[int]) -> None:
        """Choose these runs instead of those chosen before."""
        chosen = list(dict.fromkeys(runs))
        if chosen != self._chosen:
            self._chosen = chosen
            self.chosen_changed.emit(list(chosen))

    @property
    def selected(self) -> list[int]:
        """The ids of the runs that commands act on."""
        return list(self._selected)

    def select(self, runs: Iterable[int]) -> None:
        """Let commands act on these runs."""
        selected = list(dict.fromkeys(runs))
        if selected != self._selected:
            self._selected = selected
            self.selected_changed.emit(list(selected))

    def set_current(self, run: int | None) -> None:
        """Look at a run."""
        if run != self._current:
            self._current = run
            self.current_changed.emit(run)

    def set_baseline(self, digest: str | None) -> None:
        """Compare with a variant."""
        if digest != self._baseline:
            self._baseline = digest
            self.baseline_changed.emit(digest)

    @property
    def edited(self) -> int | None:
        """The run that `start_from` named last, if that was to be changed."""
        return self._edited

    def start_from(self, run: int, *, edit: bool = False) -> None:
        """Ask the compose page to begin with the specification of a run, and show it.

        Args:
            run: the run.
            edit: whether that run is to be changed, instead of another one queued.
        """
        self._template, self._edited = run, run if edit else None
        self.spec_changed.emit(run)
        self.show_page("compose")

    def take_template(self) -> int | None:
        """The run that `start_from` named last, once: for a page that was built only then."""
        template, self._template = self._template, None
        return template

    def train_on(self, dataset: Mapping[str, Any]) -> None:
        """Ask the compose page to train on a dataset (a `DatasetSpec` as a table), and show it."""
        self._dataset = dict(dataset)
        self.dataset_offered.emit()
        self.show_page("compose")

    def take_dataset(self) -> dict[str, Any] | None:
        """The dataset that `train_on` named last, once: for a page that was built only then."""
        dataset, self._dataset = self._dataset, None
        return dataset

    def offer_spec(self, path: Path) -> None:
        """Ask the compose page to begin with a spec file, and show it."""
        self._spec = path
        self.spec_offered.emit()
        self.show_page("compose")

    def take_spec(self) -> Path | None:
        """The file that `offer_spec` named last, once: for a page that was built only then."""
        spec, self._spec = self._spec, None
        return spec

    def offer_data(self, path: Path) -> None:
        """Ask the data page to add a file or folder, and show it."""
        self._data = path
        self.data_offered.emit()
        self.show_page("data")

    def take_data(self) -> Path | None:
        """The path that `offer_data` named last, once: for a page that was built only then."""
        data, self._data = self._data, None
        return data

    def open_run(self, run: int) -> None:
        """Look at a run on its own page."""
        self.set_current(run)
        self.show_page("run")

    def show_page(self, page: str) -> None:
        """Ask for a page to be shown."""
        self.page_requested.emit(page)
