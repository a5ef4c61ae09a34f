"""Units, stages, declarations, predicates and the agency itself."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.units.ladder import browser
from units.models import AuditEvent, Predikat, Signatory, Unit, UnitYear
from units.services.agencies import UnitTreeLoops, update_unit
from units.services.years import set_years

UNIT = {"code": "rsud", "name": "RSUD", "kind": "hospital", "affirmative": "regional_hospital", "is_active": "on"}


def url(place, name, **kwargs):
    return reverse(name, kwargs={"agency": place.agency.code} | kwargs)


def test_unit_is_created_in_the_agency_of_the_page(place):
    other = factories.AgencyFactory()
    browser(place.admin).post(
        url(place, "manage_unit_new"), UNIT | {"agency": other.pk, "parent": place.unit_a.pk, "head_name": "Kepala"}
    )
    unit = Unit.objects.get(code="rsud")
    assert (unit.agency, unit.parent, unit.affirmative) == (place.agency, place.unit_a, "regional_hospital")


def test_unit_with_a_known_code_is_refused_with_our_own_words(place):
    answer = browser(place.admin).post(url(place, "manage_unit_new"), UNIT | {"code": place.unit_a.code})
    assert answer.context["form"].non_field_errors() == ["Kode ini sudah dipakai unit lain pada instansi yang sama."]


def test_unit_code_of_another_agency_is_free(place):
    factories.UnitFactory(code="rsud")
    assert browser(place.admin).post(url(place, "manage_unit_new"), UNIT).status_code == 302


def test_unit_cannot_stand_below_itself(place):
    child = factories.UnitFactory(agency=place.agency, parent=place.unit_a)
    grandchild = factories.UnitFactory(agency=place.agency, parent=child)
    answer = browser(place.admin).post(
        url(place, "manage_unit_edit", unit=place.unit_a.code),
        UNIT | {"code": place.unit_a.code, "parent": grandchild.pk},
    )
    assert answer.status_code == 422
    with pytest.raises(UnitTreeLoops):
        update_unit(unit=place.unit_a, values={"parent": child}, actor=place.admin, now=timezone.now())


def test_unit_heading_keeps_the_stored_name_while_the_form_is_wrong(place):
    answer = browser(place.admin).post(
        url(place, "manage_unit_edit", unit=place.unit_a.code), UNIT | {"name": "Nama Lain", "code": "Kode Salah"}
    )
    assert (place.unit_a.name, "") not in answer.context["crumbs"]
    assert [label for label, _url in answer.context["crumbs"]][2] == place.unit_a.name


def test_unit_unchanged_leaves_no_record(place):
    unit = place.unit_a
    answer = browser(place.admin).post(
        url(place, "manage_unit_edit", unit=unit.code),
        {"code": unit.code, "name": unit.name, "kind": unit.kind, "head_name": unit.head_name, "is_active": "on"},
        follow=True,
    )
    assert [str(message) for message in answer.context["messages"]] == ["Tidak ada yang berubah."]
    assert not AuditEvent.objects.filter(verb="unit.update").exists()


def test_unit_change_is_audited_before_and_after(place):
    browser(place.admin).post(
        url(place, "manage_unit_edit", unit=place.unit_a.code),
        {"code": place.unit_a.code, "name": "Baru", "kind": "office", "head_name": "Kepala Uji", "is_active": "on"},
    )
    event = AuditEvent.objects.get(verb="unit.update")
    assert (event.unit, event.before, event.after) == (
        place.unit_a,
        {"name": place.unit_a.name},
        {"name": "Baru"},
    )


def test_unit_of_another_agency_is_not_found(place):
    foreign = factories.UnitFactory()
    for name in ("manage_unit", "manage_unit_edit", "manage_declaration", "manage_predikat_new"):
        assert browser(place.admin).get(url(place, name, unit=foreign.code)).status_code == 404


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("cari=samsat", ["samsat"]),
        ("cari=budi", ["samsat"]),
        ("jenis=hospital", ["rsud"]),
        ("tahap=building", ["rsud"]),
        ("tahap=not_declared", ["samsat"]),
        ("cari=x%27%22%3Cscript", []),
        ("jenis=asal&tahap=asal", ["rsud", "samsat"]),
        ("halaman=99", ["rsud", "samsat"]),
    ],
)
def test_units_are_found(query, codes, db):
    agency = factories.AgencyFactory()
    hospital = factories.UnitFactory(agency=agency, code="rsud", name="RSUD", kind="hospital")
    factories.UnitFactory(agency=agency, code="samsat", name="Samsat", head_name="Budi")
    factories.unit_year(hospital, 2024)
    page = browser(factories.official_of(agency, "admin")).get(
        reverse("manage_units", args=[agency.code]) + f"?{query}"
    )
    assert [unit.code for unit in page.context["rows"]] == codes


@pytest.mark.parametrize("count", [1, 3, 250])
def test_unit_list_costs_the_same_for_any_number(count, db, django_assert_num_queries):
    agency = factories.AgencyFactory()
    client = browser(factories.official_of(agency, "admin"))
    for number in range(count):
        factories.UnitFactory(agency=agency, name=f"Unit {number:03d}")
    with django_assert_num_queries(7):  # session, user, access, agency; year, count, units
        page = client.get(reverse("manage_units", args=[agency.code]))
    assert len(page.context["rows"]) == min(count, 50)


@pytest.mark.parametrize("count", [1, 3])
def test_unit_page_costs_the_same_for_any_number(count, place, django_assert_num_queries):
    for number in range(count):
        factories.member_of(place.unit_b)
        factories.unit_year(place.unit_b, 2020 + number)
    client = browser(place.admin)
    with django_assert_num_queries(11):
        client.get(url(place, "manage_unit", unit=place.unit_b.code))


@pytest.mark.parametrize("count", [1, 3])
def test_year_page_costs_the_same_for_any_number(count, db, django_assert_num_queries):
    agency = factories.AgencyFactory()
    client = browser(factories.official_of(agency, "admin"))
    for _unit in range(count):
        Predikat.objects.create(unit=factories.UnitFactory(agency=agency), kind="WBK", year=2022)
    with django_assert_num_queries(6):  # session, user, access, agency; units, predicates
        client.get(reverse("manage_year", args=[agency.code, 2024]))


def test_stages_of_several_units_are_one_record(place):
    factories.unit_year(place.unit_a, 2024, stage="declared")
    changed = set_years(
        agency=place.agency,
        year=2024,
        units=[place.unit_a, place.unit_b, factories.UnitFactory()],
        stage="building",
        target="WBBM",
        actor=place.admin,
        now=timezone.now(),
    )
    assert changed == 2
    assert set(UnitYear.objects.values_list("unit", "stage", "target")) == {
        (place.unit_a.pk, "building", "WBBM"),
        (place.unit_b.pk, "building", "WBBM"),
    }
    event = AuditEvent.objects.get(verb="unit_year.set_many")
    assert event.before == {"year": 2024, "units": {place.unit_a.code: ["declared", "WBK"]}}


def test_declaration_makes_the_unit_declared_in_its_year(place):
    browser(place.admin).post(
        url(place, "manage_declaration", unit=place.unit_a.code),
        {"date": "10-03-2024", "place": "Aula", "signed_count": 48, "staff_count": 50},
    )
    assert UnitYear.objects.get(unit=place.unit_a, year=2024).stage == "declared"


def test_declaration_leaves_a_unit_that_is_further(place):
    factories.unit_year(place.unit_a, 2024, stage="proposed")
    browser(place.admin).post(
        url(place, "manage_declaration", unit=place.unit_a.code),
        {"date": "10-03-2024", "place": "Aula", "signed_count": 48, "staff_count": 50},
    )
    assert UnitYear.objects.get(unit=place.unit_a, year=2024).stage == "proposed"


def test_declaration_with_more_signatures_than_staff_is_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_declaration", unit=place.unit_a.code),
        {"date": "10-03-2024", "place": "Aula", "signed_count": 51, "staff_count": 50},
    )
    assert answer.context["form"].non_field_errors() == ["Penanda tangan tidak dapat melebihi jumlah pegawai."]


@pytest.mark.parametrize("text", ["2024-13-01", "1 Januari 2024", "31-02-2024", "01.02.2024"])
def test_date_that_cannot_be_read_says_how_to_write_it(text, place):
    answer = browser(place.admin).post(
        url(place, "manage_signatory_new"), {"position": "Inspektur", "name": "Nama", "valid_from": text}
    )
    assert answer.context["form"].errors == {"valid_from": ["Tulis tanggal sebagai hh-bb-tttt, misalnya 31-01-2025."]}


def test_signatory_twice_on_a_day_is_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_signatory_new"), {"position": "Inspektur", "name": "Nama", "valid_from": "01-01-2023"}
    )
    assert answer.context["form"].non_field_errors() == ["Pada tanggal itu sudah ada penanda tangan."]
    assert Signatory.objects.count() == 1


def test_predikat_twice_is_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_predikat_new", unit=place.unit_a.code), {"kind": "WBK", "year": 2023, "granted_by": "tpn"}
    )
    assert answer.context["form"].non_field_errors() == ["Predikat ini sudah tercatat untuk unit tersebut."]
