"""What a run asks of the machine, live."""

from collections.abc import Iterable

from studio.pages.run.curves import CurvesTab
from studio.plots.curves import TIME, PanelKeys, system_panels_of


class SystemTab(CurvesTab):
    """Load, memory and waiting for data, over the time of the run."""

    name = "system"
    first_axis = TIME
    many = ("memory", "gpu_memory")

    def _wanted(self, keys: Iterable[str]) -> list[PanelKeys]:
        return system_panels_of(keys)

    def _titles(self) -> dict[str, str]:
        return {"cpu": self.tr("CPU (% of one core)"), "memory": self.tr("Memory (MiB)"),
                "gpu": self.tr("GPU (% of the time)"), "gpu_memory": self.tr("GPU memory (MiB)"),
                "data_wait": self.tr("Waiting for data (% of the time)"),
                "images_per_s": self.tr("Images per second")}
