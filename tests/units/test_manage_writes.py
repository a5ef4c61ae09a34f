"""Every write of the administrator in `units`, on every rung of the ladder."""

import pytest

from tests.units.ladder import RUNGS, Write

DAY = "01-02-2024"
PERSON = {"username": "orang.baru", "full_name": "Orang Baru", "email": "baru@contoh.go.id", "nip": ""}


def of_unit(place):
    return {"unit": place.unit_a.code}


def of(name):
    return lambda place: {"pk": getattr(place, name).pk}


WRITES = (
    Write(
        "manage_agency",
        "agency.update",
        data=lambda place: {
            "name": place.agency.name,
            "kind": "local_government",
            "zone": "Asia/Makassar",
            "inspectorate": "Inspektorat",
            "letterhead": "Jalan Uji 1",
            "city": "Kota Uji",
            "later_stages": "empty",
            "member_unit_limit": "10",
        },
        invalid={"name": ""},
    ),
    Write(
        "manage_signatory_new",
        "signatory.add",
        data=lambda _place: {"position": "Inspektur", "name": "Nama", "nip": "1" * 18, "valid_from": DAY},
        invalid={"position": "Inspektur", "name": "Nama", "nip": "12", "valid_from": "2024"},
    ),
    Write(
        "manage_signatory",
        "signatory.update",
        where=of("signatory"),
        data=lambda _place: {"position": "Plt. Inspektur", "name": "Inspektur Uji", "valid_from": "01-01-2023"},
        invalid={"name": ""},
    ),
    Write(
        "manage_unit_new",
        "unit.create",
        data=lambda _place: {"code": "rsud", "name": "RSUD", "kind": "hospital", "is_active": "on"},
        invalid={"code": "RSUD baru", "name": "RSUD", "kind": "hospital"},
    ),
    Write(
        "manage_unit_edit",
        "unit.update",
        where=of_unit,
        data=lambda place: {"code": place.unit_a.code, "name": "Nama Baru", "kind": "office", "is_active": "on"},
        invalid={"code": "", "name": ""},
    ),
    Write(
        "manage_unit_year",
        "unit_year.set",
        where=lambda place: of_unit(place) | {"year": 2024},
        data=lambda _place: {"stage": "building", "target": "WBK"},
        invalid={"stage": "asal", "target": "WBK"},
    ),
    Write(
        "manage_year",
        "unit_year.set_many",
        where=lambda _place: {"year": 2024},
        data=lambda place: {"stage": "building", "target": "WBK", "units": [place.unit_a.pk, place.unit_b.pk]},
        invalid={"stage": "building", "target": "WBK"},
    ),
    Write(
        "manage_declaration",
        "declaration.create",
        where=of_unit,
        data=lambda _place: {"date": DAY, "place": "Aula", "signed_count": 48, "staff_count": 50},
        invalid={"date": DAY, "place": "Aula", "signed_count": 51, "staff_count": 50},
    ),
    Write(
        "manage_predikat_new",
        "predikat.add",
        where=lambda place: {"unit": place.unit_b.code},
        data=lambda _place: {"kind": "WBK", "year": 2023, "granted_by": "tpn"},
        invalid={"kind": "WBK", "year": 1999, "granted_by": "tpn"},
    ),
    Write(
        "manage_predikat",
        "predikat.update",
        where=of("predikat"),
        data=lambda _place: {"kind": "WBK", "year": 2023, "granted_by": "agency"},
        invalid={"kind": "WTP", "year": 2023, "granted_by": "tpn"},
    ),
    Write(
        "manage_predikat_remove",
        "predikat.remove",
        where=of("predikat"),
        data=lambda _place: {"reason": "Salah catat"},
    ),
    Write(
        "manage_person_new",
        "user.create",
        data=lambda place: PERSON | {"role": "unit_head", "unit": place.unit_a.pk, "valid_from": DAY},
        invalid=PERSON | {"role": "unit_head", "valid_from": DAY},
    ),
    Write(
        "manage_person_edit",
        "user.update",
        where=of("operator"),
        data=lambda _place: {"full_name": "Nama Baru", "email": "lain@contoh.go.id", "nip": "1" * 18},
        invalid={"full_name": "Nama", "email": "", "nip": "12"},
    ),
    Write("manage_person_invite", "user.invite", where=of("operator"), invalid=None, reads=False),
    Write(
        "manage_person_close",
        "user.deactivate",
        where=of("operator"),
        data=lambda _place: {"reason": "Pindah tugas"},
    ),
    Write(
        "manage_role_new",
        "membership.add",
        where=of("reader"),
        data=lambda place: {"role": "unit_member", "unit": place.unit_a.pk, "areas": ["1", "3"], "valid_from": DAY},
        invalid={"role": "unit_member", "valid_from": DAY},
    ),
    Write(
        "manage_role_end",
        "membership.end",
        where=of("role"),
        data=lambda _place: {"until": DAY, "reason": "Mutasi"},
        invalid={"until": "01-01-2019", "reason": "Mutasi"},
    ),
    Write(
        "manage_team_new",
        "team.create",
        data=lambda _place: {"kind": "tpi", "name": "TPI Baru", "scoring": "single", "is_active": "on"},
        invalid={"kind": "lain", "name": "TPI Baru"},
    ),
    Write(
        "manage_team_edit",
        "team.update",
        where=of("tpi"),
        data=lambda place: {"name": "TPI Satu", "decree": place.decree.pk, "scoring": "paired", "is_active": "on"},
        invalid={"name": ""},
    ),
    Write("manage_team_units", "team.units", where=of("tpi"), invalid={"units": ["999999"]}),
    Write(
        "manage_team_member_new",
        "team.member_add",
        where=of("tpi"),
        data=lambda place: {
            "user": place.reader.pk,
            "role": "member",
            "home_body": "BKPSDM",
            "valid_from": DAY,
        },
        invalid={"role": "member", "valid_from": DAY},
    ),
    Write(
        "manage_team_person_new",
        "user.create",
        where=of("tpi"),
        data=lambda _place: PERSON | {"role": "lead", "home_body": "Bappeda", "valid_from": DAY},
        invalid=PERSON | {"role": "lead", "valid_from": DAY},
    ),
    Write(
        "manage_team_member_end",
        "team.member_end",
        where=of("part"),
        data=lambda _place: {"until": DAY, "reason": "Selesai"},
    ),
    Write(
        "manage_decree_new",
        "decree.create",
        data=lambda place: {
            "kind": "zi_units",
            "number": "2/2024",
            "date": DAY,
            "subject": "Penetapan unit",
            "units": [place.unit_a.pk],
        },
        invalid={"kind": "zi_units", "number": "1/2024", "date": DAY, "subject": "Nomor yang sama"},
    ),
    Write(
        "manage_decree",
        "decree.update",
        where=of("decree"),
        data=lambda _place: {"kind": "tpi", "number": "1/2024", "date": DAY, "subject": "TPI tahun 2024"},
        invalid={"number": ""},
    ),
)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.__name__)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
def test_write_of_administrator(write, rung, place):
    rung(write, place)


def test_person_is_opened_again_with_one_audit_record(place):
    place.colleague.is_active = False
    place.colleague.save()
    write = Write("manage_person_open", "user.activate", where=of("colleague"), invalid=None, reads=False)
    for rung in RUNGS[1:]:
        rung(write, place)
    RUNGS[0](write, place)
