"""The commands that the frame gives to pages, for a page that stands alone."""

from functools import partial

from studio.app import PAGES
from studio.bridge.jobs import as_line
from studio.state.commands import Command


def add_frame(context, leave_out=()):
    """Register what pages have buttons for; none of it needs a window here."""
    feed, selection = context.feed, context.selection
    for page in PAGES:
        add(context, f"go.{page.id}", partial(selection.show_page, page.id))
    for others in {"workspace.open", "demo.start"}.difference(leave_out):
        add(context, others, lambda: None)
    add(context, "engine.start", partial(run_engine, context, "start_engine"),
        lambda: "The engine is running" if feed.engine else None)
    add(context, "engine.stop", partial(run_engine, context, "stop_engine"),
        lambda: None if feed.engine else "The engine is not running")
    feed.engine_changed.connect(lambda _: context.commands.refresh())


def add(context, name, act, *reason):
    context.commands.add(Command(name, name, "", act, *reason))


def run_engine(context, act):
    context.jobs.run(
        getattr(context.client, act), None,
        lambda error: context.messages.say(as_line(error), "bad"),
    )
