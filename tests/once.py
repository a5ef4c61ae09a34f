"""pytest plugin of the PostgreSQL leg: leaves out what the SQLite leg has shown and no database can change.

That is a test that asks for no database, and one marked `once`: a crawl for words, whose pages hold the same whatever
stored them. What each page asks of the database runs on both (tests/project/test_matrix.py).
"""

import pytest

DATABASE = frozenset({"db", "transactional_db", "live_server"})


def needs_this_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("once"):
        return False
    return item.get_closest_marker("django_db") is not None or bool(DATABASE & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not needs_this_database(item)]
    items[:] = [item for item in items if needs_this_database(item)]
    config.hook.pytest_deselected(items=left_out)
