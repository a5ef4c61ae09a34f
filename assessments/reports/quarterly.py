"""The quarterly report of an agency: all units of a period. A unit that is not final never meets the criteria."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from assessments.models import Snapshot
from assessments.queries.reports import Quarter, QuarterUnit
from assessments.reports import wording
from assessments.reports.charts import Bar, bars
from assessments.reports.facts import SELF, Facts
from assessments.reports.letter import Letter, page_context
from assessments.reports.lhe import FOOT_LENGTH, Line, clipped, picture, released_notes, score_line, short_area
from assessments.reports.promises import promise_counts, promise_lines
from assessments.reports.proof import proof_of
from assessments.reports.verdict import Conclusion, Verdict, verdict_of
from assessments.scoring.kinds import TOTAL, Predikat, area_key
from units.models import UnitYear

NOT_EVALUATED = "belum dinilai TPI"
PICTURE_UNITS = 40
NOTES_SHOWN, NOTE_LENGTH, LABEL_LENGTH = 6, 280, 38
AREAS = tuple(area_key(number) for number in range(1, 7))
COLUMNS = (*AREAS, "A", "B", TOTAL)
RESULTS = (("B.I.a", "Survei IPAK"), ("B.I.b", "Capaian kinerja"), ("B.II", "Survei IPKP"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the recap; `below` where it misses the minimum of the unit's target."""

    text: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """A unit's result of the previous quarter."""

    total: Fraction
    text: str
    passes: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A unit of the report in finished words; exact numbers only where averages or pictures need them."""

    unit_id: int
    name: str
    state: str
    round: int
    target: str
    sha256: str
    taken_at: str
    total: Fraction | None
    self_total: Fraction | None
    total_text: str
    self_text: str
    verdict: Verdict | None
    cells: tuple[Cell, ...]
    self_cells: tuple[str, ...]
    passes: Mapping[str, bool]
    lines: tuple[Line, ...]
    picture: str
    notes: tuple[dict[str, Any], ...]
    minimum_total: Fraction | None
    before: Before | None = None

    @property
    def is_final(self) -> bool:
        return self.verdict is not None

    @property
    def change(self) -> str:
        """Since the previous quarter; empty where there is nothing to compare."""
        if self.before is None or self.total is None:
            return ""
        return wording.signed(self.total - self.before.total)

    @property
    def mark(self) -> str:
        """Empty for a final unit."""
        return "" if self.is_final else NOT_EVALUATED

    @property
    def notes_left(self) -> int:
        return max(len(self.notes) - NOTES_SHOWN, 0)

    @property
    def shown_notes(self) -> tuple[dict[str, Any], ...]:
        return self.notes[:NOTES_SHOWN]


def final_sheet(item: QuarterUnit, facts: Facts, zone: str, before: Before | None) -> Sheet:
    """A unit whose result is final."""
    gates = facts.gates(facts.target)
    below = {line.key for line in gates if not line.passed}
    keys = {"A": "pengungkit"}
    names = [(area_key(area.number), f"{area.number}. {area.name}") for area in facts.instrument.areas]
    names += [("A", "Komponen pengungkit"), *RESULTS, (TOTAL, "Nilai total")]
    return Sheet(
        unit_id=item.unit.pk,
        name=facts.unit_name,
        state=wording.STATES[item.state],
        round=facts.content["round"],
        target=facts.target,
        sha256=facts.sha256,
        taken_at=wording.time_of(facts.taken_at, zone),
        total=facts.points(TOTAL),
        self_total=facts.points(TOTAL, SELF),
        total_text=facts.shown(TOTAL),
        self_text=wording.number(facts.points(TOTAL, SELF)),
        verdict=verdict_of(facts),
        cells=tuple(Cell(facts.shown(code), keys.get(code, code) in below) for code in COLUMNS),
        self_cells=(),
        passes={predicate.value: facts.passes(predicate) for predicate in Predikat},
        lines=tuple(score_line(facts, code, name) for code, name in names),
        picture=picture(facts),
        notes=tuple(_clipped(note) for note in released_notes(facts, facts.content["notes"]) if note["is_open"]),
        minimum_total=next(line.required for line in gates if line.key == TOTAL),
        before=before,
    )


def open_sheet(item: QuarterUnit, facts: Facts | None, zone: str) -> Sheet:
    """A unit that TPI has not finished: its state, and what it submitted last."""
    total = facts.points(TOTAL, SELF) if facts else None
    return Sheet(
        unit_id=item.unit.pk,
        name=facts.unit_name if facts else item.unit.name,
        state=wording.STATES[item.state],
        round=item.round,
        target="",
        sha256=facts.sha256 if facts else "",
        taken_at=wording.time_of(facts.taken_at, zone) if facts else "",
        total=None,
        self_total=total,
        total_text=wording.DASH,
        self_text=wording.number(total) if total is not None else wording.DASH,
        verdict=None,
        cells=(),
        self_cells=tuple(wording.number(facts.points(code, SELF)) for code in COLUMNS) if facts else (),
        passes={},
        lines=(),
        picture="",
        notes=(),
        minimum_total=None,
    )


def before_of(facts: Facts) -> Before:
    """A unit's final result of the previous quarter."""
    passes = {predicate.value: facts.passes(predicate) for predicate in Predikat}
    return Before(facts.points(TOTAL), facts.shown(TOTAL), passes)


