"""All reports of a quarter in force as one ZIP (UX-27)."""

import hashlib
import io
import zipfile
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Report, Snapshot
from assessments.reports.making import make_quarterly
from assessments.services.reports import Rendered, store_lhe
from tests import factories
from tests.assessments.final_results import again, finalised
from tests.conftest import Cast


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Any) -> Assessment:
    finalised(assessment, cast, golden("20")["answers"])
    return assessment


def issue(assessment: Assessment, cast: Cast, number: str) -> Report:
    """An LHE whose bytes do not matter."""
    return store_lhe(
        assessment=assessment,
        snapshot=Snapshot.objects.filter(assessment=assessment, kind="final").latest("pk"),
        number=number,
        rendered=Rendered(f"%PDF-1.7 {number}".encode(), hashlib.sha256(number.encode()).hexdigest()),
        actor=cast.inspector,
        now=timezone.now(),
    )


def path(assessment: Assessment) -> str:
    return reverse("report_zip", args=[assessment.period.agency.code, assessment.period.code])


def opened(response: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_zip_holds_what_is_in_force_with_its_hashes(as_user: Any, cast: Cast, final: Assessment) -> None:
    issue(final, cast, "700/1")
    again(final, cast)
    lhe = issue(final, cast, "700/2")
    quarterly = make_quarterly(period=final.period, actor=cast.inspector, now=timezone.now())
    response = as_user(cast.inspector).get(path(final))
    assert response["Content-Disposition"].startswith("attachment")
    archive = opened(response)
    place = f"{cast.unit_a.code}-2024-2.pdf"
    names = {f"Laporan-ZI-{cast.agency.code}-2024-2.pdf": quarterly, f"LHE-{place}": lhe}
    assert set(archive.namelist()) == {"DAFTAR.txt", "SHA256SUMS.txt", *names}
    sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS.txt").decode().splitlines())
    for name, report in names.items():
        assert (sums[name], hashlib.sha256(archive.read(name)).hexdigest()) == (report.sha256, report.sha256)
    assert f"700/2\tLHE-{place}" in archive.read("DAFTAR.txt").decode()


def test_zip_says_which_file_is_gone(as_user: Any, cast: Cast, final: Assessment) -> None:
    lhe = issue(final, cast, "700/1")
    default_storage.delete(lhe.file.name)
    archive = opened(as_user(cast.reader).get(path(final)))
    assert sorted(archive.namelist()) == ["DAFTAR.txt", "SHA256SUMS.txt"]
    assert archive.read("DAFTAR.txt").decode() == "700/1\tberkas tidak ditemukan, hubungi administrator\r\n"


def test_who_may_and_what_an_empty_quarter_answers(as_user: Any, cast: Cast, final: Assessment) -> None:
    empty = as_user(cast.inspector).get(path(final))
    assert (empty.status_code, "Belum ada laporan pada periode ini." in empty.content.decode()) == (409, True)
    issue(final, cast, "700/1")
    for name, status in {
        "inspector": 200,
        "reader": 200,
        "lead": 403,
        "operator": 403,
        "foreign_inspector": 404,
    }.items():
        assert (name, as_user(getattr(cast, name)).get(path(final)).status_code) == (name, status)
    elsewhere = as_user(cast.inspector).get(path(final), headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403


def test_queries_do_not_grow_with_the_units(
    as_user: Any, cast: Cast, final: Assessment, golden: Any, django_assert_num_queries: Any
) -> None:
    issue(final, cast, "700/1")
    browser = as_user(cast.inspector)
    browser.get(path(final))
    with django_assert_num_queries(7):
        opened(browser.get(path(final)))
    for number in (2, 3):
        unit = factories.UnitFactory(agency=cast.agency)
        factories.team_for(unit)
        other = factories.AssessmentFactory(unit=unit, period=final.period)
        finalised(other, cast, golden("20")["answers"])
        issue(other, cast, f"700/{number}")
    with django_assert_num_queries(7):
        assert len(opened(browser.get(path(final))).namelist()) == 5
