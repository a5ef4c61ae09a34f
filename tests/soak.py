"""Sizes of random and parallel tests: small in every run, and as the requirements ask for them in `make soak`."""

import os

SOAKS = bool(os.environ.get("SOAK"))


def size(every_run: int, soak: int) -> int:
    """`every_run` takes some seconds, `soak` up to half an hour."""
    return soak if SOAKS else every_run
