"""What the "inspect" task found in a dataset."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.item_models.wording import file_size
from studio.pages.data.class_bars import ClassBars
from studio.widgets.image_grid import ImageGrid, unpack_images
from studio.widgets.labels import label
from studio.widgets.section import Section

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

_MOST_PROBLEMS = 100


class Findings(QWidget):
    """Size and statistics, problems, samples, class balance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plain: list[QImage] = []
        self._augmented: list[QImage] = []
        self._names: list[str] = []
        self._facts = label("", wrap=True)
        self._facts.setObjectName("data_facts")
        self._statistics = label("", "caption", wrap=True)
        self._problems = label("", wrap=True)
        self._problems.setObjectName("data_problems")
        self._grid, self._bars = ImageGrid(), ClassBars()
        self._grid.setObjectName("data_samples")
        self._toggle = QCheckBox(self.tr("as fed to the network, with augmentation"))
        self._toggle.setObjectName("data_augmented")
        self._toggle.toggled.connect(self._show_samples)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        contents = Section(self.tr("Contents"))
        contents.body.addWidget(self._facts)
        contents.body.addWidget(self._statistics)
        samples = Section(self.tr("Samples"))
        samples.add_control(self._toggle)
        samples.body.addWidget(self._grid)
        problems = Section(self.tr("Problems"))
        problems.body.addWidget(self._problems)
        balance = Section(self.tr("Images per class, training + test"))
        balance.body.addWidget(self._bars)
        for section in (contents, problems, samples, balance):
            column.addWidget(section)

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Show the result of the task."""
        height, width, channels = result["image_shape"]
        train, test = sum(result["train_counts"]), sum(result["test_counts"])
        text = self.tr("{0:,} training and {1:,} test images of {2} × {3} pixels, {4}, "
                       "in {5} classes.")
        colour = self.tr("grey") if channels == 1 else self.tr("colour")
        held_out = int(result["held_out"])
        splits = self.tr("Of the training images {0:,} are trained on, and {1:,} held out for "
                         "validation unless you say otherwise.")
        lines = [
            text.format(train, test, height, width, colour, len(result["classes"])),
            splits.format(train - held_out, held_out),
        ]
        if result.get("root"):
            place = self.tr("{0} on disk, in {1}")
            lines.append(place.format(file_size(result["num_bytes"]), result["root"]))
        self._facts.setText("\n".join(lines))
        mean = ", ".join(f"{value:.4f}" for value in result["mean"])
        std = ", ".join(f"{value:.4f}" for value in result["std"])
        self._statistics.setText(
            self.tr("Normalised with mean {0} and standard deviation {1}.").format(mean, std)
        )
        self._problems.setText(self._problem_text(result))
        self._bars.show_counts(result["classes"], result["train_counts"], result["test_counts"])
        self._plain = unpack_images(result["samples"])
        self._augmented = unpack_images(result["augmented"])
        self._names = [str(result["classes"][at]) for at in result["samples"]["labels"]]
        self._show_samples(self._toggle.isChecked())

    def _problem_text(self, result: Mapping[str, Any]) -> str:
        problems = result.get("problems", [])
        lines = [
            f"{p['path']}: {p['reason']}" if p.get("path") else str(p["reason"])
            for p in problems[:_MOST_PROBLEMS]
        ]
        if len(problems) > _MOST_PROBLEMS:
            lines.append(self.tr("… and {0:,} more.").format(len(problems) - _MOST_PROBLEMS))
        lines += [str(note) for note in result.get("notes", [])]
        return "\n".join(lines) or self.tr(
            "None found: every file could be read, no test image is a training image too, and "
            "no class is very small."
        )

    def _show_samples(self, augmented: bool) -> None:
        self._grid.show_images(self._augmented if augmented else self._plain, self._names)
