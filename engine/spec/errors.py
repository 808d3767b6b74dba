"""The errors a user may meet, each one clear line. Whatever else is raised is our own bug."""


class StudioError(Exception):
    """Something outside the program went wrong; the message says what, and what to do."""


class SpecError(StudioError):
    """A run specification, option or name that cannot be used."""


class DataError(StudioError):
    """Data that is missing or cannot be read."""


class StoreError(StudioError):
    """The workspace's database is missing, locked, damaged, or of a newer version."""


class ExportError(StudioError):
    """A bundle that could not be written, read or verified."""
