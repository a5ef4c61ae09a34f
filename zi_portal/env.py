"""What the environment says: one place, read once, every value with its default.

`NAME_FILE` may stand for `NAME` and names a file that holds the value (container secrets).
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from zi_portal import clamd

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
DEVELOPMENT_KEY = "only-for-development-never-for-real-data-0123456789abcdefghijklmnopqrstuvwxyz"
SECRET_KEY_MIN_LENGTH = 50

env = environ.FileAwareEnv()
# `make setup` writes a .env for development; what the environment itself says wins.
env.read_env(BASE_DIR / ".env")


def debug() -> bool:
    return env.bool("DEBUG", default=False)


def secret_key() -> str:
    """The signing key; outside development it must be given and long, but for a command, which gets a passing one.

    Raises ImproperlyConfigured when it is missing, short or the development key.
    """
    key: str = env.str("SECRET_KEY", default="")
    if debug():
        return key or DEVELOPMENT_KEY
    key = key or env.str("PASSING_KEY", default="")
    if len(key) < SECRET_KEY_MIN_LENGTH or key == DEVELOPMENT_KEY:
        message = f"SECRET_KEY must be set to at least {SECRET_KEY_MIN_LENGTH} random characters when DEBUG is off."
        raise ImproperlyConfigured(message)
    return key


def database() -> dict[str, object]:
    """The default database: SQLite in VAR_DIR unless DATABASE_URL names one."""
    config: dict[str, object] = dict(env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))
    if "sqlite" in str(config["ENGINE"]):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Without recursive triggers REPLACE would delete frozen rows past the guards (units/guards.py).
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        }
    else:
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
        config["CONN_HEALTH_CHECKS"] = True
        options = config.setdefault("OPTIONS", {})
        if isinstance(options, dict):
            options.setdefault(
                "options",
                "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
            )
    return config


def scanner_url() -> str:
    """Where the malware scanner listens; empty for none. Raises ImproperlyConfigured for anything else."""
    url: str = env.str("CLAMD_URL", default="")
    if url and not clamd.is_address(url):
        message = f"CLAMD_URL must be one of {clamd.ADDRESSES}."
        raise ImproperlyConfigured(message)
    return url


def first_address(hosts: list[str], *, https: bool) -> str:
    """`https://zi.example.go.id` of the first host that has a name of its own; on a developer's machine its port."""
    named = [host for host in hosts if host.strip(".*")]
    if not named:
        return ""
    return f"https://{named[0].lstrip('.')}" if https else f"http://{named[0].lstrip('.')}:8000"
