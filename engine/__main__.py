"""The `sila` command. Its verbs lie in `engine.cli.verbs`, what they do in the rest of `engine`."""

import sys

import typer

from engine.cli import present
from engine.cli.verbs import knowing, looking, shipping, training
from engine.spec.errors import StudioError

app = typer.Typer(
    help="SiLa Studio on the command line: the same engine and workspace as the window.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
)
for part in (training, looking, shipping, knowing):
    app.add_typer(part.verbs)

# Wherever this typer keeps click: the base of everything that is wrong with a command line.
UsageError: type[Exception] = next(
    c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException"
)


def main() -> None:
    """Run the command; what a user can mend is one line on stderr and exit code 2."""
    try:
        code = app(standalone_mode=False)
    except StudioError as error:
        present.complain(str(error))
        sys.exit(2)
    except UsageError as error:
        said = getattr(error, "format_message", error.__str__)()
        present.complain(said or "type 'sila --help' for the commands")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(code)


if __name__ == "__main__":
    main()
