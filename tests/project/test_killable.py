"""A process for strangers' files: limits hold, nothing outlives it, and it knows no secret."""

import ast
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from zi_portal import killable
from zi_portal.killable import Killed, Limits, run

CHILD = "tests.project.killable_child"
LIMITS = Limits(wall_seconds=30, cpu_seconds=10, memory_bytes=256 * 2**20, file_bytes=2**20)


def killed(limits: Limits = LIMITS, **arguments: str) -> tuple[str, str]:
    with pytest.raises(Killed) as caught:
        run(CHILD, arguments, limits)
    return caught.value.how, str(caught.value)


def test_child_answers_with_what_its_work_returns():
    assert run(CHILD, {"task": "tell", "text": "ñ \u202e 日本"}, LIMITS)["text"] == "ñ \u202e 日本"


def test_child_that_sleeps_is_killed_in_time():
    begun = time.monotonic()
    assert killed(replace(LIMITS, wall_seconds=1), task="sleep")[0] == "timeout"
    assert time.monotonic() - begun < 20


def test_child_that_computes_too_long_is_stopped():
    assert killed(replace(LIMITS, cpu_seconds=1), task="spin")[0] == "timeout"


def test_child_that_takes_too_much_memory_falls():
    how, told = killed(task="swell")
    assert (how, "MemoryError" in told) == ("crash", True)


def test_child_that_falls_is_a_crash():
    assert killed(task="fall")[0] == "crash"


def test_child_that_raises_tells_only_the_end():
    how, told = killed(task="raise", text="x" * 10_000)
    assert (how, len(told) <= 500) == ("crash", True)


def test_child_writes_no_larger_file_than_it_may(tmp_path):
    path = tmp_path / "a"
    assert killed(replace(LIMITS, file_bytes=1000), task="write", path=str(path))[0] == "crash"
    assert path.stat().st_size <= 1000


def test_child_that_floods_its_answer_is_a_crash(monkeypatch):
    monkeypatch.setattr(killable, "RESULT_MAX_BYTES", 1000)
    assert killed(task="talk")[0] == "crash"


def test_child_that_answers_no_json_is_a_crash():
    assert killed(task="talk")[0] == "crash"


def test_nothing_that_a_child_starts_outlives_it():
    """Its whole session is killed when it ends."""
    before = sessions()
    run(CHILD, {"task": "leave"}, LIMITS)
    deadline = time.monotonic() + 5
    while sessions() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sessions() - before == set()


def sessions() -> set[int]:
    """Processes that run the child."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            running = CHILD in path.read_text()
            state = path.with_name("stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if running and state != "Z":
            found.add(int(path.parent.name))
    return found


def test_child_has_no_secrets_and_no_settings(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "rahasia-" * 10)
    monkeypatch.setenv("DATABASE_URL", "postgres://a:rahasia@b/c")
    told = run(CHILD, {"task": "tell"}, LIMITS)
    assert set(told["environment"]) <= {"LANG", "LC_CTYPE", "PATH", "PYTHONDONTWRITEBYTECODE"}
    assert {"django", "environ", "zi_portal.env", "zi_portal.settings"} & set(told["modules"]) == set()
    assert os.environ["SECRET_KEY"].startswith("rahasia")


@pytest.mark.parametrize("module", ["units.contents.child", "units.contents.pages"])
def test_modules_that_parse_do_without_django(module):
    """They start in a tenth of a second, and have nothing to give away."""
    code = f"import sys, {module}; print(sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"django", "environ", "pikepdf", "PIL", "pypdfium2"} & set(ast.literal_eval(done.stdout)) == set()
