"""The dialog that forks runs: from which epoch they go on, and with what changed."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.forking import STAYS, check_fork
from engine.spec.naming import fork_name
from engine.spec.options import parse
from engine.spec.rows import RunRow
from engine.spec.run_spec import MethodSpec, RunSpec, TrainingSpec
from studio.bridge.client import run_name
from studio.forms.from_schema import SchemaForm, form_of_card, form_of_model
from studio.forms.names_editor import Offer, offers_of_runs
from studio.item_models.wording import brief, percent_metric
from studio.state.context import Context
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import label
from studio.widgets.layout import cells, column
from studio.widgets.section import Section

if TYPE_CHECKING:
    from studio.bridge.client import ForkPoint

_translate = QCoreApplication.translate
_TRAINING, _EPOCHS = "training.", "epochs"
_MORE_EPOCHS = 0.5
"""Of the parent's, that a fork at its end is to train at first."""
_MOST_EPOCHS = 6
"""That are named one by one."""
_SIZE = (600, 680)


class ForkDialog(QDialog):
    """Asks for an epoch, and shows method and recipe of the runs to be changed.

    Signals:
        asked: what each fork is to be (RunSpec by the run that it is a fork of), the epoch, and a
            name, or an empty one.
    """

    asked = Signal(object, int, str)

    def __init__(
        self, specs: dict[int, RunSpec], points: "Sequence[ForkPoint]", catalog: Catalog,
        offers: Sequence[Offer] = (), parent: QWidget | None = None,
    ) -> None:
        """Show what the runs are.

        Args:
            specs: of the runs, which differ by nothing but the seed.
            points: the epochs at which they can be forked; one at least.
            catalog: what there is.
            offers: runs that may teach.
            parent: owner.
        """
        super().__init__(parent)
        self._specs, self._catalog, self._offers = specs, catalog, offers
        self._old = next(iter(specs.values()))
        self._form: SchemaForm | None = None
        self.setObjectName("fork.dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Fork at an epoch"))
        self.resize(*_SIZE)
        self._build(points)
        self._length.set_values({_EPOCHS: self._epochs_at_first()})
        self._recipe.set_values(self._old.training.model_dump(exclude_defaults=True))
        self._on_method()

    def _epochs_at_first(self) -> int:
        """The parent's, and some more where the one to fork at is its last."""
        epochs = self._old.training.epochs
        is_over = self._epoch.currentData() >= epochs
        return epochs + max(1, round(_MORE_EPOCHS * epochs)) if is_over else epochs

    # ---- building

    def _build(self, points: "Sequence[ForkPoint]") -> None:
        self._plan = label("", wrap=True)
        self._plan.setObjectName("fork.plan")
        hint = label(self.tr(
            "A fork goes on with the weights, the optimiser's state and the batches that its "
            "parent had at that epoch. Change one thing, and see what it did."
        ), "muted", wrap=True)
        self._method_section = Section()
        self._length = form_of_model(
            TrainingSpec, "training",
            leave_out=[key for key in TrainingSpec.model_fields if key != _EPOCHS],
        )
        self._length.edited.connect(self._on_epochs)
        stays = [key.removeprefix(_TRAINING) for key in STAYS if key.startswith(_TRAINING)]
        self._recipe = SchemaForm(
            TrainingSpec.model_json_schema(), partial(_check_recipe, self._length),
            leave_out=[*stays, _EPOCHS],
        )
        self._recipe.edited.connect(self._refresh)
        recipe = Section(self.tr("Recipe"))
        recipe.body.addWidget(self._recipe)
        page = QWidget()
        page.setProperty("role", "page")
        inner = column(page)
        inner.addWidget(self._method_section)
        inner.addWidget(recipe)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has it
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._reason = label("", "error", wrap=True)
        self._reason.setObjectName("fork.reason")
        layout = column(self, spacing=12, margin=16)
        layout.addWidget(self._plan)
        layout.addWidget(hint)
        layout.addWidget(self._make_head(points))
        kept = label(self._kept_text([point.epoch for point in points]), "caption", wrap=True)
        kept.setObjectName("fork.kept")
        layout.addWidget(kept)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._reason)
        layout.addWidget(self._make_buttons())

    def _make_head(self, points: "Sequence[ForkPoint]") -> QWidget:
        head = QWidget()
        grid = cells(head, (8, 8), stretched=1)
        self._epoch, self._method = CalmComboBox(head), CalmComboBox(head)
        self._name = QLineEdit(head)
        for point in points:
            text = str(point.epoch) if point.top1 is None else self.tr(
                "{0}  ·  val top-1 {1} %"
            ).format(point.epoch, percent_metric(point.top1))
            self._epoch.addItem(text, point.epoch)
        # The newest that leaves something to train.
        left = [at for at, p in enumerate(points) if p.epoch < self._old.training.epochs]
        self._epoch.setCurrentIndex(left[-1] if left else len(points) - 1)
        self._epoch.currentIndexChanged.connect(self._refresh)
        for card in self._catalog.all("method"):
            self._method.addItem(card.title, card.name)
        self._method.setCurrentIndex(max(0, self._method.findData(self._old.method.name)))
        self._method.currentIndexChanged.connect(self._on_method)
        rows: list[tuple[str, QWidget, str]] = [
            (self.tr("After epoch"), self._epoch, "fork.epoch"),
            (self.tr("Method"), self._method, "fork.method"),
            (self.tr("Name"), self._name, "fork.name"),
        ]
        wide = 0
        for at, (text, widget, name) in zip((0, 2, 3), rows, strict=True):
            widget.setObjectName(name)
            widget.setAccessibleName(text)
            caption = label(text, "muted")
            caption.setBuddy(widget)
            wide = max(wide, caption.sizeHint().width())
            grid.addWidget(caption, at, 0)
            grid.addWidget(widget, at, 1)
            # Several are not to have one name.
            for shown in (caption, widget):
                shown.setVisible(widget is not self._name or len(self._specs) == 1)
        inner = self._length.layout()
        assert isinstance(inner, QGridLayout)
        inner.setColumnMinimumWidth(0, wide)
        grid.addWidget(self._length, 1, 0, 1, 2)
        epochs = self._length.editor(_EPOCHS).control
        QWidget.setTabOrder(self._epoch, epochs)
        QWidget.setTabOrder(epochs, self._method)
        return head

    def _kept_text(self, epochs: Sequence[int]) -> str:
        """Which epochs can be forked at, why these, and what would have kept more."""
        every, option = self._old.training.keep_every, TrainingSpec.model_fields["keep_every"].title
        if every:
            text = self.tr(
                "Checkpoints that were kept: {0}. They are those of every {1} epochs, as “{2}” in "
                "the recipe asks for, and the newest."
            )
            return text.format(_listed(epochs), every, option)
        if len(epochs) == 1:
            text = self.tr(
                "Only the checkpoint of epoch {0} was kept: of a completed run the last one is, "
                "until then the newest two are. “{1}” in the recipe keeps more of the next run, "
                "or of this fork."
            )
        else:
            text = self.tr(
                "Only the checkpoints of epochs {0} were kept: until a run is completed, the "
                "newest two are. “{1}” in the recipe keeps more of the next run, or of this fork."
            )
        return text.format(_listed(epochs), option)

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        text = self.tr("Queue the fork") if len(self._specs) == 1 else self.tr(
            "Queue %n forks", "", len(self._specs)
        )
        self._queue = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
        self._queue.setObjectName("fork.queue")
        self._queue.setProperty("role", "primary")
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        return buttons

    # ---- what is heard

    def _on_method(self) -> None:
        """Show the options of another method; those of the parent's own are as it has them."""
        name = self._method.currentData()
        if self._form is not None:
            self._method_section.body.removeWidget(self._form)
            self._form.deleteLater()
        card = self._catalog.card("method", name)
        self._form = form_of_card(card, self._catalog)
        self._form.set_values(self._old.method.options if name == self._old.method.name else {})
        self._form.offer_teachers(self._offers)
        self._form.edited.connect(self._refresh)
        self._method_section.set_title(card.title)
        self._method_section.body.addWidget(self._form)
        self._method_section.setVisible(not self._form.is_empty())
        self._refresh()

    def _on_epochs(self) -> None:
        self._recipe.mark({})  # what it takes depends on them
        self._refresh()

    def _refresh(self) -> None:
        """Say what stands against the fork, or that nothing would be learned from it."""
        epoch = self._epoch.currentData()
        try:
            new = self._check()
            is_over = new.training.epochs <= epoch
            if not is_over:
                check_fork(self._old, epoch, new)
        except SpecError as error:
            self._say(brief(str(error)), "error")
            self._plan.hide()
            self._queue.setEnabled(False)
            return
        self._plan.setText(self._plan_text(epoch, new))
        self._plan.setVisible(not is_over)
        hint = ""
        if is_over:
            hint = self._advise(epoch, new.training.epochs)
        elif new == self._old:
            hint = self.tr("Nothing is changed: the fork will end with the weights of its parent, "
                           "bit for bit.")
        self._say(hint, "muted")
        self._name.setPlaceholderText(fork_name(run_name(new), epoch))
        self._queue.setEnabled(not is_over)

    def _plan_text(self, epoch: int, new: RunSpec) -> str:
        """What the fork does, and what Compare will make of it."""
        was, epochs = self._old.training.epochs, new.training.epochs
        one, more = self.tr("1 more epoch"), self.tr("{0} more epochs")
        left = one if epochs - epoch == 1 else more.format(epochs - epoch)
        if epoch == was:
            text = self.tr(
                "This fork goes on from epoch {0}, its parent's last, and trains {1}: {2} instead "
                "of {0}."
            )
        elif epochs != was:
            text = self.tr(
                "This fork goes on from epoch {0} and trains {1}: {2} in all, its parent {3}."
            )
        else:
            text = self.tr("This fork goes on from epoch {0} and trains {1}, as its parent did.")
        told = [text.format(epoch, left, epochs, was)]
        if new.context_digest() != self._old.context_digest():
            told.append(self.tr(
                "Its recipe is not its parent's: Compare shows it beside its parent, but does not "
                "set it against it seed by seed."
            ))
        elif new != self._old:
            told.append(self.tr(
                "Its recipe stays its parent's: Compare can set it against its parent seed by seed."
            ))
        return " ".join(told)

    def _advise(self, epoch: int, epochs: int) -> str:
        """What to change where all epochs are behind the fork, which is no mistake of anybody's."""
        if self._epoch.itemData(0) < epochs:
            return self.tr(
                "After epoch {0} of {1} there is nothing left to train: set more epochs, "
                "or fork at an earlier one."
            ).format(epoch, epochs)
        return self.tr(
            "After epoch {0} of {1} there is nothing left to train: set more epochs."
        ).format(epoch, epochs)

    def _check(self) -> RunSpec:
        assert self._form is not None
        reason = self._form.problem() or self._length.problem() or self._recipe.problem()
        if reason:
            raise SpecError(reason)
        return self._catalog.resolve(self._changed(self._old))

    def _changed(self, spec: RunSpec) -> RunSpec:
        """What the fork of a run is to be."""
        assert self._form is not None
        values = {**self._recipe.values(), **self._length.values()}
        kept: dict[str, Any] = {"batch_size": spec.training.batch_size}
        return spec.model_copy(update={
            "method": MethodSpec(name=self._method.currentData(), options=self._form.values()),
            "training": parse(TrainingSpec, {**values, **kept}, "training"),
        })

    def _say(self, text: str, role: str) -> None:
        self._reason.setText(text)
        self._reason.setVisible(bool(text))
        if self._reason.property("role") != role:
            self._reason.setProperty("role", role)
            self._reason.style().polish(self._reason)

    def _on_accepted(self) -> None:
        self._refresh()
        if self._queue.isEnabled():
            specs = {run: self._changed(spec) for run, spec in self._specs.items()}
            self.asked.emit(specs, self._epoch.currentData(), self._name.text().strip())
            self.accept()


