"""Accounts and roles in the administrator's hands."""

import re
from datetime import date

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.units.ladder import browser
from units.models import AuditEvent, Membership, TeamMember, User
from units.services.conflicts import ConflictOfInterest
from units.services.people import LastAdministrator, SharedAccount, add_membership, end_membership, update_person

NEW = {
    "username": "orang.baru",
    "full_name": "Orang Baru",
    "email": "baru@contoh.go.id",
    "nip": "",
    "role": "unit_head",
    "valid_from": "01-02-2024",
}


def url(place, name, **kwargs):
    return reverse(name, kwargs={"agency": place.agency.code} | kwargs)


def test_new_person_sets_a_password_by_the_link_in_the_mail(place, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        browser(place.admin).post(url(place, "manage_person_new"), NEW | {"unit": place.unit_a.pk})
    person = User.objects.get(username="orang.baru")
    assert (person.has_usable_password(), person.last_login) == (True, None)
    (message,) = mail.outbox
    assert message.to == ["baru@contoh.go.id"]
    link = re.search(r"http://testserver(/sandi/atur/\S+)", message.body)[1]
    answer = client.get(link, follow=True)
    assert answer.context["validlink"] is True


def test_new_person_gets_the_role_and_nothing_else(place):
    browser(place.admin).post(
        url(place, "manage_person_new"), NEW | {"unit": place.unit_a.pk, "is_superuser": "on", "is_staff": "on"}
    )
    person = User.objects.get(username="orang.baru")
    held = person.memberships.get()
    assert (held.role, held.unit, held.valid_from, held.valid_until) == (
        "unit_head",
        place.unit_a,
        date(2024, 2, 1),
        None,
    )
    assert (person.is_superuser, person.is_staff) == (False, False)


def test_new_person_with_a_known_name_or_address_is_refused(place):
    factories.UserFactory(username="Orang.Baru", email="BARU@contoh.go.id")
    answer = browser(place.admin).post(url(place, "manage_person_new"), NEW | {"unit": place.unit_a.pk})
    assert answer.context["forms"][0].errors == {
        "username": ["Nama pengguna ini sudah dipakai."],
        "email": ["Alamat surel ini sudah dipakai akun lain."],
    }


def test_new_person_who_cannot_have_the_role_leaves_nothing_behind(place):
    answer = browser(place.admin).post(url(place, "manage_person_new"), NEW | {"unit": factories.UnitFactory().pk})
    assert answer.status_code == 422
    assert not User.objects.filter(username="orang.baru").exists()


def test_closed_account_loses_its_sessions_with_the_next_request(place):
    open_session = browser(place.operator)
    assert open_session.get(reverse("profile")).status_code == 200
    browser(place.admin).post(url(place, "manage_person_close", pk=place.operator.pk), {"reason": "Pindah tugas"})
    answer = open_session.get(reverse("profile"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("login"))
    event = AuditEvent.objects.get(verb="user.deactivate")
    assert (event.reason, event.before, event.after) == ("Pindah tugas", {"is_active": True}, {"is_active": False})


def test_administrator_cannot_close_their_own_account(place):
    answer = browser(place.admin).post(url(place, "manage_person_close", pk=place.admin.pk), {"reason": "Coba"})
    assert answer.status_code == 422
    assert "Anda tidak dapat menonaktifkan akun Anda sendiri." in answer.content.decode()


def test_last_administrator_keeps_the_role(place):
    held = Membership.objects.get(user=place.admin)
    with pytest.raises(LastAdministrator):
        end_membership(membership=held, until=timezone.localdate(), actor=place.admin, now=timezone.now())
    factories.official_of(place.agency, "admin")
    end_membership(membership=held, until=timezone.localdate(), actor=place.admin, now=timezone.now())
    held.refresh_from_db()
    assert held.valid_until == timezone.localdate()


def test_role_that_ended_stays_in_the_history(place):
    browser(place.admin).post(
        url(place, "manage_role_end", pk=place.role.pk), {"until": "31-01-2024", "reason": "Mutasi"}
    )
    place.role.refresh_from_db()
    assert place.role.valid_until == date(2024, 1, 31)
    page = browser(place.admin).get(url(place, "manage_person", pk=place.operator.pk)).content.decode()
    assert "01-01-2020 \N{EN DASH} 31-01-2024" in page
    assert browser(place.operator).get(reverse("profile")).context["roles"] == []


def test_role_of_another_agency_cannot_be_ended(place):
    foreign = Membership.objects.get(user=place.foreign_inspector)
    assert browser(place.admin).get(url(place, "manage_role_end", pk=foreign.pk)).status_code == 404


def test_role_areas_are_kept_as_numbers(place):
    browser(place.admin).post(
        url(place, "manage_role_new", pk=place.colleague.pk),
        {"role": "unit_member", "unit": place.unit_a.pk, "areas": ["5", "1"], "valid_from": "01-01-2024"},
    )
    assert Membership.objects.get(user=place.colleague, unit=place.unit_a).areas == "51"


def test_role_twice_is_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_role_new", pk=place.reader.pk), {"role": "reader", "valid_from": "01-01-2024"}
    )
    assert answer.context["form"].errors == {"role": ["Orang ini sudah memegang peran itu."]}


def test_role_in_a_unit_of_another_agency_is_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_role_new", pk=place.reader.pk),
        {"role": "unit_head", "unit": factories.UnitFactory().pk, "valid_from": "01-01-2024"},
    )
    assert answer.status_code == 422


