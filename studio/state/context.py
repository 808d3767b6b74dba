"""What every page is given."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.bridge.feed import Feed
from studio.bridge.jobs import Jobs
from studio.state.commands import Commands
from studio.state.messages import Messages
from studio.state.selection import Selection
from studio.state.settings import Settings

if TYPE_CHECKING:
    from studio.bridge.client import Client


@dataclass(frozen=True)
class Context:
    """The workspace, and the state that pages share.

    Attributes:
        client: the workspace; its calls block, so they go through `jobs`.
        jobs: work off the GUI thread.
        feed: tells what is new in the store.
        selection: what the user has chosen.
        settings: what the user has set.
        commands: what the user can do.
        messages: what the user is told.
    """

    client: "Client"
    jobs: Jobs
    feed: Feed
    selection: Selection
    settings: Settings
    commands: Commands
    messages: Messages
