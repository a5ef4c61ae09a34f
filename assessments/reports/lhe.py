"""The LHE: the evaluation report (Laporan Hasil Evaluasi) of one unit, from its final snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from assessments import scoring
from assessments.queries.followup_history import Reported
from assessments.reports import wording
from assessments.reports.charts import Bar, bars
from assessments.reports.facts import SELF, TPI, Facts
from assessments.reports.letter import Letter, page_context
from assessments.reports.promises import promise_lines
from assessments.reports.proof import proof_of
from assessments.reports.verdict import Conclusion, Verdict, verdict_of
from assessments.scoring.kinds import TOTAL, Half, area_key

RESULT_CODES = ("B.I", "B.I.a", "B.I.b", "B.II")
FOOT_LENGTH = 95
LONG_NOTE = 900
"""Characters from which a note may run over the end of a page."""
PICTURED = ("B.I.a", "B.I.b", "B.II")
WITHOUT_NOTE = "Penilaian TPI berbeda dari jawaban unit kerja. Catatannya tidak dimuat dalam laporan ini."
WHILE_COMPLETING = (
    "Seluruh ambang nilai terpenuhi, dan unit ini termasuk jenis layanan yang menurut Peraturan Menteri PANRB Nomor 5 "
    "Tahun 2024 tetap boleh diusulkan selama syarat pengusulan masih dalam proses pemenuhan."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of scores: what the unit says, what TPI says, the difference; finished text."""

    code: str
    name: str
    weight: str
    mine: str
    theirs: str
    difference: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The LHE that a new one replaces, after the assessment was reopened."""

    number: str
    day: date

    @property
    def words(self) -> str:
        return f"{self.number} tanggal {wording.day(self.day)}"


def lhe_context(
    facts: Facts,
    letter: Letter,
    *,
    made_at: datetime,
    followups: Sequence[Reported] = (),
    replaced: Replaced | None = None,
    identity: str = "",
) -> dict[str, Any]:
    """Everything that templates/reports/lhe.html shows; `followups` as they stand at `made_at`.

    `identity` is the SHA-256 of all that goes into the report; without it, it is a draft.
    """
    content, verdict = facts.content, verdict_of(facts)
    period = wording.quarter(content["period"]["year"], content["period"]["quarter"])
    heading = f"{facts.unit_name}, {period}"
    number = letter.number or "belum bernomor"
    page = page_context(
        letter,
        title=f"Laporan Hasil Evaluasi Zona Integritas: {heading}",
        made_at=made_at,
        foot=clipped(f"LHE {number} · {facts.unit_name}", FOOT_LENGTH),
    )
    return {
        **page,
        "draft": not identity,
        "proof": proof_of(identity) if identity else None,
        "unit": content["unit"],
        "unit_head": content["unit_head"],
        "period": period,
        "target": facts.target,
        "target_name": wording.PREDICATES[facts.target],
        "replaced": replaced.words if replaced else "",
        "verdict": verdict,
        "conclusion": conclusion_sentences(facts, verdict),
        "basis": _basis(facts),
        "team": _team(content["team"]),
        "course": _course(content, letter.zone),
        "total": facts.shown(TOTAL),
        "areas": [_area_line(facts, area) for area in facts.instrument.areas],
        "summary_lines": [score_line(facts, code, name) for code, name in _components()],
        "results": [score_line(facts, code, wording.GATE_NAMES[code]) for code in RESULT_CODES],
        "groups": [_group(facts, area) for area in facts.instrument.areas],
        "picture": picture(facts),
        "gates": facts.gates(facts.target),
        "indexes": _indexes(facts),
        "prerequisites": [(level, list(rows)) for level, rows in groupby(verdict.prerequisites, lambda row: row.level)],
        "prerequisite_citation": facts.instrument.prerequisites.citation,
        "notes": _in_order(facts, [*released_notes(facts, content["notes"]), *_unexplained(facts)]),
        "promises": promise_lines(followups, (content["period"]["year"], content["period"]["quarter"])),
        "promises_at": wording.time_of(made_at, letter.zone),
        "rules": _rules(facts),
        "record": record_lines(facts, letter.zone),
        "sha256": facts.sha256,
    }


def clipped(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something was left out."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def score_line(facts: Facts, code: str, name: str) -> Line:
    """A node or the total, TPI's number shown so that no verdict contradicts it."""
    mine, theirs = facts.points(code, SELF), facts.points(code, TPI)
    maximum = facts.maximum(code)
    return Line(
        code=code,
        name=name,
        weight=wording.number(maximum),
        mine=wording.number(mine),
        theirs=facts.shown(code),
        difference=wording.signed(theirs - mine),
        share=wording.written(scoring.shown_percent(facts.instrument, code, theirs, maximum, 1)),
    )


