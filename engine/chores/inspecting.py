"""Setting the files of a bundle against what is written of the plain backbone, here and now."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import isclose
from pathlib import Path
from typing import Any

from engine.build import Reporting
from engine.chores.rebuild import blank_of
from engine.exports.content import Content
from engine.exports.format import Format, Opened
from engine.exports.plain_file import (
    PlainFile,
    other_helper,
    said_otherwise,
    surplus,
    too_many,
    write_plain,
)
from engine.exports.verify_told import is_of_this_program, other_tools
from engine.spec.errors import ExportError

_AS_NEAR = 1e-3


class Inspecting:
    """Looks for operators and tensors that the plain backbone has not.

    No image is needed for it: a graph does not depend on what it is fed.

    Args:
        bundle: its folder.
        certificate: its.
        folder: where the plain backbone is written to.
        progress: told how far it is.

    Attributes:
        checks: what was found right, a line each.
        not_checked: what could not be looked at, and why, a line each.
        is_complete: every file was held against the plain backbone's, operator by operator, and
            every helper is what is written here.
    """

    def __init__(
        self, bundle: Path, certificate: Mapping[str, Any], folder: Path, progress: Reporting
    ) -> None:
        self._bundle, self._certificate, self._folder = bundle, certificate, folder
        self._progress = progress
        self.checks: list[str] = []
        self.not_checked: list[str] = []
        self.is_complete = True

    def inspect(
        self, form: Format, opened: Opened, plain: Content
    ) -> tuple[Opened, PlainFile | None]:
        """Set one file against the plain backbone's.

        Args:
            form: of the file.
            opened: it.
            plain: what would be written of the plain backbone.

        Returns:
            The file as it is to be asked, and the plain backbone's, None where it cannot be written
            here, but could be elsewhere. Where the bundle's helpers are what is written of the
            plain backbone, byte for byte, both are opened with the latter; code of a bundle itself
            is never run.

        Raises:
            ExportError: the file, or one that helps to use it, holds what the other does not, or
                it says of itself what is not written of the plain backbone.
        """
        self._progress(0, 0, f"writing {form.file_name} of the plain backbone")
        others = other_tools(self._certificate, form)
        written = self._written(form, plain, others)
        if written is None or others:
            self._count(form, opened, plain, written, others)
        else:
            self._set_against(form, opened, written)
        if odd := said_otherwise(form, opened, plain, written, alike=not others):
            raise ExportError(f"{form.file_name} says {odd}")
        self._check_temperature(form, opened, written)
        return self._as_used(form, opened, written)

    def _set_against(self, form: Format, opened: Opened, written: PlainFile) -> None:
        """Set a file, and what helps to use it, against the plain backbone's piece by piece."""
        more = surplus(opened.graph(), written) or self._other_helper(form, written)
        if more:
            raise ExportError(f"{form.file_name} holds more than the plain backbone does ({more})")
        self.checks.append(
            f"{form.file_name} holds no operator or tensor more than the plain backbone's, written "
            "here"
        )

    def _check_temperature(self, form: Format, opened: Opened, written: PlainFile | None) -> None:
        """See that a file divides by the temperatures; helpers are known to be what is written."""
        if "temperature" not in self._certificate or form.helpers:
            return
        told = self._certificate["temperature"]["values"]
        if written is None or not _divides(written.opened, told):
            self.not_checked.append(f"the temperature in {form.file_name}")
        elif not _divides(opened, told):
            values = ", ".join(f"{value:.3f}" for value in told)
            raise ExportError(f"{form.file_name} has another temperature than {values}")
        else:
            self.checks.append(f"{form.file_name} divides its logits by the temperature")

    def _as_used(
        self, form: Format, opened: Opened, written: PlainFile | None
    ) -> tuple[Opened, PlainFile | None]:
        """Both files with the helpers that were written here, or without any."""
        if written is None or not form.helpers:
            return opened, written
        blank, file = partial(blank_of, self._certificate), self._bundle / form.file_name
        if not other_helper(form, file, written):
            return form.open_as_used(file, blank, written.path), written
        self.not_checked.append(
            f"what {' and '.join(form.helpers)} answers: it is another than is written here, so it "
            f"was not run, and {form.file_name} is asked without it"
        )
        return opened, written._replace(opened=form.open(written.path, blank))

    def _written(self, form: Format, plain: Content, others: str) -> PlainFile | None:
        blank = partial(blank_of, self._certificate)
        try:
            return write_plain(form, plain, blank, self._folder)
        except ExportError:
            if others:
                return None
            raise

    def _other_helper(self, form: Format, written: PlainFile) -> str:
        """Which file beside it is another, where the same program writes it."""
        if not form.helpers:
            return ""
        names = " and ".join(form.helpers)
        if more := other_helper(form, self._bundle / form.file_name, written):
            if is_of_this_program(self._certificate):
                return more
            self.is_complete = False
            self.not_checked.append(
                f"{names}, which another version wrote: read what is there before you run it"
            )
            return ""
        self.checks.append(f"{names} is what is written of the plain backbone, here as well")
        return ""

    def _count(
        self, form: Format, opened: Opened, plain: Content, written: PlainFile | None, others: str
    ) -> None:
        """Hold the numbers alone against each other, where other packages wrote the file."""
        more = too_many(form, opened.graph(), plain, written)
        if more:
            raise ExportError(f"{form.file_name} holds {more}")
        self.is_complete = False
        unsaid = [
            "" if more is not None else "its numbers were not counted",
            "" if written is not None else "nor how fast it is, since it cannot be written here",
        ]
        names = " and ".join((form.file_name, *form.helpers))
        self.not_checked.append("; ".join([
            f"{names} against the plain backbone's, operator by operator: other packages wrote it "
            f"({others})", *filter(None, unsaid),
        ]))
        if more is not None:
            self.checks.append(f"{form.file_name} holds no more numbers than the plain backbone")


def _divides(opened: Opened, temperatures: Sequence[float]) -> bool:
    """Whether a file is known to divide by all of these; integers are as near as they can be."""
    divisors = opened.divisors() if opened.divisors else ()
    return all(
        any(isclose(told, each, rel_tol=_AS_NEAR) for each in divisors) for told in temperatures
    )
