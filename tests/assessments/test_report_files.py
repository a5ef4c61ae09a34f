"""The files of reports: complete, stored once, the same bytes ever after, closed to hostile text (SEC-40)."""

import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from assessments.models import Assessment, Report, Snapshot
from assessments.reports.facts import Facts
from assessments.reports.letter import letter_of
from assessments.reports.lhe import lhe_context
from assessments.reports.making import draft_lhe, make_quarterly
from assessments.reports.pdf import ClosedFetcher, write_pdf
from assessments.services.reports import Rendered, store_lhe
from tests.assessments.final_results import facts_of, finalised, issued, pdf_text, squeezed
from tests.conftest import Cast
from units.models import Agency, AuditEvent, Signatory

Golden = Callable[[str], dict[str, Any]]
NOON = datetime(2024, 7, 31, 5, 0, tzinfo=UTC)


def lhe_html(facts: Facts, agency: Agency, number: str = "700/1") -> str:
    context = lhe_context(facts, letter_of(agency, None, number=number, now=NOON), made_at=NOON)
    with translation.override("id"):
        return render_to_string("reports/lhe.html", context)


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Golden) -> Snapshot:
    """Unit A's final result: all best answers, two of them seen lower by TPI."""
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C", "A.I.5.i.b": "C"})


@pytest.fixture
def stored(final: Snapshot, cast: Cast) -> Report:
    """An issued LHE whose bytes do not matter."""
    return store_lhe(
        assessment=final.assessment,
        snapshot=final,
        number="700/012/LHE",
        rendered=Rendered(b"%PDF-1.7 uji", "0" * 64),
        actor=cast.inspector,
        now=timezone.now(),
    )


@pytest.fixture
def lhe(final: Snapshot, cast: Cast) -> Report:
    cast.agency.is_demo = True
    cast.agency.letterhead = "Jalan Uji Nomor 1"
    cast.agency.save()
    Signatory.objects.create(agency=cast.agency, position="Inspektur", name="Nama Uji", valid_from=date(2020, 1, 1))
    assessment = Assessment.objects.select_related("unit__agency", "period__instrument").get(pk=final.assessment_id)
    return issued(assessment, cast, "700/012/LHE")


def test_issued_file_is_a_complete_letter(lhe: Report, final: Snapshot) -> None:
    reader = PdfReader(lhe.file.open())
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    text = "".join(pages)
    for words in ("INSPEKTORATUJI", "JalanUjiNomor1", "700/012/LHE", "NamaUji", final.sha256, final.sha256[:12]):
        assert (words, words in text) == (words, True)
    assert [f"Halaman{number}dari{len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert ["DATACONTOH-nilairekaan" in page for page in pages] == [True] * len(pages)
    assert "KONSEP" not in text
    assert reader.metadata is not None
    assert (
        reader.metadata.title
        == "Laporan Hasil Evaluasi Zona Integritas: Unit Uji 0, Triwulan II Tahun 2024".replace(
            "Unit Uji 0", json.loads(final.content)["unit"]["name"]
        )
    )
    assert reader.trailer["/Root"]["/Lang"] == "id"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    outline = [item.title for item in reader.outline if not isinstance(item, list)]
    assert len(outline) == 1
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)


def test_stored_report_matches_its_row(stored: Report, cast: Cast, final: Snapshot) -> None:
    content = stored.file.open().read()
    assert (len(content), stored.made_by, list(stored.snapshots.all())) == (stored.size, cast.inspector, [final])
    events = AuditEvent.objects.filter(object_type="assessments.report")
    assert [(event.verb, event.actor, event.after) for event in events] == [
        ("report.issue", cast.inspector, {"kind": "lhe", "number": "700/012/LHE", "sha256": stored.sha256})
    ]


