"""`make run` is the web server and the worker together; a signal ends both."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = """\
import os, signal, sys, time
from pathlib import Path
Path(sys.argv[0]).with_name(sys.argv[1]).write_text(" ".join(sys.argv[2:]))
if sys.argv[1] in ("runserver", "db_worker"):
    Path(sys.argv[0]).with_name(sys.argv[1] + ".pid").write_text(str(os.getpid()))
    time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def pids(folder: Path) -> list[int]:
    found = [folder / f"{name}.pid" for name in ("runserver", "db_worker")]
    return [int(path.read_text()) for path in found if path.exists() and path.read_text()]


def heed_ctrl_c() -> None:
    """As in a terminal: a shell that is started with SIGINT ignored, as background jobs are, cannot trap it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(("sign", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_make_run_starts_server_and_worker_and_ends_both(tmp_path, sign, group):
    """Ctrl-C reaches the whole group; a supervisor signals make alone."""
    (tmp_path / "manage").write_text(MANAGE)
    run = subprocess.Popen(
        ["make", "--silent", "-o", "setup", "run", f"MANAGE={sys.executable} {tmp_path / 'manage'}", "PORT=8999"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - this process has no threads that hold locks here
    )
    assert until(lambda: len(pids(tmp_path)) == 2)
    assert (tmp_path / "load_demo").exists()
    assert (tmp_path / "runserver").read_text() == "127.0.0.1:8999"
    os.killpg(run.pid, sign) if group else os.kill(run.pid, sign)
    assert run.wait(timeout=30) != 0
    assert until(lambda: not any(map(alive, pids(tmp_path))))


def test_make_run_ends_when_the_server_falls(tmp_path):
    (tmp_path / "manage").write_text(MANAGE.replace('"runserver", ', ""))
    command = ["make", "--silent", "-o", "setup", "run", f"MANAGE={sys.executable} {tmp_path / 'manage'}"]
    assert subprocess.run(command, cwd=ROOT, timeout=20, check=False).returncode == 0
    worker = tmp_path / "db_worker.pid"
    assert not worker.exists() or until(lambda: not alive(int(worker.read_text())))


def test_worker_service_is_as_closed_as_the_web_service():
    shut = ("Protect", "Private", "Restrict", "NoNew", "Capability", "Lock", "SystemCall", "User", "Group", "UMask")
    services = [(ROOT / "deploy" / name).read_text() for name in ("ziportal.service", "ziportal-worker.service")]
    web, worker = [[line for line in text.splitlines() if line.startswith(shut)] for text in services]
    assert worker == web
    assert "manage.py db_worker" in services[1]
