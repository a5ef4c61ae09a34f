"""Chance that is the same in every process: dice named by codes."""

from random import Random


def dice(*names: object) -> Random:
    """Dice of their own for the thing that the names tell: an agency, a unit, a quarter, a purpose."""
    return Random("/".join(str(name) for name in names))  # noqa: S311 - invented data, not a secret
