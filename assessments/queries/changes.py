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
        .values_list("question_id")
        .annotate(
            Max("attached_at"),
            Max("evidence__files__uploaded_at"),
            Max("evidence__files__retired_at"),
            Max("evidence__withdrawn_at"),
        )
        .order_by()
    )
    return {question_id: max(filter(None, moments)) for question_id, *moments in rows}


def unit_changes(assessment: Assessment, unit: Sheet) -> Mapping[str, datetime]:
    """Question code -> when the unit last changed its answer or evidence; one query."""
    codes = unit.instrument.codes
    found = {codes[pk]: moment for pk, moment in evidence_changes(assessment).items()}
    for code, row in unit.rows.items():
        found[code] = max(row.updated_at, found.get(code, row.updated_at))
    return found
