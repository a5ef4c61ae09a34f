"""The library of a unit's evidence: search, filters, pages, space."""

from datetime import date

import pytest
from django.utils import timezone

from assessments.models import Evidence
from assessments.services.evidence_records import withdraw
from assessments.templatetags.evidence import space_size
from tests import factories
from tests.assessments.stored_evidence import CODE, OTHER, add_file, url_of

pytestmark = pytest.mark.usefixtures("storage")
MB = 1024 * 1024


@pytest.fixture
def later(cast, assessment):
    return factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))


@pytest.fixture
def shelf(cast, assessment, later):
    """Six records: one dated, one old, one without a date, one of the next quarter, one withdrawn, one of last year."""
    named = {
        name: factories.evidence_for(where, CODE, cast.operator, title=name)
        for name, where in {
            "bertanggal": assessment, "tua": assessment, "polos": assessment, "lain": later, "ditarik": assessment,
        }.items()
    }  # fmt: skip
    for name, day in {"bertanggal": date(2024, 1, 1), "tua": date(2023, 12, 31), "lain": date(2024, 5, 5)}.items():
        Evidence.objects.filter(pk=named[name].pk).update(document_date=day)
    Evidence.objects.filter(pk=named["tua"].pk).update(document_number="41/LAMA")
    withdraw(evidence=named["ditarik"], reason="Keliru", actor=cast.operator, now=timezone.now())
    before = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    last = factories.AssessmentFactory(unit=cast.unit_a, period=before)
    factories.evidence_for(last, CODE, cast.operator, title="tahun lalu")
    return named


def listed(client, assessment, **query):
    response = client.get(url_of(assessment, "evidence_list"), query)
    return {item.record.title for item in response.context["items"]}


@pytest.mark.parametrize(
    ("shown", "titles"),
    [
        ("", {"bertanggal", "tua", "polos", "lain", "ditarik"}),
        ("dipakai", {"bertanggal", "tua", "polos", "ditarik"}),
        ("belum", {"lain"}),
        ("ditarik", {"ditarik"}),
        ("lama", {"tua"}),
        ("tanpa-tanggal", {"polos"}),
        ("tahun-lain", {"tahun lalu"}),
        ("tidak ada", {"bertanggal", "tua", "polos", "lain", "ditarik"}),
    ],
)
def test_filter_shows(as_user, cast, assessment, shelf, shown, titles):
    assert listed(as_user(cast.operator), assessment, tampil=shown) == titles


def test_filters_count_what_they_show(as_user, cast, assessment, shelf):
    tabs = as_user(cast.operator).get(url_of(assessment, "evidence_list")).context["tabs"]
    assert {key: count for key, _label, count in tabs} == {
        "": 5, "dipakai": 4, "belum": 1, "ditarik": 1, "lama": 1, "tanpa-tanggal": 1, "tahun-lain": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("TUA", {"tua"}),
        ("41/lama", {"tua"}),
        ("notulen", {"berkas"}),
        ("tim notulen", {"berkas"}),
        ("tim tidak-ada", set()),
        ("100%_", set()),
        ("\x00tua", {"tua"}),
        ("x" * 5_000, set()),
    ],
)
def test_search_finds_titles_numbers_and_file_names(as_user, cast, assessment, shelf, words, titles):
    record = add_file(assessment, cast.operator, name="Notulen Tim.pdf").evidence
    Evidence.objects.filter(pk=record.pk).update(title="berkas")
    assert listed(as_user(cast.operator), assessment, cari=words) == titles


def test_library_shows_nothing_of_another_unit(as_user, cast, assessment, assessment_b, shelf):
    factories.evidence_for(assessment_b, CODE, cast.stranger, title="rahasia")
    titles = listed(as_user(cast.operator), assessment) | listed(as_user(cast.operator), assessment, cari="rahasia")
    assert "rahasia" not in titles


def test_search_and_filter_stay_in_the_links(as_user, cast, assessment, shelf):
    query = {"cari": "a & b", "tampil": "lama", "untuk": OTHER}
    page = as_user(cast.operator).get(url_of(assessment, "evidence_list"), query).content.decode()
    assert f'href="?tampil=dipakai&amp;cari=a%20%26%20b&amp;untuk={OTHER}"' in page


def test_pages_hold_twenty_records(as_user, cast, assessment):
    for number in range(21):
        factories.evidence_for(assessment, CODE, cast.operator, title=f"bukti {number}")
    client = as_user(cast.operator)
    assert len(listed(client, assessment)) == 20
    assert listed(client, assessment, halaman="2") == {"bukti 0"}
    assert listed(client, assessment, halaman="xyz") == listed(client, assessment)


def test_space_is_shown(as_user, cast, assessment, settings):
    add_file(assessment, cast.operator)
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_unit_bytes": 1024}
    page = as_user(cast.operator).get(url_of(assessment, "evidence_list")).content.decode()
    assert "Ruang terpakai: 1 KB dari 1 KB" in page


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 KB"), (1, "1 KB"), (1_536, "2 KB"), (MB, "1 MB"), (1024 * MB * 6 // 5, "1,2 GB"), (2048 * MB, "2 GB")],
)
def test_space_is_written_short(size, text):
    assert space_size(size) == text


def test_record_that_is_not_meant_for_the_quarter_is_marked(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    Evidence.objects.filter(pk=record.pk).update(quarters="13")
    page = as_user(cast.operator).get(url_of(assessment, "evidence_list")).content.decode()
    assert "Hanya berlaku untuk TW I, TW III." in page
