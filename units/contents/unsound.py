"""The verdict of every check on contents; words for it are units/uploads/refusals.py's."""


class Unsound(Exception):  # noqa: N818 - a verdict, not a fault
    """A file must not be accepted; `reason` is a key of MESSAGES, `data` what its sentence names."""

    def __init__(self, reason: str, **data: str | int) -> None:
        self.reason = reason
        self.data = data
        super().__init__(reason)
