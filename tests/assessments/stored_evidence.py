"""Evidence as tests send it: files that the scanner knows, records that a question uses, and where they lie."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments.services import evidence as services
from tests.units.upload_files import empty_pdf, pdf_bytes
from units.models import AuditEvent
from units.uploads import scan_upload

CODE, OTHER = "A.I.1.i.b", "A.I.5.i.a"
HTMX = {"HX-Request": "true"}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@cache
def bytes_of(pages):
    """Made once: a PDF carries a new identity each time that it is written."""
    return pdf_bytes(empty_pdf(pages))


def pdf(name="SK Tim Kerja.pdf", pages=1):
    return SimpleUploadedFile(name, bytes_of(pages), content_type="text/html")


@cache
def _scanned(pages):
    return scan_upload(pdf(pages=pages))


def file_of(pages=1, name="berkas.pdf"):
    """An upload with what the scanner says of it; asked once, because it starts a process each time."""
    return {"upload": pdf(name, pages), "scanned": replace(_scanned(pages), safe_name=name)}


def url(assessment, code=CODE, name="evidence_add"):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, code))


def add_file(assessment, actor, pages=1, code=CODE, now=None, name="SK Tim Kerja.pdf"):
    file = file_of(pages, name)
    return services.add_file(assessment=assessment, code=code, title="", actor=actor, now=now or timezone.now(), **file)


def verbs():
    return list(AuditEvent.objects.filter(verb__startswith="evidence.").order_by("pk").values_list("verb", flat=True))


def url_of(assessment, name):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code))
