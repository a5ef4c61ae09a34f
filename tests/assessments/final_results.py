"""Assessments that are final, and the text of the PDFs made from them."""

import io
import json
import re
from html import unescape
from typing import Any

from django.utils import timezone
from pypdf import PdfReader

from assessments.models import Assessment, Report, Snapshot
from assessments.queries.instruments import instrument_value
from assessments.reports.facts import Facts
from assessments.reports.making import issue_lhe
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.conftest import Cast
from units.models import Prerequisite, Unit

GOVERNMENT = {"bpk_opinion": "WTP", "sakip_rating": "B", "rb_index_local_government": "B", "spip_maturity": "3"}
OF_UNIT = {
    "core_service": "1",
    "public_perception_impact": "1",
    "audit_follow_up": "100",
    "wealth_report_compliance": "100",
    "zi_development_years": "2",
    "internal_sakip_rating": "BB",
}


def submitted(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> Assessment:
    """Answered and sent by the head of unit A; for other units the state is put by hand."""
    factories.answer_everything(assessment, answers)
    head = cast.head if assessment.unit == cast.unit_a else factories.member_of(assessment.unit, "unit_head")
    carry_out(assessment=assessment, action=Action.SUBMIT, actor=head, now=timezone.now())
    return assessment


def finalised(
    assessment: Assessment, cast: Cast, answers: dict[str, Any], theirs: dict[str, Any] | None = None, note: str = ""
) -> Snapshot:
    """Final, with TPI agreeing except in `theirs`, each with a released note."""
    submitted(assessment, cast, answers)
    factories.answer_everything(assessment, answers | (theirs or {}), stage="member", by=cast.member)
    for code in theirs or {}:
        factories.note(assessment, code, cast.member, note or f"Catatan {code}", for_release=True)
    return finalise(assessment, cast)


def finalise(assessment: Assessment, cast: Cast) -> Snapshot:
    Assessment.objects.filter(pk=assessment.pk).update(state="review_controller")
    assessment.refresh_from_db()
    controller = cast.controller
    if assessment.unit != cast.unit_a:
        controller = factories.teammate(assessment.unit.teams.get(kind="tpi"), "controller")
    carry_out(assessment=assessment, action=Action.FINALISE, actor=controller, now=timezone.now())
    return Snapshot.objects.get(assessment=assessment, kind="final", round=assessment.round)


def again(assessment: Assessment, cast: Cast) -> Snapshot:
    """Reopened and made final once more, with the same answers."""
    carry_out(assessment=assessment, action=Action.REOPEN, actor=cast.inspector, now=timezone.now(), reason="Uji")
    return finalise(assessment, cast)


def meet_prerequisites(*units: Unit, year: int = 2024) -> None:
    """Everything that Tabel 5 asks for WBK."""
    agency = units[0].agency
    rows = [Prerequisite(agency=agency, year=year, key=key, value=value) for key, value in GOVERNMENT.items()]
    for unit in units:
        rows += [
            Prerequisite(agency=agency, unit=unit, year=year, key=key, value=value) for key, value in OF_UNIT.items()
        ]
    Prerequisite.objects.bulk_create(rows)


def pdf_text(content: bytes) -> str:
    """All pages as one line of words."""
    return " ".join(words for page in PdfReader(io.BytesIO(content)).pages for words in page.extract_text().split())


def squeezed(text: str) -> str:
    """Without blanks of any kind: how a PDF breaks lines is no part of what it says."""
    return re.sub(r"\s", "", text)


def words_of(html: str) -> str:
    """What a document says, squeezed."""
    return squeezed(unescape(re.sub(r"<[^>]+>", " ", html)))


def facts_of(snapshot: Snapshot) -> Facts:
    value = instrument_value(snapshot.assessment.period.instrument)
    return Facts(json.loads(snapshot.content), snapshot.sha256, value)


def issued(assessment: Assessment, cast: Cast, number: str = "700/1") -> Report:
    return issue_lhe(assessment=assessment, number=number, actor=cast.inspector, now=timezone.now())
