"""The form of an experiment: name, seeds, three lists whose picks make a grid, their options."""

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.spec_file import Table
from studio.forms.seeds import format_seeds, parse_seeds
from studio.pages.compose.badges import size
from studio.pages.compose.card_list import CardList
from studio.pages.compose.conflicts import reasons_against
from studio.pages.compose.draft import DEFAULT_SEEDS, PARTS, CheckTeachers, Draft, Part
from studio.pages.compose.options_panel import OptionsPanel
from studio.pages.compose.part_section import PickActions
from studio.pages.compose.passport import Passport
from studio.pages.compose.preflight import Preflight
from studio.widgets.labels import label, line
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_SIDE, _LEAST = 280, 360


class DraftEditor(QWidget):
    """Edits a draft.

    Args:
        check_teachers: see `Draft.check`.
        probe: shown below what the experiment will be.
        passport: describes the card that is looked at.
        actions: what the buttons of picks do.
        parent: the widget that it is in.

    Signals:
        edited: the user changed something.
    """

    edited = Signal()

    def __init__(
        self, check_teachers: CheckTeachers, probe: QWidget, passport: Passport,
        actions: PickActions, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog, self._check_teachers = Catalog([]), check_teachers
        self._varied: dict[str, list[Any]] = {}
        self._actions = actions
        self._lists: dict[Part, CardList] = {}
        self._passport, self._preflight, self._probe = passport, Preflight(), probe
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._make_header())
        middle = QHBoxLayout()
        middle.setSpacing(12)
        layout.addLayout(middle, 1)
        for widget, stretch in ((self._make_middle(), 1), (self._make_side(), 0)):
            # Texts that wrap make a page as high as it would like to be: these scroll, if need be.
            widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
            widget.setMinimumHeight(_LEAST)
            middle.addWidget(widget, stretch)

    @property
    def options(self) -> OptionsPanel:
        """The forms."""
        return self._options

    def set_title(self, title: str, subtitle: str) -> None:
        """Say what is composed."""
        self._header.set_title(title, subtitle)

    def cards(self, part: Part) -> CardList:
        """The list of a part."""
        return self._lists[part]

    def set_catalog(self, catalog: Catalog) -> None:
        """Offer what a catalogue has; what is picked stays picked."""
        self._catalog = catalog
        for part in PARTS:
            cards = catalog.all(part)
            families = list(dict.fromkeys(card.facts.get("family") for card in cards))
            ordered = sorted(cards, key=lambda c: (families.index(c.facts.get("family")), size(c)))
            self._lists[part].set_cards(ordered)
        self._lists["regularizer"].setVisible(bool(catalog.all("regularizer")))
        self._options.set_catalog(catalog)

    def draft(self) -> Draft:
        """What is composed.

        Raises:
            SpecError: the seeds are not understood, or there is no name.
        """
        reason = self._name_problem()
        if reason is not None:
            raise SpecError(reason)
        name = " ".join(self._name.text().split())  # lines that were pasted are one
        return replace(self._rest(), name=name, seeds=self._read_seeds())

    def _rest(self) -> Draft:
        """All but the name and the seeds."""
        return Draft(
            picks={part: tables for part in PARTS if (tables := self._options.tables(part))},
            bare_too=self._bare_too.isChecked() and bool(self._options.tables("regularizer")),
            training=self._options.training_form.values(),
            varied=self._varied,
        )

    def set_draft(self, draft: Draft) -> None:
        """Show an experiment; names that the catalogue lacks are passed over."""
        self._name.setText(draft.name)
        self._seeds.setText(format_seeds(draft.seeds))
        self._varied = dict(draft.varied)
        self._bare_too.setChecked(draft.bare_too)
        self._options.set_training(draft.training)
        for part in PARTS:
            self._options.set_tables(part, draft.picks.get(part, ()))
            self._lists[part].set_picked(list(dict.fromkeys(draft.names(part))))
        self.refresh()

    def use_dataset(self, table: Table) -> None:
        """Train on this dataset instead of those that are picked."""
        self._options.set_tables("dataset", [table])
        self.refresh()
        self.edited.emit()

    def refresh(self) -> None:
        """Make lists and pre-flight say what the options say."""
        for part in PARTS:
            names = list(dict.fromkeys(str(t["name"]) for t in self._options.tables(part)))
            if set(names) != set(self._lists[part].picked()):
                self._lists[part].set_picked(names)
        self._bare_too.setVisible(bool(self._lists["regularizer"].picked()))
        self._say_conflicts()
        reasons = self._name_problem(), self._seeds_problem()
        for edit, reason in zip((self._name, self._seeds), reasons, strict=True):
            _mark(edit, reason)
        if reasons[1] is None:
            draft = replace(self._rest(), seeds=self._read_seeds())
            self._preflight.show_draft(draft, self._catalog)
        else:
            self._preflight.show_nothing()

    def _say_conflicts(self) -> None:
        """Dim the cards that cannot be combined with what is picked."""
        picked = [
            self._catalog.card(part, name)
            for part in PARTS for name in self._lists[part].picked()
        ]
        for part in PARTS:
            reasons = reasons_against(self._catalog.all(part), picked)
            self._lists[part].set_reasons(reasons)

    def check(self) -> str | None:
        """Return why the experiment cannot be run as it is, in one line, or None.

        What is to blame is marked in place, where it is one option.
        """
        reason, error = self._options.problem(), None
        if reason is None:
            error = self._refusal()
            reason = str(error) if error else None
        self._options.mark(error)
        reasons = [self._name_problem(), self._seeds_problem(), reason]
        return "; ".join(filter(None, reasons)) or None

    def go_to_problem(self) -> None:
        """Turn to the first line or option that is marked."""
        reasons = self._name_problem(), self._seeds_problem()
        for edit, reason in zip((self._name, self._seeds), reasons, strict=True):
            if reason is not None:
                edit.setFocus()
                return
        self._options.go_to_problem()

    def _name_problem(self) -> str | None:
        return None if self._name.text().strip() else self.tr("the experiment needs a name")

    def _read_seeds(self) -> tuple[int, ...]:
        return tuple(parse_seeds(self._seeds.text()))

    def _seeds_problem(self) -> str | None:
        try:
            self._read_seeds()
        except SpecError as error:
            return str(error)
        return None

    def _refusal(self) -> SpecError | None:
        """What the queue would say of the picks and their options."""
        seeds = DEFAULT_SEEDS if self._seeds_problem() else self._read_seeds()
        try:
            replace(self._rest(), seeds=seeds).check(self._catalog, self._check_teachers)
        except SpecError as error:
            return error
        return None

    def _make_header(self) -> PageHeader:
        header = self._header = PageHeader("")
        self._name = self._make_line("compose_name", self.tr("Name"), 180)
        self._name.setWhatsThis(self.tr("The experiment that groups the runs"))
        self._seeds = self._make_line("compose_seeds", self.tr("Seeds"), 96)
        self._seeds.setWhatsThis(self.tr(
            "Such as 0-2 or 0, 1, 5. Runs of one seed share initial weights, batches and "
            "augmentation, so methods are compared seed by seed; one seed names no winner."
        ))
        for edit in (self._name, self._seeds):
            caption = label(edit.accessibleName(), "muted")
            caption.setBuddy(edit)
            header.add_action(caption)
            header.add_action(edit)
        return header

    def _make_line(self, name: str, title: str, width: int) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(name)
        edit.setAccessibleName(title)
        edit.setFixedWidth(width)
        edit.textEdited.connect(self.edited)
        return edit

    def _make_middle(self) -> QSplitter:
        titles: dict[Part, str] = {
            "backbone": self.tr("Backbone"), "method": self.tr("Method"),
            "dataset": self.tr("Dataset"), "regularizer": self.tr("Regularizers"),
        }
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        lists = QWidget()
        splitter.addWidget(lists)
        row = QHBoxLayout(lists)
        row.setContentsMargins(0, 0, 0, 8)
        row.setSpacing(8)
        for part, title in titles.items():
            self._lists[part] = self._make_list(part, title)
        shares: dict[Part, int] = {"backbone": 14, "method": 12, "dataset": 10}
        for part, share in shares.items():
            frame = Section()
            row.addWidget(frame, share)
            frame.body.addWidget(self._lists[part], 1)
            if part == "method":
                frame.body.addWidget(line())
                frame.body.addWidget(self._lists["regularizer"])
        self._bare_too = self._make_bare_too()
        self._lists["regularizer"].add_control(self._bare_too)
        self._options = OptionsPanel(self._actions, splitter)
        self._options.edited.connect(self.edited)
        splitter.addWidget(self._options)
        splitter.setSizes([310, 330])
        return splitter

    def _make_list(self, part: Part, title: str) -> CardList:
        cards = CardList(title, f"compose_{part}", compact=part == "regularizer")
        cards.picks_changed.connect(partial(self._on_picks, part))
        cards.current_changed.connect(self._passport.show_card)
        return cards

    def _make_bare_too(self) -> QCheckBox:
        box = QCheckBox(self.tr("also without"))
        box.setObjectName("compose_bare_too")
        box.setToolTip(self.tr(
            "Every run is made without the regularizers, too, so that what they bring can be told"
        ))
        box.clicked.connect(self.edited)
        return box

    def _make_side(self) -> QScrollArea:
        scroll, page = QScrollArea(self), QWidget()
        scroll.setWidget(page)
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        for title, widgets in (
            (self.tr("Before you start"), (self._preflight, self._probe)),
            (self.tr("Passport"), (self._passport,)),
        ):
            section = Section(title)
            column.addWidget(section)
            for widget in widgets:
                section.body.addWidget(widget)
        column.addStretch(1)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(_SIDE)
        return scroll

    def _on_picks(self, part: Part) -> None:
        self._options.set_names(part, self._lists[part].picked())
        self.edited.emit()


def _mark(edit: QLineEdit, reason: str | None) -> None:
    """Show in place that a text cannot be, and why; else what the line is for."""
    edit.setProperty("invalid", reason is not None)
    edit.setToolTip(reason or edit.whatsThis())
    edit.setAccessibleDescription(reason or "")
    edit.style().polish(edit)
