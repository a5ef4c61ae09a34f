"""When the unit last touched a question: its answer, or the evidence of it."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from assessments.models import Assessment, EvidenceUse
from assessments.queries.answers import Sheet


def evidence_changes(assessment: Assessment) -> dict[int, datetime]:
    """Question id -> when its evidence last changed: attached, uploaded, retired or withdrawn; one query."""
    rows = (
        EvidenceUse.objects.filter(assessment=assessment)
        .values("question_id")
        .annotate(
            attached=Max("attached_at"),
            uploaded=Max("evidence__files__uploaded_at"),
            retired=Max("evidence__files__retired_at"),
            withdrawn=Max("evidence__withdrawn_at"),
        )
        .order_by()
    )
    moments = ("attached", "uploaded", "retired", "withdrawn")
    return {row["question_id"]: max(filter(None, (row[name] for name in moments))) for row in rows}


def unit_changes(assessment: Assessment, unit: Sheet) -> Mapping[str, datetime]:
    """Question code -> when the unit last changed its answer or evidence; one query."""
    codes = unit.instrument.codes
    found = {codes[pk]: moment for pk, moment in evidence_changes(assessment).items()}
    for code, row in unit.rows.items():
        found[code] = max(row.updated_at, found.get(code, row.updated_at))
    return found
