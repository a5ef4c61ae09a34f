"""Texts that an agency keeps for notes, and the names in them that are filled in."""

import re
from collections.abc import Mapping

from django.db.models import QuerySet

from assessments import scoring
from assessments.models import Assessment, NoteTemplate
from units.models import Agency

# What may stand between braces; the administrator is told of any other word there.
NAMES = ("unit", "kode", "pertanyaan", "periode")
PLACEHOLDER = re.compile(r"\{(" + "|".join(NAMES) + r")\}")
BRACED = re.compile(r"\{([^{}\s]*)\}")


def note_templates(agency_id: int) -> tuple[NoteTemplate, ...]:
    """Those in use, in the agency's order, as they are written; one query. `filled` puts the names in."""
    rows = NoteTemplate.objects.filter(agency_id=agency_id, is_active=True)
    return tuple(rows.only("title", "text").order_by("position", "title", "pk"))


def filled(text: str, names: Mapping[str, str]) -> str:
    """Plain text with `{unit}`, `{kode}`, `{pertanyaan}`, `{periode}` replaced; what is put in is not read again."""
    return PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), text)


def unknown_names(text: str) -> list[str]:
    """Words between braces that nothing stands for."""
    return sorted(set(BRACED.findall(text)) - set(NAMES))


def names_of(assessment: Assessment) -> dict[str, str]:
    """The names that mean the same beside every question of a worksheet; `assessment` with its unit and period."""
    return {"unit": assessment.unit.name, "periode": assessment.period.label}


def names_for(assessment: Assessment, question: scoring.Question) -> dict[str, str]:
    """What the names mean beside this question."""
    return {**names_of(assessment), "kode": question.code, "pertanyaan": question.text}


def offered(assessment: Assessment, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and text of the agency's templates in use, with these names in them; one query."""
    return [(item.title, filled(item.text, names)) for item in note_templates(assessment.period.agency_id)]


def templates_of(agency: Agency) -> QuerySet[NoteTemplate]:
    """All of them, for the administrator's list."""
    return NoteTemplate.objects.filter(agency=agency).select_related("updated_by").order_by("position", "title", "pk")