def picture(facts: Facts) -> str:
    """Six areas and the results: TPI, unit and the minimum of the unit's target, as shares of the weight."""
    minimum = {line.key: line.required for line in facts.gates(facts.target)}
    rows = [(area_key(area.number), f"{area.number}. {short_area(area.name)}") for area in facts.instrument.areas]
    rows += [(code, wording.SHORT_GATE_NAMES[code]) for code in PICTURED]
    return bars(
        [_bar(facts, code, label, minimum.get(code)) for code, label in rows],
        main="nilai TPI",
        other="penilaian mandiri",
        minimum=f"nilai minimal {facts.target}",
    )


def _bar(facts: Facts, code: str, label: str, required: Fraction | None) -> Bar:
    maximum = facts.maximum(code)
    return Bar(
        label=label,
        value=f"{facts.shown(code)} / {wording.short(maximum)}",
        main=facts.points(code, TPI) / maximum,
        other=facts.points(code, SELF) / maximum,
        minimum=required / maximum if required is not None else None,
    )


def short_area(name: str) -> str:
    """Names of areas as they fit beside a bar or above a column."""
    return name.replace("Penataan Sistem Manajemen SDM Aparatur", "Manajemen SDM Aparatur").replace(
        "Peningkatan Kualitas Pelayanan Publik", "Pelayanan Publik"
    )


def _components() -> tuple[tuple[str, str], ...]:
    return (("A", "Komponen pengungkit"), ("B", "Komponen hasil"), (TOTAL, "Nilai total"))


def _area_line(facts: Facts, area: scoring.AreaRef) -> dict[str, Any]:
    return {
        "number": area.number,
        "fulfilment": wording.number(facts.points(area.fulfilment, TPI)),
        "reform": wording.number(facts.points(area.reform, TPI)),
        "line": score_line(facts, area_key(area.number), area.name),
    }


def _group(facts: Facts, area: scoring.AreaRef) -> dict[str, Any]:
    """An area with its sub-areas: pemenuhan, then reform."""
    halves = ((Half.PEMENUHAN, "Pemenuhan", area.fulfilment), (Half.REFORM, "Reform", area.reform))
    lines = [
        {"half": name, "line": score_line(facts, node.code, node.name), "first": index == 0}
        for _, name, code in halves
        for index, node in enumerate(facts.instrument.children(code))
    ]
    return {"number": area.number, "total": score_line(facts, area_key(area.number), area.name), "lines": lines}


def _basis(facts: Facts) -> list[str]:
    instrument, team = facts.instrument, facts.content["team"]
    found = [f"{instrument.regulation} ({instrument.citation})."]
    if team["decree"]:
        subject = f" tentang {team['decree_subject']}" if team.get("decree_subject") else ""
        signed = wording.day(date.fromisoformat(team["decree_date"]))
        found.append(f"Keputusan Nomor {team['decree']} tanggal {signed}{subject}.")
    return found


def _team(team: Mapping[str, Any]) -> dict[str, Any]:
    members = [item | {"role_name": wording.TEAM_ROLES[item["role"]]} for item in team["members"]]
    return {"name": team["name"], "members": members}


def _course(content: Mapping[str, Any], zone: str) -> list[tuple[str, str]]:
    """When what happened, with the zone."""
    found = []
    if content["submitted_at"]:
        found.append(("Penilaian mandiri dikirim", _moment(content["submitted_at"], zone)))
    found.append(("Hasil evaluasi ditetapkan final", _moment(content["taken_at"], zone)))
    found.append(("Putaran penilaian", str(content["round"])))
    return found


def _moment(text: str, zone: str) -> str:
    return wording.time_of(datetime.fromisoformat(text), zone)


def _indexes(facts: Facts) -> dict[str, str]:
    """Minimum indexes behind the minimum points of the two surveys, by gate key."""
    found = {}
    for line in facts.gates(facts.target):
        questions = facts.instrument.questions_of(line.key) if line.key == "B.II" else ()
        if facts.instrument.has_question(line.key):
            questions = (facts.instrument.question(line.key),)
        if len(questions) == 1 and questions[0].scale is scoring.Scale.INDEX and questions[0].maximum:
            index = line.required / facts.maximum(line.key) * Fraction(questions[0].maximum)
            found[line.key] = wording.number(index)
    return found


