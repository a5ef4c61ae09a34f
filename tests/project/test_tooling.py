"""The scripts behind make: they must work on machines that nobody of us has."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "deploy" / "packages.sh"
TOOLS = ("sed", "grep", "tr", "sh", "cat")
LIST = """\
# a comment
python3-venv       py:nowhere_to_be_found   venv of Python
libone | libonet64 lib:nowhere              Library One
fonts-two          font:Two                 font Two  # and why
"""


@pytest.fixture
def machine(tmp_path):
    """Return a function that runs the package script on a machine with the given programs and packages."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))
    (programs / "python3").symlink_to(sys.executable)
    packages = tmp_path / "packages.txt"
    packages.write_text(LIST)

    def add(name, text):
        program = programs / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    def run(*options, installed=None, uid="0", apt=True, lists="current", known="."):
        add("id", f"echo {uid}")
        if installed is not None:
            add("dpkg-query", "\n".join(f"echo installed {name}" for name in installed) or ":")
        if apt:
            updated = f"grep -q update {run.log}"
            add("apt-get", f'echo "$@" >>{run.log}\ntest {lists} != old || {updated}')
            add(
                "apt-cache",
                f"if test {lists} != empty || {updated}; then echo $2 | sed -n 's/{known}.*/Candidate: &/p'; fi",
            )
        return subprocess.run(
            ["sh", SCRIPT, *options, packages],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": str(programs)},
        )

    run.log = tmp_path / "apt.log"
    run.log.touch()
    return run


def test_packages_all_installed_is_silent(machine):
    done = machine(installed=["python3-venv", "libonet64", "fonts-two"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.log.read_text() == ""


def test_packages_missing_as_user_prints_the_line_to_type(machine):
    done = machine(installed=["python3-venv"], uid="1000")
    assert done.returncode == 1
    assert (
        "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends libone fonts-two\n" in done.stderr
    )
    assert machine.log.read_text() == ""


def test_packages_check_as_root_installs_nothing(machine):
    done = machine("--check", installed=["libone", "fonts-two"])
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("--no-install-recommends python3-venv")
    assert machine.log.read_text() == ""


def test_packages_missing_as_root_installs_only_the_missing(machine):
    done = machine(installed=["libone"])
    assert done.returncode == 0
    assert machine.log.read_text().splitlines() == [
        "install --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 python3-venv fonts-two"
    ]


@pytest.mark.parametrize(
    ("lists", "calls"), [("empty", ["update", "install"]), ("old", ["install", "update", "install"])]
)
def test_packages_with_lists_out_of_date_updates_them(machine, lists, calls):
    done = machine(installed=["libone", "python3-venv"], lists=lists)
    assert done.returncode == 0
    assert [line.split()[0] for line in machine.log.read_text().splitlines()] == calls


def test_packages_takes_the_alternative_that_apt_knows(machine):
    done = machine(installed=["python3-venv", "fonts-two"], known="libonet64")
    assert done.returncode == 0
    assert machine.log.read_text().split()[-1] == "libonet64"


def test_packages_without_dpkg_are_named_in_words(machine):
    done = machine(apt=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-3:] == ["  - venv of Python", "  - Library One", "  - font Two"]


@pytest.mark.parametrize("name", ["deploy/apt-packages.txt", "tests/apt-packages.txt"])
def test_package_lists_have_three_columns(name):
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith("#"):
            _package, probe, words = line.replace(" | ", "|").split(None, 2)
            assert probe.split(":")[0] in {"py", "cmd", "lib", "font"}
            assert words == words.strip()


def run_postgres(*command, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "tests" / "postgres.py", *command],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_postgres_gives_a_server_and_the_exit_code_and_leaves_nothing():
    code = "import os, psycopg2; url = os.environ['DATABASE_URL']; folder = url.removeprefix('postgres://zi@/')[:-9]"
    query = "psycopg2.connect(host=folder, user='zi', dbname='postgres').cursor().execute('select 1')"
    done = run_postgres(sys.executable, "-c", f"{code}\n{query}\nprint(folder)\nraise SystemExit(3)", DATABASE_URL="")
    assert (done.returncode, done.stderr) == (3, "")
    assert not Path(done.stdout.strip()).exists()


def test_postgres_terminated_stops_the_server():
    command = [sys.executable, "-c", "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(60)"]
    with subprocess.Popen(
        [sys.executable, ROOT / "tests" / "postgres.py", *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": ""},
    ) as running:
        folder = Path(running.stdout.readline().strip().removeprefix("postgres://zi@/").removesuffix("/postgres"))
        assert (folder / "data" / "postmaster.pid").exists()
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        running.wait()
    assert time.monotonic() - started < 30
    assert not folder.exists()


def test_postgres_named_by_the_environment_is_used():
    url = "postgres://someone@db.example.go.id/zi"
    done = run_postgres(sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])", DATABASE_URL=url)
    assert (done.returncode, done.stdout.strip()) == (0, url)


@pytest.mark.parametrize(
    ("body", "workers", "code"),
    [
        ("def test_x(): pass", None, 0),
        ("import pytest\n@pytest.mark.skip\ndef test_x(): pass\ndef test_y(): pass", None, 1),
        ("import pytest\n@pytest.mark.skip\ndef test_x(): pass\ndef test_y(): pass", "1", 1),
        ("import pytest\n@pytest.mark.xfail\ndef test_x(): assert False", None, 1),
        ("import pytest\npytest.skip(allow_module_level=True)\ndef test_x(): pass", None, 1),
    ],
)
def test_noskip_fails_a_run_with_tests_that_did_not_run(tmp_path, body, workers, code):
    (tmp_path / "test_it.py").write_text(body)
    options = ["-p", "tests.noskip", "-c", os.devnull, "--rootdir", tmp_path]
    if workers:
        options += ["-p", "xdist", "-n", workers]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # the others take seconds to load
    )
    assert bool(done.returncode) == bool(code), done.stdout


def test_once_leaves_out_what_no_database_can_change(tmp_path):
    body = (
        "import pytest\ndef test_free(): pass\ndef test_stores(db): pass\n@pytest.mark.once\ndef test_crawl(db): pass\n"
    )
    (tmp_path / "conftest.py").write_text("import pytest\n@pytest.fixture\ndef db(): pass\n")
    (tmp_path / "test_it.py").write_text(f"{body}@pytest.mark.django_db\ndef test_marked(): pass\n")
    options = ["-p", "tests.once", "-c", os.devnull, "--rootdir", tmp_path, "-q", "--collect-only"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert re.findall(r"::(\w+)", done.stdout) == ["test_stores", "test_marked"], done.stdout