def _check_recipe(length: SchemaForm, values: dict[str, Any]) -> TrainingSpec:
    """Check the rest of the recipe with the epochs that stand above it."""
    return parse(TrainingSpec, {**values, **length.values()}, "training")


def _listed(epochs: Sequence[int]) -> str:
    """Some epochs, of many the first and the last: "3, 6, …, 12"."""
    shown = [*map(str, epochs)]
    return ", ".join(shown if len(shown) <= _MOST_EPOCHS else [*shown[:2], "…", shown[-1]])


def ask_to_fork(context: Context, window: QWidget, runs: Sequence[RunRow]) -> None:
    """Ask how to fork runs of one variant, and queue the forks."""
    client, ids = context.client, [run.id for run in runs]

    def look() -> "tuple[dict[int, RunSpec], list[ForkPoint], Catalog]":
        specs = {run: client.spec(run) for run in ids}
        return specs, client.fork_points(ids), client.catalog()

    def show(found: "tuple[dict[int, RunSpec], list[ForkPoint], Catalog]") -> None:
        if not found[1]:
            context.messages.say(_translate(
                "ForkDialog",
                "There is no checkpoint of the end of an epoch to fork at. A run has those of its "
                "newest two epochs, a completed one that of its last, and of every few if its "
                "recipe keeps them.",
            ), "info")
            return
        offers = offers_of_runs(context.feed.runs, {runs[0].dataset})
        dialog = ForkDialog(*found, offers, window)
        dialog.asked.connect(partial(_queue, context))
        dialog.open()

    context.jobs.run(look, show, owner=window)


def _queue(context: Context, specs: dict[int, RunSpec], epoch: int, name: str) -> None:
    """Queue forks; Compare shows them beside their parents."""
    client = context.client

    def say(forks: list[int]) -> None:
        context.selection.choose([*specs, *forks])
        context.messages.offer(
            _translate("ForkDialog", "Queued run {0}.").format(", ".join(map(str, forks))),
            _translate("ForkDialog", "Open"), lambda: context.selection.open_run(forks[0]),
        )

    context.jobs.run(lambda: client.fork(specs, epoch, name), say)