def quarterly_context(
    *,
    quarter: Quarter,
    sheets: Sequence[Sheet],
    instrument: Any,
    letter: Letter,
    made_at: datetime,
    identity: str,
) -> dict[str, Any]:
    """Everything that templates/reports/quarterly.html shows."""
    period = wording.quarter(quarter.period.year, quarter.period.quarter)
    short_period = wording.short_quarter(quarter.period.year, quarter.period.quarter)
    finals = [sheet for sheet in sheets if sheet.is_final]
    pending = [sheet for sheet in sheets if not sheet.is_final]
    title = f"Laporan Hasil Evaluasi dan Monitoring Pembangunan Zona Integritas, {period}"
    return {
        **page_context(
            letter,
            title=title,
            made_at=made_at,
            foot=clipped(f"Laporan Zona Integritas {short_period} · {letter.agency}", FOOT_LENGTH),
        ),
        "period": period,
        "identity": identity,
        "proof": proof_of(identity),
        "sheets": sheets,
        "finals": finals,
        "pending": pending,
        "coverage": _coverage(quarter, sheets, finals),
        "summary": _summary(finals, pending),
        "picture": _totals(sheets) if len(sheets) <= PICTURE_UNITS else "",
        "recap": _recap(instrument),
        "groups": _groups(finals),
        "trend": _trend(quarter, finals),
        "promises": _promises(quarter, sheets),
        "promises_at": wording.time_of(made_at, letter.zone),
        "citation": instrument.prerequisites.citation,
    }


def _clipped(note: dict[str, Any]) -> dict[str, Any]:
    return {"code": note["code"], "text": clipped(note["notes"][-1]["text"], NOTE_LENGTH)}


def _coverage(quarter: Quarter, sheets: Sequence[Sheet], finals: Sequence[Sheet]) -> dict[str, Any]:
    """How many of the agency's units build ZI, and how far they are."""
    building = len(sheets) + len(quarter.not_started)
    known = max(quarter.active_units, building)
    states = Counter(sheet.state for sheet in sheets)
    stages = {str(label): quarter.stages.get(stage, 0) for stage, label in UnitYear.Stage.choices}
    return {
        "year": quarter.period.year,
        "building": building,
        "units": known,
        "share": wording.number(Fraction(building * 100, known), 1) if known else wording.number(Fraction(0), 1),
        "assessed": len(sheets),
        "final": len(finals),
        "states": [(words, states[words]) for words in wording.STATES.values() if states[words]],
        "stages": [(label, count) for label, count in stages.items() if count],
        "not_started": quarter.not_started,
    }


def _summary(finals: Sequence[Sheet], pending: Sequence[Sheet]) -> dict[str, Any]:
    meets = Counter(sheet.target for sheet in finals if sheet.verdict and sheet.verdict.meets)
    totals = sorted((sheet for sheet in finals if sheet.total is not None), key=lambda sheet: sheet.total or 0)
    return {
        "meets": [(predicate.value, meets[predicate.value]) for predicate in Predikat],
        "passes": [(predicate.value, sum(s.passes[predicate.value] for s in finals)) for predicate in Predikat],
        "average": _average([sheet.total for sheet in finals if sheet.total is not None]),
        "highest": totals[-1] if totals else None,
        "lowest": totals[0] if totals else None,
        "pending": len(pending),
    }


def _average(values: Sequence[Fraction]) -> str:
    return wording.number(sum(values, Fraction(0)) / len(values)) if values else wording.DASH


