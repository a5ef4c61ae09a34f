"""A unit that waits for TPI, with evidence whose pages are drawn: what the browser tests of the desk begin with."""

import json
from pathlib import Path

import weasyprint
from django.core.files.base import ContentFile
from django.utils import timezone

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse, NoteTemplate
from assessments.queries.instruments import stored_instrument
from assessments.services.previews import make_preview, request_preview
from tests import factories
from units.models import User

A, U, P = "kota-uji", "dukcapil", "2024-2"
GOLDEN = Path(__file__).resolve().parent.parent / "golden"
BLANK = "A.I.1.ii.a"  # the one question that the unit leaves open
FIRST = "A.I.1.i.a"
SHA256 = "d" * 64
PAGES = 3
PARAGRAPH = "<p>Tim Kerja Zona Integritas melaksanakan rencana aksi enam area perubahan secara berkala.</p>"


def a_unit_waits_for_tpi() -> None:
    """Everything answered but one question, sent in, three pages of evidence on each; a team, and an Inspector."""
    agency = factories.AgencyFactory(code=A, name="Pemerintah Kota Uji")
    unit = factories.UnitFactory(agency=agency, code=U, name="Dinas Kependudukan dan Pencatatan Sipil")
    operator = factories.member_of(unit, full_name="Operator Uji")
    tpi = factories.team_for(unit)
    for role in ("member", "lead", "controller"):
        factories.teammate(tpi, role, username=role)
    factories.teammate(tpi, "member", username="second")
    inspector = factories.official_of(agency, "inspector", username="inspector")
    assessment = factories.AssessmentFactory(unit=unit, state="submitted", submitted_at=timezone.now())
    answers = json.loads(next(GOLDEN.glob("22_*")).read_text(encoding="utf-8"))["answers"]
    del answers[BLANK]
    factories.answer_everything(assessment, answers, by=operator)
    prove_everything(assessment, operator)
    NoteTemplate.objects.create(
        agency=agency,
        title="Bukti belum lengkap",
        text="{kode}: bukti {unit} belum lengkap.",
        updated_by=inspector,
        updated_at=timezone.now(),
    )


def prove_everything(assessment: Assessment, by: User) -> None:
    """One file on each question, all with the same bytes, whose pages are drawn once."""
    now = timezone.now()
    content = letter()
    first = EvidenceFile()
    first.file.save("a", ContentFile(content), save=False)
    for code, question_id in stored_instrument(assessment.period.instrument).question_ids.items():
        record = Evidence.objects.create(
            unit=assessment.unit, year=2024, kind="file", title=f"Bukti {code}", created_by=by, created_at=now
        )
        EvidenceUse.objects.create(
            evidence=record, assessment=assessment, question_id=question_id, attached_by=by, attached_at=now
        )
        EvidenceFile.objects.create(
            evidence=record, file=first.file.name, original_name=f"{code}.pdf", kind="pdf", size=len(content),
            sha256=SHA256, uploaded_by=by, uploaded_at=now,
        )  # fmt: skip
    request_preview(sha256=SHA256, kind="pdf", now=now)
    make_preview(sha256=SHA256, now=now)


def letter() -> bytes:
    sections = "".join(
        f'<section style="page-break-after: always"><h2>Keputusan, bagian {page}</h2>{PARAGRAPH * 14}</section>'
        for page in range(1, PAGES + 1)
    )
    return weasyprint.HTML(string=sections).write_pdf() or b""