def conclusion_sentences(facts: Facts, verdict: Verdict) -> list[str]:
    """The conclusion in whole sentences; only gates and prerequisites together meet the criteria."""
    unit, target = facts.unit_name, f"Menuju {facts.target}"
    if verdict.meets:
        opening = f"{unit} memenuhi kriteria untuk diusulkan sebagai unit kerja berpredikat {target}:"
        return [f"{opening} seluruh ambang nilai dan seluruh syarat pengusulan terpenuhi."]
    lacking = f"Syarat pengusulan yang belum lengkap: {'; '.join(verdict.missing_prerequisites)}."
    if verdict.conclusion is Conclusion.WHILE_COMPLETING:
        return [
            f"{unit} belum memenuhi kriteria {target}; dapat diusulkan sambil melengkapi syarat. {WHILE_COMPLETING}",
            lacking,
        ]
    opening = f"{unit} belum memenuhi kriteria untuk diusulkan sebagai unit kerja berpredikat {target}."
    if verdict.conclusion is Conclusion.GATES_ONLY:
        return [f"{opening} Seluruh ambang nilai terpenuhi, tetapi syarat pengusulan belum lengkap.", lacking]
    found = [f"{opening} Ambang nilai yang belum terpenuhi: {'; '.join(verdict.lacks)}."]
    return [*found, lacking] if verdict.missing_prerequisites else found


def released_notes(facts: Facts, notes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """TPI's released notes and findings by question, with what the unit and TPI answered."""
    wanted = [note for note in notes if _explains(note)]
    return [
        _remark(facts, code, [_told(note) for note in group])
        for code, group in groupby(wanted, key=lambda note: note["question"])
    ]


def _explains(note: Mapping[str, Any]) -> bool:
    """Whether it is TPI's word on a score: a clarification asks, and advice is the assistance team's."""
    return note["stage"] != "assistance" and note.get("kind") != "clarification"


def _told(note: Mapping[str, Any]) -> dict[str, Any]:
    """A note as it is printed; `visited` is the day of the field visit that it comes from."""
    visited = wording.day(date.fromisoformat(note["visited"])) if note.get("visited") else ""
    return {"round": note["round"], "text": wording.breakable(note["text"]), "visited": visited}


def _remark(facts: Facts, code: str, notes: list[dict[str, Any]]) -> dict[str, Any]:
    question, answer = facts.instrument.question(code), facts.content["answers"][code]
    return {
        "code": code,
        "text": question.text,
        "mine": answer_words(question, answer["self"]),
        "theirs": answer_words(question, answer["tpi"]),
        "is_open": facts.question_value(code, TPI) < 1,
        "notes": notes,
        "is_long": sum(len(note["text"]) for note in notes) > LONG_NOTE,
    }


def _unexplained(facts: Facts) -> Iterator[dict[str, Any]]:
    """Questions that TPI values differently without a released note: a report hides no difference."""
    noted = {note["question"] for note in facts.content["notes"] if _explains(note)}
    for question in facts.instrument.questions:
        code = question.code
        if code not in noted and facts.question_value(code, SELF) != facts.question_value(code, TPI):
            yield _remark(facts, code, [{"round": 1, "text": WITHOUT_NOTE}])


def _in_order(facts: Facts, remarks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    place = {question.code: index for index, question in enumerate(facts.instrument.questions)}
    return sorted(remarks, key=lambda remark: place[remark["code"]])


def answer_words(question: scoring.Question, raw: Any) -> str:
    """An answer as it reads in a cell: the label, the index, or each count with its name."""
    if raw is None:
        return "tidak diisi"
    if not isinstance(raw, Mapping):
        return str(raw)
    if question.scale is scoring.Scale.INDEX:
        return f"indeks {str(raw.get('index', wording.DASH)).replace('.', ',')}"
    return "; ".join(f"{item.label}: {raw.get(item.key, wording.DASH)}" for item in question.inputs if item.used)


def _rules(facts: Facts) -> list[dict[str, str]]:
    rules = facts.content["local_rules"]
    return [rule | {"text": facts.instrument.question(rule["question"]).text} for rule in rules]


def record_lines(facts: Facts, zone: str) -> list[tuple[str, str]]:
    """What proves the report years later."""
    content = facts.content
    instrument = content["instrument"]
    return [
        ("Sidik rekaman (12 karakter pertama)", facts.sha256[:12]),
        ("Rekaman diambil", f"{wording.time_of(facts.taken_at, zone)}, putaran {content['round']}"),
        ("Ditetapkan oleh", content["taken_by"]),
        ("Instrumen", f"{instrument['code']} versi {instrument['version']}"),
        ("Mesin hitung", f"versi {content['engine_version']}"),
    ]
