"""What a workbook must say, from the engine, and what it says, from its cells; in the same shape."""

from assessments.exporters.worksheet_formulas import FAILED, PASSED
from assessments.exporters.worksheet_rows import layout_of
from assessments.exporters.worksheet_words import gate_name
from assessments.scoring.answers import read_answer
from assessments.scoring.engine import score
from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import HOLDS_WBK

PLACES = 10


def result_of(lke, raw, *, holds_wbk):
    answers = {code: read_answer(lke.question(code), value) for code, value in raw.items()}
    return score(lke, answers, holds_wbk=holds_wbk)


def close(number):
    """Beyond ten places a spreadsheet's binary numbers have nothing to say."""
    return round(float(number), PLACES)


def worksheet_numbers(lke, result):
    """(kind, code) -> number, as the portal has it."""
    found = {("node", code): result.nodes[code].score for code in layout_of(lke).nodes}
    found |= {("total", code): result.nodes[code].score for code in ("A", "B")}
    found["total", ""] = result.total
    for question in lke.questions:
        item = result.questions[question.code]
        found["question", question.code] = item.value if question.weight is None else item.points
    return {key: close(number) for key, number in found.items()}


def worksheet_cells(lke, cells, side):
    layout = layout_of(lke)
    places = {("node", code): row for code, row in layout.nodes.items()}
    places |= {("question", code): row for code, row in layout.questions.items()}
    places |= {("total", code): row for code, row in layout.totals.items()} | {("total", ""): layout.grand_total}
    column = chr(ord("A") + side.value)
    return {key: close(cells[f"{column}{row + 1}"]) for key, row in places.items()}


def gate_facts(lke, result):
    """Predicate and gate -> points and verdict; the conclusion counts the gates that hold."""
    found = {}
    for code, report in result.gates.items():
        for item in report.results:
            weight = result.nodes[item.key].maximum if item.key.startswith("area:") else 1
            actual = ("Ya" if item.passed else "Tidak") if item.key == HOLDS_WBK else close(item.actual * weight)
            found[code, gate_name(lke, item.key)] = (actual, PASSED if item.passed else FAILED)
        held = sum(item.passed for item in report.results)
        found[code, f"Kesimpulan {code}"] = (held, PASSED if report.passed else FAILED)
    return found


def gate_cells(lke, book, start):
    found = {}
    for code in lke.predicates:
        for label, row in book.table(f"Ambang {code}").items():
            actual = row[start - 1]
            found[code, label] = (actual if isinstance(actual, str) else close(actual), row[start + 1])
    return found


def recap_facts(lke, result, unit_result):
    """Bagian -> points; and how many questions are answered (the unit's)."""
    areas = {f"{area.number}. {area.name}": result.nodes[f"area:{area.number}"].score for area in lke.areas}
    parts = {lke.node(code).name: result.nodes[code].score for code in ("A", "B", "B.I", "B.II")}
    items = {gate_name(lke, code): result.nodes[gate_node(code)].score for code in ("B.I.a", "B.I.b")}
    answered = sum(item.answered for item in unit_result.questions.values())
    numbers = {key: close(value) for key, value in (areas | parts | items | {"Nilai total": result.total}).items()}
    return numbers, answered


def recap_cells(book, column):
    totals = book.table("Bagian")
    return {label: close(row[column - 1]) for label, row in totals.items()}, totals["Nilai total"][5]
