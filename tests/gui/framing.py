"""The commands that the frame gives to pages, for a page that stands alone."""

from functools import partial

from studio.app import PAGES
from studio.bridge.jobs import as_line
from studio.state.commands import Command

FRAME = ("go.", "engine.", "workspace.", "demo.")


def add_frame(context):
    """Register what pages have buttons for; none of it needs a window here."""
    feed, selection = context.feed, context.selection
    for page in PAGES:
        add(context, f"go.{page.id}", partial(selection.show_page, page.id))
    add(context, "workspace.open", lambda: None)
    add(context, "demo.start", lambda: None)
    for name, act in (("start", "start_engine"), ("stop", "stop_engine")):
        add(context, f"engine.{name}", partial(run_engine, context, act),
            lambda is_there=name == "start": "no" if (feed.engine is not None) is is_there else None)
    feed.engine_changed.connect(lambda _: context.commands.refresh())


def add(context, name, act, *reason):
    context.commands.add(Command(name, name, "", act, *reason))


def run_engine(context, act):
    context.jobs.run(
        getattr(context.client, act), None,
        lambda error: context.messages.say(as_line(error), "bad"),
    )
