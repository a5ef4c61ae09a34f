"""All tests, as `make test` and CI run them: tests/legs.py [LEG ...] [-- PYTEST ARGUMENT ...].

Four legs: `coverage` of what must be covered completely, by the tests that are about it (tracing all tests would take
three times as long); `sqlite`; `postgres` on a server of its own, without what no database can change (tests/once.py);
`browser` in the system Chromium. Every leg runs even when one before it failed; the exit code is 0 when all passed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# pytest as a module: the folder of the project is then importable before plugins load.
PYTEST = [sys.executable, "-m", "pytest", "-p", "tests.noskip", "--numprocesses", "auto", "--maxprocesses", "4"]
COVERING = (
    "tests/scoring",
    "tests/assessments/test_permissions.py",
    "tests/assessments/test_windows.py",
    "tests/units/test_permissions.py",
)
# The tables as the models say, which `make lint` compares with the migrations; the two databases take the long way.
SHORT_CUT = "--nomigrations"
LEGS = {
    "coverage": [*PYTEST, SHORT_CUT, "--cov", "--cov-report=term", *COVERING],
    "sqlite": [*PYTEST, "--dist", "loadgroup"],
    "postgres": [
        sys.executable,
        str(ROOT / "tests" / "postgres.py"),
        *PYTEST,
        "-p",
        "tests.once",
        "--dist",
        "loadgroup",
    ],
    "browser": [*PYTEST, SHORT_CUT, "--dist", "loadfile", "tests/browser"],
}


def environment(leg: str, storage: str) -> dict[str, str]:
    """Return the environment of a leg: that of the machine without what would change the tests."""
    values = {name: value for name, value in os.environ.items() if name not in {"DEBUG", "SECRET_KEY", "STORAGE_DIR"}}
    if leg != "postgres":
        values.pop("DATABASE_URL", None)
    return {**values, "STORAGE_DIR": storage}


def run_leg(leg: str, extra: list[str]) -> tuple[int, float]:
    """Return the exit code and the seconds."""
    print(f"\n=== {leg} ===", flush=True)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="zi-storage-") as storage,
        subprocess.Popen([*LEGS[leg], *extra], cwd=ROOT, env=environment(leg, storage)) as child,
    ):
        code = wait(child)
    return code, time.monotonic() - started


def wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a leg, also after Ctrl-C and SIGTERM: it has a server to stop."""
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise
    except SystemExit:
        child.terminate()
        child.wait()
        raise


def main(arguments: list[str]) -> int:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    chosen, extra = arguments[:cut] or list(LEGS), arguments[cut + 1 :]
    if unknown := set(chosen) - set(LEGS):
        sys.stderr.write(f"Unknown: {', '.join(sorted(unknown))}\n{__doc__}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = {leg: run_leg(leg, extra) for leg in chosen}
    print()
    for leg, (code, seconds) in results.items():
        print(f"{leg:<9} {'lulus / passed' if code == 0 else f'GAGAL / FAILED (exit {code})':<28} {seconds:5.0f} s")
    return int(any(code for code, _ in results.values()))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