@pytest.mark.parametrize("statement", ["UPDATE assessments_report SET number = 'x'", "DELETE FROM assessments_report"])
def test_database_refuses_to_change_a_report(statement: str, stored: Report) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_two_downloads_are_the_same_bytes(stored: Report, cast: Cast, as_user: Any) -> None:
    client = as_user(cast.inspector)
    first, second = (client.get(reverse("report_download", args=[stored.uuid])) for _ in range(2))
    content = b"".join(first.streaming_content)
    assert content == b"".join(second.streaming_content)
    assert (first["Content-Type"], first["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert 'filename="LHE-' in first["Content-Disposition"]


def test_same_document_gives_the_same_bytes(final: Snapshot, cast: Cast) -> None:
    html = lhe_html(facts_of(final), cast.agency)
    made = [write_pdf(html, styles=("common", "lhe"), identifier="x") for _ in range(2)]
    assert made[0] == made[1]


def test_draft_is_marked_and_not_stored(final: Snapshot) -> None:
    text = pdf_text(draft_lhe(assessment=final.assessment, now=NOON))
    assert "KONSEP, belum bernomor" in text
    assert (Report.objects.count(), AuditEvent.objects.filter(object_type="assessments.report").count()) == (0, 0)


def test_lhe_is_indonesian_for_an_english_reader(final: Snapshot, cast: Cast) -> None:
    with translation.override("en"):
        text = pdf_text(draft_lhe(assessment=final.assessment, now=NOON))
    assert "31 Juli 2024" in text
    total = facts_of(final).shown("total")
    assert (total in text, total.replace(",", ".") in text) == (True, False)


# ---- hostile text (SEC-40) ----


class Canary(BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(404)
        self.end_headers()


@pytest.fixture
def canary() -> Any:
    server = HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Canary.hits.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_markup_in_notes_and_names_is_plain_text(
    canary: str, assessment: Assessment, cast: Cast, golden: Golden
) -> None:
    payloads = (
        f"<img src={canary}/a>",
        '<link rel=attachment href="file:///etc/passwd">',
        f'<p style="background:url({canary}/b)">x</p>',
        f"<style>@import url({canary}/c)</style>",
        f'<svg><use href="{canary}/d#x"/><image href="file:///etc/passwd"/></svg>',
    )
    name = f"Unit <b>& <img src='{canary}/e'>"
    cast.unit_a.name = name
    cast.unit_a.save(update_fields=["name"])
    cast.agency.letterhead = f'<link rel="stylesheet" href="{canary}/f">'
    cast.agency.save(update_fields=["letterhead"])
    assessment = Assessment.objects.select_related("unit__agency", "period__instrument").get(pk=assessment.pk)
    finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C"}, note="\n".join(payloads))
    report = make_quarterly(period=assessment.period, actor=cast.inspector, now=timezone.now())
    for content in (draft_lhe(assessment=assessment, now=NOON), report.file.open().read()):
        reader = PdfReader(io.BytesIO(content))
        text = squeezed(pdf_text(content))
        assert squeezed(name) in text
        assert squeezed(payloads[0]) in text
        assert dict(reader.attachments) == {}
        assert "root:" not in text
    assert Canary.hits == []
    lhe_text = squeezed(pdf_text(draft_lhe(assessment=assessment, now=NOON)))
    assert [squeezed(payload) in lhe_text for payload in payloads] == [True] * len(payloads)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1/", "https://x/", "ftp://x/", "lhe.css"])
def test_fetcher_opens_data_only(address: str) -> None:
    with pytest.raises(ValueError, match="data:"):
        ClosedFetcher().fetch(address)


def test_real_elements_cannot_reach_out_either(canary: str) -> None:
    """Even markup that came through: the fetcher is closed."""
    html = (
        f'<html><head><link rel="attachment" href="file:///etc/passwd"><link rel="stylesheet" href="{canary}/1">'
        f"<style>@import url({canary}/2); p {{ background: url({canary}/3) }}</style></head>"
        f'<body><p>x</p><img src="{canary}/4"><img src="file:///etc/passwd"><object data="{canary}/5"></object></body>'
    )
    reader = PdfReader(io.BytesIO(write_pdf(html, styles=("common",), identifier="x")))
    assert (Canary.hits, dict(reader.attachments)) == ([], {})
