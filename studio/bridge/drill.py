"""The resume drill, `sila doctor --drill`, in a process of its own beside the window."""

import json
import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QProcess, Signal

from engine.spec.errors import StudioError
from engine.spec.workspace import Workspace

KILLS = 3
NUM_LINES = KILLS + 2
"""So many lines it says at most: how it goes about it, after the run left alone, at each kill."""
ENDING_MS = 30_000
"""For so long it may clean up when the program ends; it kills its own engine and workers first."""
_SAID, _COMPLAINED = "drill: ", "sila: "
_VERDICTS = (0, 1)  # exit codes: nothing was lost, or something was


class DrillError(StudioError):
    """The drill could not be done."""


@dataclass(frozen=True)
class DrillResult:
    """What the drill came to.

    Attributes:
        is_identical: whether the run that was killed ended with the bits of the one left alone.
        verdict: in a line.
        drift: what differs, a line each.
    """

    is_identical: bool
    verdict: str
    drift: tuple[str, ...]


class Drill(QObject):
    """Trains, kills and resumes in a workspace of its own, which goes with the process."""

    progressed = Signal(int, str)
    """How many lines it has said, and the last of them."""

    ended = Signal(object)
    """A DrillResult."""

    failed = Signal(str)
    """One line for the user."""

    cancelled = Signal()
    """It was told to end, and has cleaned up."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        """Make ready to drill on the disk of a workspace; its own runs are left alone."""
        super().__init__(parent)
        self._workspace = workspace
        self._lines: list[str] = []
        self._unwanted = False
        self._process = QProcess(self)
        self._process.readyReadStandardError.connect(self._on_said)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.end)

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def start(self, device: str = "auto") -> None:
        """Begin; `device` is as in a spec."""
        self._lines, self._unwanted = [], False
        self._process.start(sys.executable, [
            "-m", "engine", "doctor", "--drill", "--json", "--kills", str(KILLS),
            "--device", device, "--workspace", str(self._workspace.root),
        ])

    def cancel(self) -> None:
        """Tell it to end; it kills what it started and removes its files first."""
        self._unwanted = True
        self._process.terminate()

    def end(self) -> None:
        """Let it clean up before the program is gone."""
        if self.running:
            self.cancel()
            self._process.waitForFinished(ENDING_MS)

    # ---- what it says

    def _on_said(self) -> None:
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in said.splitlines():
            self._lines.append(line)
            if line.startswith(_SAID):
                told = sum(each.startswith(_SAID) for each in self._lines)
                self.progressed.emit(told, line.removeprefix(_SAID))

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_said()
        if self._unwanted:
            self.cancelled.emit()
            return
        try:
            if status is not QProcess.ExitStatus.NormalExit or code not in _VERDICTS:
                raise DrillError(self._complaint())
            found = parse_result(bytes(self._process.readAllStandardOutput().data()))
        except DrillError as error:
            self.failed.emit(str(error))
        else:
            self.ended.emit(found)

    def _complaint(self) -> str:
        last = self._lines[-1] if self._lines else ""
        return last.removeprefix(_COMPLAINED) or self.tr("The drill ended without a word.")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.failed.emit(self._process.errorString())


def parse_result(said: bytes) -> DrillResult:
    """Read what `sila doctor --drill --json` printed.

    Raises:
        DrillError: it is not that.
    """
    try:
        found = json.loads(said)
        return DrillResult(found["identical"], found["verdict"], tuple(found["drift"]))
    except (ValueError, KeyError, TypeError):
        raise DrillError(f"the drill said nothing that could be read: {said[:80]!r}") from None
