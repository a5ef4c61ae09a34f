"""A field visit that TPI has made to a unit whose worksheet is being scored."""

from datetime import datetime, timedelta
from typing import Final

from django.core.files.base import ContentFile

from assessments.demo.papers import paper
from assessments.demo.people import Crew
from assessments.demo.quarters import LIVE
from assessments.demo.shelf import Shelf, sha256_of
from assessments.models import Assessment
from assessments.services.visits import FindingDraft, VisitDraft, save_finding, save_visit
from units.uploads import ScannedFile

PLACE: Final = "Ruang layanan dan ruang arsip"
SUMMARY: Final = "Melihat pelaksanaan layanan, papan informasi, dan arsip tim kerja."
# Code -> what was found, and whether it is for the unit.
FINDINGS: Final = {
    "A.I.1.i.a": ("Keputusan pembentukan tim kerja terpasang di ruang layanan dan masih berlaku.", False),
    "A.I.6.iv.a": ("Formulir SKM tersedia di loket, tetapi papan hasilnya masih memuat triwulan yang lalu.", True),
}
PHOTO_ON: Final = "A.I.6.iv.a"
PHOTO: Final = "Papan hasil survei di ruang layanan"


def visit_units(agency: str, crews: dict[str, Crew], files: Shelf, now: datetime) -> None:
    """The first unit whose TPI member is scoring in the open quarter."""
    scored = Assessment.objects.filter(
        unit__agency__code=agency, period__quarter=LIVE, state=Assessment.State.REVIEW_MEMBER
    )
    assessment = scored.select_related("unit__agency", "period__instrument").order_by("unit__code").first()
    if assessment is None:
        return
    crew, at = crews[assessment.unit.code], now - timedelta(hours=2)
    people = f"{crew.members[0].full_name}, anggota TPI\n{crew.head.full_name}, kepala unit"
    day = at.astimezone(assessment.unit.agency.tz).date()
    visit = save_visit(
        assessment=assessment,
        visit=None,
        draft=VisitDraft(day, PLACE, people, SUMMARY),
        actor=crew.members[0],
        now=at,
    )
    for code, (text, for_release) in FINDINGS.items():
        photos = (_photo(assessment.unit.name, day.isoformat()),) if code == PHOTO_ON else ()
        draft = FindingDraft(text, for_release, photos=photos)
        found = save_finding(assessment=assessment, visit=visit, code=code, draft=draft, actor=crew.members[0], now=at)
        for photo in found.files.all():
            files.adopt(str(photo.file.name))


def _photo(unit: str, day: str) -> tuple[ContentFile, ScannedFile]:
    """As the scanner would pass it."""
    content, name = paper("jpg", PHOTO, (unit, f"Tanggal {day}")), "papan-hasil-survei.jpg"
    return ContentFile(content, name=name), ScannedFile("jpg", len(content), sha256_of(content), name)
