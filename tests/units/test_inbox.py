"""The inbox: told once, seen by its owner alone, read, mailed once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from units import notice_kinds
from units.models import AuditEvent, Notice, User
from units.permissions import Access, access_of
from units.services.inbox import mark_read, tell
from units.services.notice_mail import last_digest_time, mail_at_once, mail_digests
from units.tasks import mail_notices

# 06:00 WIB is 23:00 UTC the day before.
MORNING = datetime(2024, 7, 3, 23, 0, tzinfo=UTC)
BEFORE = MORNING - timedelta(hours=8)
KIND = "sheet_received"


class BrokenMail(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError(email_messages)


def told(*users, key="a", now=BEFORE, unit=None, path="/kabar/tujuan/", **more):
    params = {"unit": "Unit <Uji>", "period": "TW II 2024"}
    tell(users=users, kind=KIND, key=key, params=params, path=path, unit=unit, now=now, **more)


def wants(user, frequency, **more):
    for name, value in {"mail_frequency": frequency, "email": f"{user.username}@example.org", **more}.items():
        setattr(user, name, value)
    user.save()
    return user


# Telling


def test_notice_is_told_once_for_one_event(cast):
    told(cast.operator, cast.head)
    told(cast.operator, cast.head, cast.operator)
    told(cast.operator, key="b")
    assert sorted(Notice.objects.values_list("user__username", "key")) == sorted(
        [(cast.operator.username, "a"), (cast.head.username, "a"), (cast.operator.username, "b")]
    )


def test_notice_is_one_query_for_one_person_and_for_three(cast, django_assert_num_queries):
    for people in ([cast.operator], [cast.operator, cast.head, cast.member]):
        with django_assert_num_queries(1):
            told(*people, key=str(len(people)))


def test_notice_goes_with_what_it_tells_of(cast):
    wants(cast.operator, User.MailFrequency.AT_ONCE)
    with transaction.atomic():
        told(cast.operator)
        assert (Notice.objects.count(), DBTaskResult.objects.count()) == (1, 1)
        transaction.set_rollback(True)
    assert (Notice.objects.count(), DBTaskResult.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "params", "path"),
    [
        ("unheard_of", {}, "/"),
        (KIND, {"unit": "U", "period": "P", "score": "71,2"}, "/"),
        (KIND, {"unit": "U"}, "/"),
        (KIND, {"unit": "U" * 201, "period": "P"}, "/"),
        (KIND, {"unit": "U", "period": "P"}, "https://evil.example/"),
        (KIND, {"unit": "U", "period": "P"}, "//evil.example/"),
    ],
)
def test_notice_says_only_what_its_kind_declares(cast, kind, params, path):
    with pytest.raises(notice_kinds.NoticeError):
        tell(users=[cast.operator], kind=kind, key="a", params=params, path=path, unit=None, now=BEFORE)
    assert Notice.objects.count() == 0


def test_people_who_left_are_not_told(cast):
    cast.operator.is_active = False
    told(cast.operator)
    assert Notice.objects.count() == 0


def test_every_sentence_has_each_of_its_params_in_both_languages():
    for kind in notice_kinds.KINDS.values():
        marks = {name: f"«{name}»" for name in kind.params}
        sample = (
            marks | dict.fromkeys(kind.days, "2024-07-05") | dict.fromkeys(kind.moments, "2024-07-05T16:30:00+07:00")
        )
        for language, month in (("id", "Juli"), ("en", "July")):
            with translation.override(language):
                text = notice_kinds.sentence_of(kind.name, sample)
            for name in set(kind.params) - {*kind.days, *kind.moments}:
                assert (kind.name, language, text.count(f"«{name}»")) == (kind.name, language, 1)
            assert (kind.name, language, month in text) == (kind.name, language, bool(kind.days or kind.moments))


def test_sentence_of_a_kind_that_is_gone_is_a_general_one(db):
    assert notice_kinds.sentence_of("gone", {}) == "Ada kabar baru di Portal ZI."


# The page


@pytest.mark.parametrize("number", [1, 3])
def test_inbox_lists_notices_with_a_fixed_number_of_queries(cast, as_user, django_assert_num_queries, number):
    for key in range(number):
        told(cast.operator, key=str(key), unit=cast.unit_a)
    client = as_user(cast.operator)
    with django_assert_num_queries(5):
        page = client.get("/kabar/").content.decode()
    assert page.count("LKE Unit &lt;Uji&gt; TW II 2024 sudah dikirim dan menunggu penilaian.</button>") == number
    assert f">{number}</span><span" in page


def test_unread_count_costs_no_query_of_its_own(cast, django_assert_num_queries):
    told(cast.operator)
    told(cast.operator, key="b")
    told(cast.head, key="c")
    with django_assert_num_queries(1):
        access = access_of(cast.operator)
    assert (access.unread, access.units_as("unit_member")) == (2, {cast.unit_a.pk})
    assert access == Access(user_id=cast.operator.pk, parts=access.parts)


def test_header_counts_the_unread_of_this_person(cast, as_user):
    told(cast.operator)
    told(cast.head, key="b")
    assert "1 belum dibaca" in as_user(cast.operator).get("/profil/").content.decode()
    assert "belum dibaca" not in as_user(cast.member).get("/profil/").content.decode()


def test_inbox_shows_only_one_s_own(cast, as_user):
    told(cast.head)
    page = as_user(cast.operator).get("/kabar/").content.decode()
    assert ("menunggu penilaian" in page, "Belum ada kabar" in page) == (False, True)


def test_opening_a_notice_marks_it_and_leads_to_its_page(cast, as_user):
    told(cast.operator)
    told(cast.operator, key="b")
    first = Notice.objects.get(key="a")
    answer = as_user(cast.operator).post("/kabar/dibaca/", {"kabar": first.pk, "buka": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/kabar/tujuan/")
    assert list(Notice.objects.filter(read_at__isnull=True).values_list("key", flat=True)) == ["b"]


def test_all_are_marked_at_once_but_not_those_of_others(cast, as_user):
    told(cast.operator, cast.head)
    told(cast.operator, key="b")
    assert as_user(cast.operator).post("/kabar/dibaca/")["Location"] == "/kabar/"
    assert list(Notice.objects.filter(read_at__isnull=True).values_list("user_id", flat=True)) == [cast.head.pk]


@pytest.mark.parametrize("other", ["head", "stranger", "admin"])
def test_notice_of_somebody_else_is_unknown(cast, as_user, other):
    told(cast.operator)
    pk = Notice.objects.get().pk
    assert as_user(getattr(cast, other)).post("/kabar/dibaca/", {"kabar": pk, "buka": "1"}).status_code == 404
    assert Notice.objects.filter(read_at__isnull=True).count() == 1


@pytest.mark.parametrize("data", [{"kabar": "x"}, {"kabar": "9" * 30}])
def test_notice_that_is_none_is_not_found(cast, as_user, data):
    assert as_user(cast.operator).post("/kabar/dibaca/", data).status_code == 404


def test_opening_without_a_notice_is_refused(cast, as_user):
    assert as_user(cast.operator).post("/kabar/dibaca/", {"buka": "1"}).status_code == 400
    assert as_user(cast.operator).get("/kabar/dibaca/").status_code == 405


def test_reading_again_keeps_the_first_time(cast):
    told(cast.operator)
    assert mark_read(user=cast.operator, now=BEFORE) == 1
    assert mark_read(user=cast.operator, now=MORNING) == 0
    assert Notice.objects.get().read_at == BEFORE
    assert not AuditEvent.objects.filter(actor=cast.operator).exists()


def test_inbox_can_show_the_unread_alone(cast, as_user):
    told(cast.operator)
    mark_read(user=cast.operator, now=BEFORE)
    client = as_user(cast.operator)
    assert "Tidak ada kabar yang belum dibaca" in client.get("/kabar/?tampil=belum").content.decode()
    assert "menunggu penilaian" in client.get("/kabar/?halaman=99").content.decode()


# Mail


def test_urgent_notice_is_mailed_at_once_whatever_was_chosen(cast):
    for person, frequency in ((cast.operator, "daily"), (cast.head, "never"), (cast.member, "at_once")):
        wants(person, frequency)
    told(cast.operator, cast.head, cast.member, is_urgent=True)
    assert DBTaskResult.objects.values_list("task_path", flat=True).get() == "units.tasks.mail_notices"
    assert mail_at_once(now=MORNING) == 3
    assert mail_at_once(now=MORNING) == 0
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        user.email for user in (cast.operator, cast.head, cast.member)
    )


def test_nothing_is_queued_where_nobody_is_mailed_at_once(cast):
    wants(cast.operator, "daily")
    told(cast.operator)
    assert DBTaskResult.objects.count() == 0


def test_message_is_plain_text_in_the_person_s_language(cast, settings):
    settings.PORTAL_URL = "https://zi.example.go.id"
    wants(cast.operator, "at_once", language="en", full_name="Ani & Budi")
    told(cast.operator, unit=cast.unit_a)
    mail_at_once(now=MORNING)
    (message,) = mail.outbox
    assert "https://zi.example.go.id/kabar/tujuan/" in message.body
    assert "https://zi.example.go.id/profil/" in message.body
    assert ("Unit <Uji>" in message.body, "Ani & Budi" in message.body) == (True, True)
    assert message.content_subtype == "plain"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    with translation.override("en"):
        assert message.subject == "Portal ZI: " + notice_kinds.sentence_of(KIND, Notice.objects.get().params)


def test_digest_is_one_message_a_day_with_what_came_before_the_morning(cast):
    wants(cast.operator, "daily")
    told(cast.operator)
    told(cast.operator, key="b", now=BEFORE + timedelta(hours=1))
    assert mail_digests(now=MORNING - timedelta(minutes=1)) == 0
    told(cast.operator, key="late", now=MORNING + timedelta(minutes=1))
    assert [mail_digests(now=MORNING + timedelta(minutes=wait)) for wait in (0, 5, 600, 1439)] == [1, 0, 0, 0]
    (message,) = mail.outbox
    assert message.subject == "Portal ZI: 2 kabar untuk Anda"
    assert message.body.count("menunggu penilaian") == 2
    assert mail_digests(now=MORNING + timedelta(days=1)) == 1
    assert mail.outbox[1].body.count("menunggu penilaian") == 1


def test_digest_hour_is_that_of_the_portal_s_zone():
    assert last_digest_time(MORNING) == MORNING
    assert last_digest_time(MORNING - timedelta(seconds=1)) == MORNING - timedelta(days=1)


def test_long_digest_names_the_latest_and_counts_the_rest(cast):
    wants(cast.operator, "daily")
    for number in range(33):
        told(cast.operator, key=str(number), path=f"/ke/{number}/", now=BEFORE + timedelta(minutes=number))
    assert mail_digests(now=MORNING) == 1
    (message,) = mail.outbox
    assert (message.body.count("menunggu penilaian"), "dan 3 kabar lainnya." in message.body) == (30, True)
    assert ("/ke/32/" in message.body, "/ke/2/" in message.body) == (True, False)
    assert Notice.objects.filter(mailed_at__isnull=True).count() == 0


@pytest.mark.parametrize(
    "change",
    [{"mail_frequency": "never"}, {"email": ""}, {"is_active": False}, {"is_demo": True}],
    ids=["never", "no address", "left", "invented"],
)
def test_nothing_is_mailed_to_those_who_get_none(cast, change):
    wants(cast.operator, "daily")
    told(cast.operator)
    User.objects.filter(pk=cast.operator.pk).update(**change)
    assert (mail_at_once(now=MORNING), mail_digests(now=MORNING), mail.outbox) == (0, 0, [])


def test_what_was_read_or_is_old_is_not_mailed(cast):
    wants(cast.operator, "daily")
    told(cast.operator)
    mark_read(user=cast.operator, now=BEFORE)
    told(cast.operator, key="b", now=MORNING - timedelta(days=15))
    assert mail_digests(now=MORNING) == 0


def test_failing_mail_server_undoes_nothing_and_is_tried_again(cast, settings):
    wants(cast.operator, "daily")
    wants(cast.head, "daily")
    told(cast.operator, cast.head)
    settings.EMAIL_BACKEND = "tests.units.test_inbox.BrokenMail"
    assert mail_digests(now=MORNING) == 0
    assert Notice.objects.filter(mailed_at__isnull=True).count() == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail_digests(now=MORNING + timedelta(minutes=10)) == 2


# The profile


def test_profile_keeps_how_often_mail_comes(cast, as_user):
    client = as_user(cast.operator)
    data = {"full_name": cast.operator.full_name, "language": "id", "keyboard_shortcuts": "on"}
    assert client.post("/profil/", data | {"mail_frequency": "never"}).status_code == 302
    cast.operator.refresh_from_db()
    assert cast.operator.mail_frequency == "never"
    (event,) = AuditEvent.objects.filter(verb="user.profile")
    assert (event.before, event.after) == ({"mail_frequency": "daily"}, {"mail_frequency": "never"})
    assert client.post("/profil/", data).status_code == 302
    assert client.post("/profil/", data | {"mail_frequency": "hourly"}).status_code == 422
    cast.operator.refresh_from_db()
    assert cast.operator.mail_frequency == "never"


def test_task_mails_what_is_due(cast):
    wants(cast.operator, "at_once")
    told(cast.operator, now=timezone.now())
    mail_notices.call()
    assert [message.to for message in mail.outbox] == [[cast.operator.email]]
