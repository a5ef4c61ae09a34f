"""Anybody who holds a report can make sure of it (REL-34): its code, the public page, the QR code."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
import segno
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Report, Snapshot
from assessments.reports import making
from assessments.reports.making import draft_lhe, make_quarterly
from assessments.reports.proof import proof_of
from tests.assessments.final_results import again, finalised, issued, pdf_text
from tests.conftest import Cast

UNKNOWN = "0" * 24


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Any) -> Snapshot:
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C"})


@pytest.fixture
def lhe(final: Snapshot, cast: Cast) -> Report:
    return issued(final.assessment, cast, "700/1/LHE")


def page(code: str) -> Any:
    return Client().get(reverse("report_check", args=[code]))


def code_of(report: Report) -> str:
    return report.inputs_sha256[:24]


def test_report_prints_where_it_can_be_checked(lhe: Report, cast: Cast, settings: Any) -> None:
    settings.PORTAL_URL = "https://zi.example.go.id"
    report = make_quarterly(period=lhe.period, actor=cast.inspector, now=timezone.now())
    with report.file.open("rb") as file:
        text = pdf_text(file.read()).replace(" ", "")
    assert f"https://zi.example.go.id/keaslian/{code_of(report)}/" in text
    with lhe.file.open("rb") as file:
        assert f"/keaslian/{code_of(lhe)}/" in pdf_text(file.read()).replace(" ", "")


def test_qr_code_holds_the_address(lhe: Report, settings: Any) -> None:
    settings.PORTAL_URL = "https://zi.example.go.id"
    proof = proof_of(lhe.inputs_sha256)
    assert proof.address == f"https://zi.example.go.id/keaslian/{code_of(lhe)}/"
    same = segno.make(proof.address, error="m", micro=False)
    assert unquote(same.svg_data_uri(border=0, omitsize=True, svgclass=None, lineclass=None)) == unquote(proof.picture)
    assert proof.code.replace(" ", "") == code_of(lhe)


def test_draft_can_be_checked_nowhere(final: Snapshot) -> None:
    assert "keaslian" not in pdf_text(draft_lhe(assessment=final.assessment, now=timezone.now()))


def test_everybody_learns_that_it_exists_and_no_score(lhe: Report, cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):  # two reports, two for the result that counts, whether there is demo data
        response = page(code_of(lhe))
    html = response.content.decode()
    assert response.status_code == 200
    for words in ("Laporan ini terdaftar", "700/1/LHE", lhe.assessment.unit.name, lhe.sha256, "Masih berlaku"):
        assert words in html
    assert (re.search(r"\d,\d\d", html), "Catatan A.I.1.i.b" in html) == (None, False)
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("private, no-store", "noindex")


def test_page_tells_when_a_report_no_longer_counts(lhe: Report, cast: Cast) -> None:
    assessment = lhe.assessment
    Assessment.objects.filter(pk=assessment.pk).update(state="reopened")
    outdated = "Penilaiannya dibuka kembali setelah laporan ini terbit"
    assert outdated in page(code_of(lhe)).content.decode()
    Assessment.objects.filter(pk=assessment.pk).update(state="final")
    assessment.refresh_from_db()
    assert "Masih berlaku" in page(code_of(lhe)).content.decode()
    # Final once more, and its LHE not yet issued: the old one says what counts no more.
    again(assessment, cast)
    assert outdated in page(code_of(lhe)).content.decode()
    later = issued(assessment, cast, "700/2/LHE")
    assert "Sudah digantikan oleh laporan nomor 700/2/LHE." in page(code_of(lhe)).content.decode()
    assert "Masih berlaku" in page(code_of(later)).content.decode()


def test_newer_quarterly_report_is_told(lhe: Report, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_quarterly(period=lhe.period, actor=cast.inspector, now=timezone.now())
    monkeypatch.setattr(making, "FORMAT", 99)
    make_quarterly(period=lhe.period, actor=cast.inspector, now=timezone.now())
    assert "Sudah ada laporan yang lebih baru" in page(code_of(first)).content.decode()


@pytest.mark.parametrize("code", [UNKNOWN, "abc", "%", "_" * 24, "0" * 64])
def test_unknown_code_is_no_report(lhe: Report, code: str) -> None:
    response = page(code)
    assert (response.status_code, "Laporan ini terdaftar" in response.content.decode()) == (404, False)


def test_code_is_read_however_it_is_typed(lhe: Report) -> None:
    start = reverse("report_check_start")
    code = code_of(lhe)
    typed = f" {code[:4].upper()} {code[4:12]}-{code[12:]} "
    assert Client().get(start, {"kode": typed})["Location"] == reverse("report_check", args=[code])
    response = Client().get(start, {"kode": "bukan kode"})
    assert (response.status_code, "24 angka atau huruf" in response.content.decode()) == (422, True)
    assert Client().get(start).status_code == 200
