"""Rows that the database itself refuses to change, on SQLite and PostgreSQL (SEC-92).

Triggers are installed after every `migrate`, because SQLite drops them when a migration rebuilds a table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

ALL = ("UPDATE", "DELETE")
TRUNCATE = "TRUNCATE"


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuse `events` on `table`, always or while `condition` (SQL on {row}: OLD or NEW) holds."""

    table: str
    events: tuple[str, ...] = ALL
    condition: str = ""

    def name(self, event: str) -> str:
        return f"guard_{self.table}_{event.lower()}"


AUDIT_GUARDS = (Guard("units_auditevent"),)
MESSAGE = "zi_portal: rows of {table} are frozen"


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Create or replace the triggers of `guards` whose tables exist."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for guard in guards:
            if guard.table in tables:
                for event in guard.events:
                    for statement in _create(connection.vendor, guard, event):
                        cursor.execute(statement)
                if connection.vendor == "postgresql":
                    for statement in _refuse_truncate(guard):
                        cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Drop the triggers; for tests, which must empty the tables again."""
    with connection.cursor() as cursor:
        for guard in guards:
            is_postgres = connection.vendor == "postgresql"
            for event in (*guard.events, TRUNCATE) if is_postgres else guard.events:
                on_table = f" ON {guard.table}" if is_postgres else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name(event)}{on_table}")


def _create(vendor: str, guard: Guard, event: str) -> tuple[str, ...]:
    name = guard.name(event)
    message = MESSAGE.format(table=guard.table)
    condition = guard.condition.format(row="NEW" if event == "INSERT" else "OLD")
    if vendor == "sqlite":
        when = f"WHEN {condition} " if condition else ""
        return (
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} BEFORE {event} ON {guard.table} {when}BEGIN SELECT RAISE(ABORT, '{message}'); END",
        )
    test = f"IF {condition} THEN " if condition else ""
    end = " END IF;" if condition else ""
    kept = "NEW" if event != "DELETE" else "OLD"
    return (
        (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{test}RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';{end} "
            f"RETURN {kept}; END $$"
        ),
        f"DROP TRIGGER IF EXISTS {name} ON {guard.table}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _refuse_truncate(guard: Guard) -> tuple[str, ...]:
    """PostgreSQL empties a table without asking the triggers of its rows."""
    name = guard.name(TRUNCATE)
    return (
        (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{MESSAGE.format(table=guard.table)}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        ),
        f"DROP TRIGGER IF EXISTS {name} ON {guard.table}",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {guard.table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )
