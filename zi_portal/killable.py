"""Work on strangers' files in a process of its own: it limits itself, and is killed when it takes too long (SEC-24).

The parent calls `run("units.uploads.child", {...}, limits)`; that module ends with `serve(function)`. Arguments and
result travel as JSON over pipes. The child knows neither settings nor secrets: its environment is empty.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zi_portal.env import BASE_DIR

MEGABYTE = 1024 * 1024
RESULT_MAX_BYTES = 32 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of wall clock and of processor, bytes of address space, bytes of any file that the child writes."""

    wall_seconds: float = 20
    cpu_seconds: int = 20
    memory_bytes: int = 1024 * MEGABYTE
    file_bytes: int = 256 * MEGABYTE


class Killed(Exception):  # noqa: N818 - says what happened
    """The child took too long, took too much or fell over; `how`: `timeout` or `crash`."""

    def __init__(self, how: str, detail: str = "") -> None:
        self.how = how
        super().__init__(f"{how}: {detail}"[:500])


def run(module: str, arguments: Mapping[str, Any], limits: Limits | None = None) -> Any:
    """What `serve`'s function in `module` returns for these arguments. Raises Killed."""
    limits = limits or Limits()
    request = json.dumps({"limits": asdict(limits), "arguments": arguments}).encode()
    command = [sys.executable, "-m", module]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and a module named in the code
            command,
            input=request,
            capture_output=True,
            timeout=limits.wall_seconds,
            check=False,
            cwd=BASE_DIR,
            env=environment,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Killed("timeout") from error
    if done.returncode:
        raise Killed("crash", done.stderr.decode(errors="replace")[-400:])
    return json.loads(done.stdout)


def serve(work: Callable[..., Any]) -> None:
    """In the child: take the limits, do the work, answer."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = json.dumps(work(**request["arguments"]))
    if len(answer) > RESULT_MAX_BYTES:
        raise MemoryError
    sys.stdout.write(answer)