def test_evaluator_cannot_join_the_unit_that_they_evaluate(place):
    answer = browser(place.admin).post(
        url(place, "manage_role_new", pk=place.member.pk),
        {"role": "unit_member", "unit": place.unit_a.pk, "valid_from": "01-01-2024"},
    )
    assert answer.status_code == 422
    assert "Benturan kepentingan" in answer.content.decode()
    assert not Membership.objects.filter(user=place.member).exists()


def test_evaluator_may_join_a_unit_that_another_team_evaluates(place):
    add_membership(
        agency=place.agency,
        user=place.member,
        values={"role": "unit_member", "unit": place.unit_b, "areas": "", "valid_from": date(2024, 1, 1)},
        actor=place.admin,
        now=timezone.now(),
    )
    assert Membership.objects.get(user=place.member).unit == place.unit_b


def test_former_evaluator_may_join_the_unit(place):
    TeamMember.objects.filter(user=place.member).update(valid_until=date(2021, 1, 1))
    values = {"role": "unit_member", "unit": place.unit_a, "areas": "", "valid_from": date(2020, 6, 1)}
    add_membership(agency=place.agency, user=place.member, values=values, actor=place.admin, now=timezone.now())
    assert Membership.objects.get(user=place.member).unit == place.unit_a


def test_evaluator_from_a_later_day_is_a_conflict_as_well(place):
    TeamMember.objects.filter(user=place.member).update(valid_from=date(2099, 1, 1))
    values = {"role": "unit_member", "unit": place.unit_a, "areas": "", "valid_from": date(2024, 1, 1)}
    with pytest.raises(ConflictOfInterest):
        add_membership(agency=place.agency, user=place.member, values=values, actor=place.admin, now=timezone.now())


def test_account_of_two_agencies_is_not_changed_by_one_of_them(place):
    other = factories.AgencyFactory()
    factories.MembershipFactory(user=place.operator, role="reader", agency=other, unit=None)
    answer = browser(place.admin).post(
        url(place, "manage_person_edit", pk=place.operator.pk),
        {"full_name": "Diambil", "email": "penyerang@contoh.go.id", "nip": ""},
    )
    assert answer.status_code == 422
    answer = browser(place.admin).post(url(place, "manage_person_close", pk=place.operator.pk), {"reason": "Coba"})
    assert answer.status_code == 422
    stored = User.objects.get(pk=place.operator.pk)
    assert (stored.full_name, stored.email, stored.is_active) == (
        place.operator.full_name,
        place.operator.email,
        True,
    )


def test_account_of_a_superuser_is_not_changed_by_an_administrator(place):
    User.objects.filter(pk=place.reader.pk).update(is_superuser=True)
    with pytest.raises(SharedAccount):
        update_person(
            user=place.reader,
            agency=place.agency,
            agency_ids=frozenset({place.agency.pk}),
            values={"full_name": "A", "email": "a@contoh.go.id", "nip": ""},
            actor=place.admin,
            now=timezone.now(),
        )


def test_person_of_another_agency_is_not_found(place):
    assert browser(place.admin).get(url(place, "manage_person", pk=place.foreign_inspector.pk)).status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("cari=sari+dewi", ["Dewi Sari"]),
        ("cari=0198", []),
        ("cari=198801012010012001", ["Dewi Sari"]),
        ("peran=unit_head", ["Dewi Sari"]),
        ("status=inactive", ["Budi Tua"]),
        ("peran=none", ["Budi Tua"]),
    ],
)
def test_people_are_found(query, names, db):
    unit = factories.UnitFactory()
    admin = factories.official_of(unit.agency, "admin", full_name="Admin Uji")
    factories.member_of(unit, "unit_head", full_name="Dewi Sari", nip="198801012010012001")
    past = factories.member_of(unit, full_name="Budi Tua", is_active=False)
    past.memberships.update(valid_until=date(2021, 1, 1))
    page = browser(admin).get(reverse("manage_people", args=[unit.agency.code]) + f"?{query}")
    assert [person.full_name for person in page.context["rows"]] == names


@pytest.mark.parametrize("count", [1, 3])
def test_people_list_costs_the_same_for_any_number(count, db, django_assert_num_queries):
    unit = factories.UnitFactory()
    client = browser(factories.official_of(unit.agency, "admin"))
    for _person in range(count):
        factories.teammate(factories.team_for(unit, kind="assistance"))
    with django_assert_num_queries(8):  # session, user, access, agency; count, people, roles, teams
        client.get(reverse("manage_people", args=[unit.agency.code]))
