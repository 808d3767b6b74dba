"""The engine: whether it is at work, on which devices, and when it ends."""

from typing import Any

from PySide6.QtWidgets import QWidget

from engine.spec.rows import EngineRow
from studio.item_models.wording import moment
from studio.pages.settings.drill import DrillSection
from studio.pages.settings.parts import FIELD_WIDTH, SettingChoice, Table, form, name
from studio.state.context import Context
from studio.state.settings import IDLE_MINUTES, STOP_ENGINE
from studio.widgets.buttons import PushButton, follow
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import Badge, label
from studio.widgets.layout import column
from studio.widgets.section import Section

_MOST_PARALLEL = 16
_MOST_DEVICES = 8


class EngineTab(QWidget):
    """Start and stop it, see what it sees, and say how it goes about its work."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        layout = column(self, spacing=12)
        layout.setContentsMargins(0, 12, 0, 0)
        for section in (
            self._make_engine(), self._make_devices(), self._make_work(),
            DrillSection(context, self),
        ):
            layout.addWidget(section)
        layout.addStretch(1)
        context.feed.engine_changed.connect(self._on_engine)
        self._on_engine(context.feed.engine)

    def ask(self) -> None:
        """Read what is kept with the workspace, which a command line may have changed."""
        client = self._context.client
        self._context.jobs.run(client.parallel_runs, self._on_parallel, owner=self)
        self._context.jobs.run(client.keeps_warm, self._on_warm, owner=self)

    # ---- building

    def _make_engine(self) -> Section:
        section = Section(self.tr("Engine"))
        self._state = Badge("")
        self._facts = label("", "muted", wrap=True)
        self._facts.setObjectName("settings_engine")
        self._start, self._stop = PushButton(self.tr("Start")), PushButton(self.tr("Stop"))
        section.add_control(self._state)
        for button, what in ((self._start, "start"), (self._stop, "stop")):
            button.setObjectName(f"settings_engine_{what}")
            follow(button, self._context.commands.action(f"engine.{what}"))
            section.add_control(button)
        section.body.addWidget(self._facts)
        return section

    def _make_devices(self) -> Section:
        section = Section(self.tr("Devices"))
        self._no_devices = label(
            self.tr("The engine says which devices it sees as soon as it runs."), "muted"
        )
        self._devices = Table("settings_devices", self.tr("Devices"), [
            self.tr("device"), self.tr("busy"), self.tr("memory used"), self.tr("memory"),
        ], right=1)
        self._devices.setSelectionMode(Table.SelectionMode.NoSelection)
        section.body.addWidget(self._no_devices)
        section.body.addWidget(self._devices)
        return section

    def _make_work(self) -> Section:
        section = Section(self.tr("How it works"))
        settings = self._context.settings
        self._parallel = CalmComboBox()
        self._parallel.setObjectName("settings_parallel")
        self._parallel.setAccessibleName(self.tr("Runs side by side"))
        for count in range(1, _MOST_PARALLEL + 1):
            self._parallel.addItem(str(count), count)
        self._parallel.setMinimumWidth(FIELD_WIDTH)
        self._parallel.setEnabled(False)
        self._parallel.setToolTip(self.tr("They share the cores and the GPU's memory"))
        self._parallel.activated.connect(self._on_parallel_chosen)
        close = SettingChoice(settings, STOP_ENGINE, "stops_engine", {
            False: self.tr("It goes on with the queue"),
            True: self.tr("It ends after what trains; the rest waits"),
        }, self.tr("When the window closes"))
        idle = SettingChoice(settings, IDLE_MINUTES, "idle_minutes", {
            5: self.tr("Ends after 5 minutes"), 15: self.tr("Ends after 15 minutes"),
            60: self.tr("Ends after an hour"), 0: self.tr("Stays, so that Start is instant"),
        }, self.tr("Without work"))
        idle.setToolTip(self.tr("Holds for engines that are started from now on"))
        self._warm = self._make_warm()
        rows = form()
        rows.addRow(name(self.tr("Runs side by side")), self._parallel)
        rows.addRow(name(self.tr("Pre-warmed workers")), self._warm)
        rows.addRow(name(self.tr("When the window closes")), close)
        rows.addRow(name(self.tr("Without work it")), idle)
        section.body.addLayout(rows)
        return section

    def _make_warm(self) -> CalmComboBox:
        made = CalmComboBox()
        made.setObjectName("settings_warm")
        made.setAccessibleName(self.tr("Pre-warmed workers"))
        made.addItem(self.tr("Ready: runs begin at once"), True)
        made.addItem(self.tr("None: runs begin after seconds"), False)
        made.setMinimumWidth(FIELD_WIDTH)
        made.setEnabled(False)
        made.setToolTip(self.tr(
            "Ready keeps PyTorch imported in a process of about 500 MB: a run begins after 0.1 s "
            "instead of 3 s, and so does an export (two cores, measured)."
        ))
        made.activated.connect(self._on_warm_chosen)
        return made

    # ---- the engine

    def _on_engine(self, engine: EngineRow | None) -> None:
        self._start.setVisible(engine is None)
        self._stop.setVisible(engine is not None)
        self._no_devices.setVisible(engine is None or not engine.devices)
        self._devices.setVisible(engine is not None and bool(engine.devices))
        if engine is None:
            self._state.say(self.tr("stopped"), "neutral")
            self._facts.setText(self.tr(
                "It starts by itself when something is queued. Queued runs wait until then."
            ))
            return
        self._state.say(self.tr("running"), "good")
        self._facts.setText(self.tr(
            "Since {0} on {1}, process {2}. Stopping it lets a running training finish."
        ).format(moment(engine.started_at), engine.host, engine.pid))
        self._devices.fill([device_texts(device) for device in engine.devices])
        self._devices.fit(_MOST_DEVICES)

    # ---- runs side by side

    def _on_parallel(self, count: int) -> None:
        if self._parallel.findData(count) < 0:  # from a command line
            self._parallel.addItem(str(count), count)
        self._parallel.setCurrentIndex(self._parallel.findData(count))
        self._parallel.setEnabled(True)

    def _on_parallel_chosen(self, _: int) -> None:
        client, count = self._context.client, int(self._parallel.currentData())
        self._context.jobs.run(lambda: client.set_parallel_runs(count))

    # ---- workers

    def _on_warm(self, warm: bool) -> None:
        self._warm.setCurrentIndex(self._warm.findData(warm))
        self._warm.setEnabled(True)

    def _on_warm_chosen(self, _: int) -> None:
        client, warm = self._context.client, bool(self._warm.currentData())
        self._context.jobs.run(lambda: client.keep_warm(warm))


def device_texts(device: dict[str, Any]) -> list[str]:
    """Return name, load, memory used and memory of a device, as far as they are known."""
    load, used, total = (device.get(k) for k in ("load", "memory_used_mib", "memory_total_mib"))
    return [
        str(device.get("name", "")),
        "–" if load is None else f"{load:.0f} %",
        f"{used / 1024:.1f} GiB" if used is not None and total else "–",
        f"{total / 1024:.1f} GiB" if total else "–",
    ]
