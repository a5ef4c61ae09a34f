"""A child for test_killable.py: does what it is told, with zi_portal.killable's limits."""

import os
import sys
import time
from pathlib import Path

from zi_portal.killable import serve


def spin() -> None:
    while True:
        pass


def fail(text: str) -> None:
    raise ValueError(text)


def leave() -> None:
    if os.fork() == 0:
        time.sleep(60)


def tell(text: str = "") -> dict[str, object]:
    return {"environment": sorted(os.environ), "modules": sorted(sys.modules), "text": text}


TASKS = {
    "sleep": lambda: time.sleep(60),
    "spin": spin,
    "swell": lambda: len(bytes(10**9)),
    "fall": os.abort,
    "raise": fail,
    "write": lambda path: Path(path).write_bytes(bytes(10**6)),
    "talk": lambda: sys.stdout.write("x" * 10**6),
    "leave": leave,
    "tell": tell,
}


def work(task: str, **details: str) -> object:
    return TASKS[task](**details)


if __name__ == "__main__":
    serve(work)
