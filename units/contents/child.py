"""`python -m units.contents.child`: examines one file, tells the verdict, and ends."""

from pathlib import Path
from typing import Any

from units.contents.examine import examine
from units.contents.unsound import Unsound
from zi_portal.killable import serve


def verdict(path: str, kind: str, policy: dict[str, Any]) -> dict[str, Any]:
    """`reason` and `data` of a refusal; both missing when the file is sound."""
    try:
        with Path(path).open("rb") as source:
            examine(source, kind, policy)
    except Unsound as found:
        return {"reason": found.reason, "data": found.data}
    return {}


if __name__ == "__main__":
    serve(verdict)
