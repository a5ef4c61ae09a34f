"""Runs a command on a PostgreSQL of its own: tests/postgres.py COMMAND ...

The cluster lives in a temporary folder, listens on a Unix socket in that folder only, and is gone afterwards, also
when the command fails or is interrupted. The command finds it in DATABASE_URL. A DATABASE_URL that already names a
PostgreSQL is left alone. As root the server runs as the system user postgres, because PostgreSQL refuses root.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROLE = "zi"
# Speed instead of safety: the data live for minutes.
SERVER_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}


class MissingServerError(Exception):
    """No initdb and pg_ctl on this machine."""


def server_programs() -> Path:
    """Return the folder of initdb and pg_ctl, the newest version first."""
    debian = Path("/usr/lib/postgresql")
    folders = sorted(debian.glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise MissingServerError


def run_as_server(*command: str | Path) -> None:
    """Run one of the server's programs, quietly unless it fails."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # The server must not keep our pipes open, and Ctrl-C is for the tests, so it gets a session of its own.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [*prefix, *map(str, command)],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if done.returncode:
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(done.returncode, done.args)


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Give the URL of a fresh cluster, and remove the cluster at the end."""
    programs = server_programs()
    # Not TMPDIR: the path of a socket may have 107 bytes only.
    folder = Path(tempfile.mkdtemp(prefix="zi-postgres-", dir="/tmp"))
    data = folder / "data"
    try:
        if os.geteuid() == 0:
            server = pwd.getpwnam("postgres")
            os.chown(folder, server.pw_uid, server.pw_gid)
        run_as_server(
            programs / "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-U",
            ROLE,
            "-D",
            data,
        )
        with (data / "postgresql.conf").open("a") as config:
            for name, value in {**SERVER_SETTINGS, "unix_socket_directories": folder}.items():
                config.write(f"{name} = '{value}'\n")
        run_as_server(programs / "pg_ctl", "start", "--wait", "--silent", "-D", data, "-l", folder / "log")
        try:
            yield f"postgres://{ROLE}@/{folder}/postgres"
        finally:
            run_as_server(programs / "pg_ctl", "stop", "--wait", "--silent", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command to its end, also after Ctrl-C, which it gets as well."""
    with subprocess.Popen(command, env=environment) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
            except SystemExit:
                child.terminate()


def stop(_signal: int, _frame: object) -> None:
    """Turn a request to end into an exception, so that the cluster is stopped."""
    sys.exit(143)


def main(command: list[str]) -> int:
    """Return the command's exit code."""
    if not command:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    signal.signal(signal.SIGTERM, stop)
    if os.environ.get("DATABASE_URL", "").startswith(("postgres", "psql", "pgsql")):
        return run(command, dict(os.environ))
    try:
        with cluster() as url:
            return run(command, {**os.environ, "DATABASE_URL": url})
    except MissingServerError:
        sys.stderr.write("PostgreSQL tidak ditemukan / not found (initdb, pg_ctl).\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