def _totals(sheets: Sequence[Sheet]) -> str:
    rows = [
        Bar(
            label=clipped(sheet.name, LABEL_LENGTH),
            value=sheet.total_text if sheet.is_final else NOT_EVALUATED,
            main=sheet.total / 100 if sheet.total is not None else None,
            other=sheet.self_total / 100 if sheet.self_total is not None else None,
            minimum=sheet.minimum_total / 100 if sheet.minimum_total is not None else None,
        )
        for sheet in sheets
    ]
    return bars(rows, main="nilai TPI", other="penilaian mandiri", minimum="nilai total minimal")


def _recap(instrument: Any) -> dict[str, Any]:
    """Weights and minima that stand above the recap's rows, and the names behind its columns."""
    areas = instrument.areas
    weights = [*(area.weight for area in areas), *(instrument.node(code).weight for code in ("A", "B"))]
    minima = []
    for predicate in instrument.predicates.values():
        required = {gate.key: Fraction(gate.required) for gate in predicate.gates}
        cells = [wording.number(required[area_key(area.number)] * Fraction(area.weight)) for area in areas]
        cells += [wording.number(required["pengungkit"]), wording.DASH, wording.number(required[TOTAL])]
        minima.append((predicate.code, cells))
    return {
        "weights": [*(wording.number(weight) for weight in weights), wording.number(sum(weights[-2:]))],
        "minima": minima,
        "areas": [(area.number, area.name, short_area(area.name)) for area in areas],
    }


def _groups(finals: Sequence[Sheet]) -> dict[str, list[Sheet]]:
    """Final units by what their result means."""
    found: dict[str, list[Sheet]] = {"meets": [], "gates_only": [], "lacking": []}
    for sheet in finals:
        conclusion = sheet.verdict.conclusion if sheet.verdict else Conclusion.NOT_YET
        key = {Conclusion.MEETS: "meets", Conclusion.NOT_YET: "lacking"}.get(conclusion, "gates_only")
        found[key].append(sheet)
    return found


def _promises(quarter: Quarter, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """Counts by unit with the sum as the last row, and everything that is not closed, unit by unit."""
    here = (quarter.period.year, quarter.period.quarter)
    names = {sheet.unit_id: sheet.name for sheet in sheets}
    units = []
    for unit, name in names.items():
        standing = [item for item in quarter.followups.get(unit, ()) if item.state != "closed"]
        if standing:
            units.append((name, promise_lines(standing, here, NOTE_LENGTH)))
    counts = promise_counts(names, quarter.followups, here)
    return {"counts": counts, "all": counts[-1] if counts else None, "units": units}


def _trend(quarter: Quarter, finals: Sequence[Sheet]) -> dict[str, Any] | None:
    """Final totals beside those of the previous quarter; None without any."""
    if quarter.previous is None or not quarter.previous_finals:
        return None
    both = [(sheet, sheet.before) for sheet in finals if sheet.before is not None]
    changes = [(sheet.total or Fraction(0)) - old.total for sheet, old in both]
    return {
        "previous": wording.short_quarter(quarter.previous.year, quarter.previous.quarter),
        "current": wording.short_quarter(quarter.period.year, quarter.period.quarter),
        "rows": [_trend_row(sheet) for sheet in finals],
        "counted": len(both),
        "average_before": _average([old.total for _, old in both]),
        "average_now": _average([sheet.total for sheet, _ in both if sheet.total is not None]),
        "average_change": wording.signed(sum(changes, Fraction(0)) / len(changes)) if changes else wording.DASH,
        "up": sum(change > 0 for change in changes),
        "down": sum(change < 0 for change in changes),
        "same": sum(change == 0 for change in changes),
    }


def _trend_row(sheet: Sheet) -> dict[str, str]:
    now = _gate_words(sheet.passes[sheet.target])
    row = {"name": sheet.name, "now": sheet.total_text}
    if sheet.before is None:
        return row | {"before": wording.DASH, "change": "baru", "gates": now}
    was = _gate_words(sheet.before.passes[sheet.target])
    gates = f"tetap {now}" if was == now else f"{was} → {now}"
    return row | {"before": sheet.before.text, "change": sheet.change, "gates": gates}


def _gate_words(passed: bool) -> str:
    return "memenuhi" if passed else "belum memenuhi"


def snapshots_behind(quarter: Quarter) -> list[Snapshot]:
    """Every snapshot that the report was made from."""
    own = [snapshot for item in quarter.units for snapshot in (item.final, item.submitted) if snapshot is not None]
    return [*own, *quarter.previous_finals.values()]
