"""Takes snapshots: canonical JSON of everything that an assessment says at one moment, and its SHA-256 (REL-50)."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from assessments import scoring
from assessments.models import Answer, Assessment, EvidenceUse, Note, Snapshot
from assessments.queries.answers import Sheet, both_sheets
from assessments.queries.evidence import in_force
from assessments.queries.instruments import instrument_value
from assessments.scoring.prerequisites import check_prerequisites
from units.models import Predikat, Prerequisite, Team, TeamMember, UnitYear, User

FORMAT = 1


def take_snapshot(*, assessment: Assessment, kind: str, actor: User, now: datetime) -> Snapshot:
    """Store a snapshot inside the caller's transaction. A submitted one holds nothing of TPI."""
    content = snapshot_content(assessment=assessment, kind=kind, actor=actor, now=now)
    text = canonical(content)
    return Snapshot.objects.create(
        assessment=assessment,
        kind=kind,
        round=assessment.round,
        taken_at=now,
        taken_by=actor,
        engine_version=scoring.ENGINE_VERSION,
        content=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        summary=content["summary"],
    )


def canonical(data: Any) -> str:
    """JSON that is the same for the same data: sorted keys, no blanks, UTF-8."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def snapshot_content(*, assessment: Assessment, kind: str, actor: User, now: datetime) -> dict[str, Any]:
    """The JSON of a snapshot (docs/architecture.md describes it); a fixed number of queries."""
    period, unit = assessment.period, assessment.unit
    is_final = kind == Snapshot.Kind.FINAL
    mine, theirs = both_sheets(assessment)
    holds_wbk = Predikat.objects.filter(unit=unit, kind="WBK", year__lte=period.year).exists()
    results = {"self": mine.result(holds_wbk=holds_wbk)}
    if is_final:
        results["tpi"] = theirs.result(holds_wbk=holds_wbk)
    content: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "engine_version": scoring.ENGINE_VERSION,
        "instrument": _instrument(assessment),
        "agency": _agency(assessment),
        "unit": {"code": unit.code, "name": unit.name, "kind": unit.kind, "affirmative": unit.affirmative},
        "unit_head": unit.head_name,
        "period": {"year": period.year, "quarter": period.quarter},
        "round": assessment.round,
        "submitted_at": assessment.submitted_at.isoformat() if assessment.submitted_at else "",
        "taken_at": now.isoformat(),
        "taken_by": actor.full_name,
        "holds_wbk": holds_wbk,
        "answers": _answers(assessment, mine, theirs if is_final else None),
        "scores": {who: scoring.result_as_json(result) for who, result in results.items()},
        "exact": {who: _exact(result) for who, result in results.items()},
        "local_rules": _local_rules(mine, results["tpi" if is_final else "self"]),
        "summary": {who: summary(result) for who, result in results.items()},
    }
    if is_final:
        content |= _evaluation(assessment)
    return content


def summary(result: scoring.Result) -> dict[str, Any]:
    """The few numbers of lists; exact, as fractions in text ("2901/40")."""
    return {
        "total": str(result.total),
        "pengungkit": str(result.nodes["A"].score),
        "hasil": str(result.nodes["B"].score),
        "areas": [str(result.nodes[f"area:{number}"].score) for number in range(1, 7)],
        "results": {code: str(result.nodes[code].score) for code in ("B.I", "B.I.a", "B.I.b", "B.II")},
        "answered": len(result.questions) - len(result.unanswered),
        "questions": len(result.questions),
        "passed": {code: report.passed for code, report in result.gates.items()},
        "lacking": {
            code: [item.key for item in report.results if not item.passed] for code, report in result.gates.items()
        },
    }


def _agency(assessment: Assessment) -> dict[str, str]:
    agency = assessment.unit.agency
    return {"code": agency.code, "name": agency.name, "kind": agency.kind, "inspectorate": agency.inspectorate}


def _exact(result: scoring.Result) -> dict[str, dict[str, str]]:
    """Points of every node and value (0..1) of every question as fractions in text: what reports round from."""
    return {
        "nodes": {code: str(node.score) for code, node in result.nodes.items()},
        "questions": {code: str(item.value) for code, item in result.questions.items()},
    }


def _instrument(assessment: Assessment) -> dict[str, Any]:
    row = assessment.period.instrument
    return {"code": row.code, "version": row.version, "sha256": row.source_sha256}


def _answers(assessment: Assessment, mine: Sheet, theirs: Sheet | None) -> dict[str, Any]:
    evidence = _evidence(assessment)
    found: dict[str, Any] = {}
    for code, pk in mine.instrument.question_ids.items():
        own = mine.rows.get(code)
        entry: dict[str, Any] = {"self": own.raw if own else None, "note": own.note if own else ""}
        entry["evidence"] = evidence[pk]
        if theirs is not None:
            entry |= _tpi_entry(theirs.rows.get(code))
        found[code] = entry
    return found


def _tpi_entry(row: Answer | None) -> dict[str, Any]:
    if row is None:
        return {"tpi": None}
    scorer = row.updated_by.full_name if row.updated_by else ""
    return {"tpi": row.raw, "stage": row.stage, "scorer": scorer}


def _evidence(assessment: Assessment) -> defaultdict[int, list[dict[str, Any]]]:
    uses = (
        EvidenceUse.objects.filter(assessment=assessment, evidence__withdrawn_at__isnull=True)
        .select_related("evidence")
        .prefetch_related("evidence__files")
        .order_by("question_id", "evidence_id")
    )
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for use in uses:
        item = use.evidence
        found[use.question_id].append(
            {
                "title": item.title,
                "kind": item.kind,
                "url": item.url,
                "number": item.document_number,
                "date": item.document_date.isoformat() if item.document_date else "",
                "files": [
                    {"name": file.original_name, "label": file.label, "sha256": file.sha256}
                    for file in in_force(item.files.all())
                ],
            }
        )
    return found


def _local_rules(sheet: Sheet, result: scoring.Result) -> list[dict[str, str]]:
    """Readings of a zero denominator that the regulation does not give and that this result used."""
    rules = []
    for code, item in result.questions.items():
        rule = sheet.instrument.value.question(code).zero_denominator
        if item.zero_denominator_used and rule is not None and rule.local_rule:
            rules.append({"question": code, "note": rule.note})
    return rules


def _evaluation(assessment: Assessment) -> dict[str, Any]:
    """What only a final snapshot holds: released notes, the team and the prerequisites of the proposal."""
    released = Note.objects.filter(assessment=assessment, for_release=True).exclude(kind=Note.Kind.CLARIFICATION)
    notes = released.select_related("author", "question", "visit")
    year = UnitYear.objects.filter(unit_id=assessment.unit_id, year=assessment.period.year).first()
    target = year.target if year else "WBK"
    return {
        "target": target,
        "notes": [
            {
                "question": note.question.code,
                "stage": note.stage,
                "round": note.round,
                "text": note.text,
                **_origin(note),
            }
            for note in notes.order_by("question__position", "round", "id")
        ],
        "team": _team(assessment),
        "prerequisites": _prerequisites(assessment, target),
    }


def _origin(note: Note) -> dict[str, str]:
    """What a note is, where it is more than an evaluator's word: a clarification, or a finding and its day."""
    if note.kind == Note.Kind.NOTE:
        return {}
    return {"kind": note.kind} | ({"visited": note.visit.date.isoformat()} if note.visit else {})


