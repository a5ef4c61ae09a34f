"""Work on strangers' files in a process of its own: it limits itself, and is killed when it takes too long (SEC-24).

The parent calls `run("units.contents.child", {...}, limits)`; that module ends with `serve(function)`. Arguments and
result travel as JSON. The child knows neither settings nor secrets: its environment is empty, and nothing here reads
them either.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

MEGABYTE = 1024 * 1024
RESULT_MAX_BYTES = 32 * MEGABYTE
COMPLAINT_BYTES = 400
PROJECT = Path(__file__).resolve().parent.parent


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
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        returned = _run_child(module, request, limits, answer, complaint)
        if returned == -signal.SIGXCPU:
            raise Killed("timeout")
        if returned:
            raise Killed("crash", _last_bytes(complaint))
        if answer.seek(0, os.SEEK_END) > RESULT_MAX_BYTES:
            raise Killed("crash", "the answer is too long")
        answer.seek(0)
        text = answer.read()
    try:
        return json.loads(text)
    except ValueError as error:
        raise Killed("crash", "the answer is no JSON") from error


def _run_child(module: str, request: bytes, limits: Limits, answer: IO[bytes], complaint: IO[bytes]) -> int:
    """The child's return code. What it says goes to files, whose size its own limits bound, never to our memory."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and a module named in the code
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=answer,
        stderr=complaint,
        cwd=PROJECT,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    ) as child:
        try:
            child.communicate(request, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise Killed("timeout") from error
        finally:
            _kill_session(child.pid)
        return child.returncode


def _kill_session(pid: int) -> None:
    """The child led a session of its own: nothing that it started outlives it."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _last_bytes(complaint: IO[bytes]) -> str:
    size = complaint.seek(0, os.SEEK_END)
    complaint.seek(max(0, size - COMPLAINT_BYTES))
    return complaint.read(COMPLAINT_BYTES).decode(errors="replace")


def serve(work: Callable[..., Any]) -> None:
    """In the child: take the limits, do the work, answer."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    # The hard limit lies a second above, so that the kernel's first signal tells why.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(work(**request["arguments"]), sys.stdout)
