"""The errors a user may meet, each one clear line. Whatever else is raised is our own bug."""


class StudioError(Exception):
    """Something outside the program went wrong; the message says what, and what to do."""


class SpecError(StudioError):
    """A run specification, option or name that cannot be used."""


class OptionError(SpecError):
    """An option that does not go with the rest of its run; a form can show it in place.

    Attributes:
        part: what it is an option of: "dataset", "backbone" or "method".
        chosen: that part of the run's specification.
        option: its name.
    """

    def __init__(self, message: str, part: str, chosen: object, option: str) -> None:
        super().__init__(message)
        self.part, self.chosen, self.option = part, chosen, option


class DataError(StudioError):
    """Data that is missing or cannot be read."""


class CheckpointError(StudioError):
    """A checkpoint, or weights, that could not be written."""


class StoreError(StudioError):
    """The workspace's database is missing, locked, damaged, or of a newer version."""


class ExportError(StudioError):
    """A bundle that could not be written, read or verified."""