def _team(assessment: Assessment) -> dict[str, Any]:
    team = (
        Team.objects.filter(kind=Team.Kind.TPI, is_active=True, units=assessment.unit_id)
        .select_related("decree")
        .order_by("pk")
        .first()
    )
    if team is None:
        return {"name": "", "decree": "", "members": []}
    members: Iterable[TeamMember] = (
        team.members.filter(valid_until__isnull=True).select_related("user").order_by("role", "pk")
    )
    order = (TeamMember.Role.CONTROLLER, TeamMember.Role.LEAD, TeamMember.Role.MEMBER)
    return {
        "name": team.name,
        "decree": f"{team.decree.number}" if team.decree else "",
        "decree_date": team.decree.date.isoformat() if team.decree else "",
        "decree_subject": team.decree.subject if team.decree else "",
        "members": [
            {"name": item.user.full_name, "role": item.role, "home_body": item.home_body}
            for item in sorted(members, key=lambda item: order.index(TeamMember.Role(item.role)))
        ],
    }


def _prerequisites(assessment: Assessment, target: str) -> list[dict[str, str]]:
    unit, year = assessment.unit, assessment.period.year
    rows = Prerequisite.objects.filter(agency_id=unit.agency_id, year=year)
    values = {row.key: row for row in rows if row.unit_id in (None, unit.pk)}
    results = check_prerequisites(
        instrument_value(assessment.period.instrument).prerequisites,
        {key: row.value for key, row in values.items()},
        target=target,
        agency_kind=unit.agency.kind,
    )
    return [
        {
            "key": item.key,
            "level": item.level,
            "name": item.name,
            "unit": item.unit,
            "required": item.required,
            "actual": item.actual,
            "standing": item.standing.value,
            "proof": values[item.key].proof if item.key in values else "",
        }
        for item in results
    ]
