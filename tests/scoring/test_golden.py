"""Worked scores: the regulation's own sample and worksheets computed by the official formulas."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from assessments.scoring.answers import read_answer
from assessments.scoring.engine import score

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "golden").glob("*.json"))
SHARED = sorted((ROOT.parent / "shared" / "golden").glob("*.json"))
TOLERANCE = Fraction(1, 10**11)


def scored(lke, path):
    data = json.loads(path.read_text(encoding="utf-8"))
    answers = {code: read_answer(lke.question(code), raw) for code, raw in data["answers"].items()}
    return score(lke, answers), data["expected"]


def found(result, key):
    if key == "TOTAL":
        return result.total
    return result.nodes[key.replace("AREA", "area:")].score


@pytest.mark.parametrize("path", [*FILES, *SHARED], ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_golden_worksheet_scores_as_worked_out(lke, path):
    result, expected = scored(lke, path)
    points = {key: value for key, value in expected.items() if key not in ("WBK", "WBBM")}
    wrong = {
        key: found(result, key)
        for key, value in points.items()
        if abs(found(result, key) - Fraction(value)) > TOLERANCE
    }
    assert wrong == {}
    verdicts = {key: value for key, value in expected.items() if key in ("WBK", "WBBM")}
    assert {
        key: all(item.passed for item in result.gates[key].results if item.key != "holds_wbk") for key in verdicts
    } == verdicts


def test_golden_worksheets_are_all_here():
    assert len(FILES) == 7
