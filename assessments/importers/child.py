"""`python -m assessments.importers.child`: reads one worksheet, tells what stands in it, and ends.

What arrives is the file's place and the instrument as `dump_instrument` gives it; what leaves is plain JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from assessments.exporters.stamp import STAMP_SHEET, read_stamp
from assessments.importers.worksheet import Entry, Problem, SheetReading, read_book
from assessments.importers.xlsx import Book, WorkbookError, open_book
from assessments.scoring import answers, structure
from assessments.scoring.formula import parse_formula
from assessments.scoring.kinds import Scale
from units.contents.examine import examine
from units.contents.unsound import Unsound
from zi_portal.killable import serve

# Of what is only shown: many cells may point to one long text, which would be stored and sent as often.
SHOWN_MAX = 300


def read(path: str, instrument: dict[str, Any], policy: dict[str, int]) -> dict[str, Any]:
    """`refused` or `unsound` with `data`, or `content` (queries/workbook_import.py says what is in it).

    The file is stored afterwards, so it also passes what every other upload has to pass (SEC-35).
    """
    try:
        raw = Path(path).read_bytes()
        book = open_book(raw)
        examine(BytesIO(raw), "xlsx", policy)
        reading = read_book(book, instrument_of(instrument))
    except WorkbookError as error:
        return {"refused": error.reason.value, "data": error.data}
    except Unsound as found:
        return {"unsound": found.reason, "data": found.data}
    return {"content": content_of(book, reading)}


def content_of(book: Book, reading: SheetReading) -> dict[str, Any]:
    """A reading as JSON."""
    return {
        "sheet": reading.sheet,
        "stamp": _stamp(book),
        "stamped": any(grid.title == STAMP_SHEET for grid in book.grids),
        "answers": {code: answers.to_raw(answer) for code, answer in reading.answers.items()},
        "cells": {entry.code: entry.cell for entry in reading.entries if not entry.key},
        "notes": _notes(reading.entries),
        "proofs": _proofs(reading.entries),
        "problems": [_problem(item) for item in reading.problems],
        "leftovers": [_problem(item) for item in reading.leftovers],
        "missing": list(reading.missing),
        "rows": reading.rows,
        "placed": reading.placed,
    }


def _stamp(book: Book) -> dict[str, Any] | None:
    grid = next((grid for grid in book.grids if grid.title == STAMP_SHEET), None)
    stamp = read_stamp(book.cell(grid, 1, 1).value) if grid else None
    return asdict(stamp) if stamp else None


def _notes(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """Notes by question, those beside its counts below its own; `cell` is where the first stands."""
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.note:
            here = found.setdefault(entry.code, {"cell": entry.note_cell, "text": ""})
            here["text"] = f"{here['text']}\n{entry.note}" if here["text"] else entry.note
    return found


def _proofs(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Names and links of evidence as they stand beside the questions; they are shown, never taken over."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        texts = [text[:SHOWN_MAX] for text in (entry.evidence, entry.link) if text]
        if texts:
            found.setdefault(entry.code, []).extend(texts)
    return found


def _problem(problem: Problem) -> dict[str, str]:
    value = problem.value[:SHOWN_MAX]
    return {"cell": problem.cell, "value": value, "reason": problem.reason.value, "code": problem.code}


def instrument_of(dumped: Mapping[str, Any]) -> structure.Instrument:
    """As much of an instrument as reading a worksheet needs."""
    return structure.Instrument(
        code=dumped["code"],
        title=dumped["title"],
        regulation="",
        citation="",
        nodes=tuple(
            structure.Node(node["code"], "", node["name"], Decimal(node["weight"]), node["parent"])
            for node in dumped["nodes"]
        ),
        questions=tuple(_question(question) for question in dumped["questions"]),
        predicates={},
        prerequisites=structure.Prerequisites("", (), {}, (), "", ""),
    )


def _question(dumped: Mapping[str, Any]) -> structure.Question:
    return structure.Question(
        code=dumped["code"],
        node=dumped["code"].rpartition(".")[0],
        text=dumped["text"],
        scale=Scale(dumped["scale"]),
        options=tuple(structure.Option(item["label"], Decimal(item["score"])) for item in dumped["options"]),
        inputs=tuple(structure.Input(item["key"], item["label"], used=item["used"]) for item in dumped["inputs"]),
        derived=tuple(
            structure.Derived(item["key"], item["label"], parse_formula(item["formula"])) for item in dumped["derived"]
        ),
        minimum=_number(dumped["min"]),
        maximum=_number(dumped["max"]),
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


if __name__ == "__main__":
    serve(read)
