"""Reading what the networks of a comparison said of the test images. No Qt here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.analysis.answers import Answers, step_of_test
from engine.analysis.comparison import Which
from engine.analysis.peers import PeerAnswers
from engine.spec.errors import DataError
from engine.spec.rows import RunRow

if TYPE_CHECKING:
    from studio.bridge.client import Client


class AnswersReader:
    """Reads what runs said of the test images, each once; notes what cannot be read."""

    def __init__(self, client: "Client", rows: Sequence[RunRow], which: Which) -> None:
        """Make a reader.

        Args:
            client: the workspace.
            rows: the runs.
            which: whether the last or the best weights are meant.
        """
        self._client = client
        self._steps = {row.id: step_of_test(row, which) or 0 for row in rows}
        self._said: dict[int, Answers | None] = {}
        self.problems: list[str] = []

    def read(self, run: int) -> Answers | None:
        """What the network that ships said; None where it is not kept."""
        if run not in self._said:
            try:
                path = self._client.predictions(run)["test"].get(self._steps[run])
                self._said[run] = self._client.read_predictions(path) if path else None
            except DataError as error:
                self._said[run] = None
                self.problems.append(str(error))
        return self._said[run]

    def read_peers(self, run: int) -> PeerAnswers | None:
        """What all peers said; None where there was one network, or it is not kept."""
        path = self._client.peers(run).get(self._steps[run])
        try:
            return self._client.read_peers(path) if path else None
        except DataError as error:
            self.problems.append(str(error))
            return None
