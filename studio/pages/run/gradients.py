"""Whether the auxiliary terms of the run looked at help its task, stage by stage."""

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

from engine.spec.run_state import RunState
from studio.pages.run.curves import CurvesTab
from studio.plots.curves import PanelKeys, gradient_panels_of
from studio.state.context import Context
from studio.widgets.labels import label


class GradientsTab(CurvesTab):
    """Cosine and ratio of the gradients of the task and of the auxiliary terms."""

    name = "gradients"
    many = ("cosine", "ratio")

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.add_line(label(self.tr(
            "Above 0 the auxiliary terms pull the way the task does, below 0 against it; where "
            "their gradient is short beside the task's, they do little."
        ), "caption", wrap=True))

    def _nothing(self, state: RunState) -> str:
        return self.tr(
            "Nothing yet: methods with auxiliary terms tell how their gradients stand to that of "
            "the task, every 200 steps or as the recipe says."
        )

    def _wanted(self, keys: Iterable[str]) -> list[PanelKeys]:
        return gradient_panels_of(keys)

    def _titles(self) -> dict[str, str]:
        return {"cosine": self.tr("Cosine, auxiliary to task"),
                "ratio": self.tr("Length, auxiliary / task")}
