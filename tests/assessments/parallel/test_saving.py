"""Several people on one question at the same moment (REL-01, REL-24), one save that arrives many times at once."""

import uuid
from functools import partial

from django.urls import reverse

from assessments.models import Answer, AnswerRevision
from tests import factories
from units.models import AuditEvent

CODE = "A.I.1.i.b"
HTMX = {"HX-Request": "true"}
ROUNDS, WRITERS, COPIES = 10, 4, 8


def url(assessment, code=CODE):
    unit = assessment.unit
    return reverse("answer_save", args=(unit.agency.code, unit.code, assessment.period.code, code))


def form(text, version=0, **more):
    return {"jawaban": "B", "catatan": text, "versi": str(version), "kunci": str(uuid.uuid4())} | more


def notes():
    return list(AnswerRevision.objects.order_by("version").values_list("note", flat=True))


def test_of_several_writers_one_wins_and_nobody_is_lost(assessment, cast, browsers, at_once):
    people = [cast.operator, cast.head, *(factories.member_of(cast.unit_a) for _ in range(WRITERS - 2))]
    clients = [browsers(person, 1)[0] for person in people]
    written: list[str] = []
    for number in range(ROUNDS):
        version = len(written)
        texts = [f"putaran {number} penulis {place}" for place in range(WRITERS)]
        tasks = [
            partial(client.post, url(assessment), form(text, version), headers=HTMX)
            for client, text in zip(clients, texts, strict=True)
        ]
        answers = at_once(tasks)
        statuses = [answer.status_code for answer in answers]
        assert sorted(statuses) == [200] + [409] * (WRITERS - 1)
        winner = texts[statuses.index(200)]
        losers = [(place, answer) for place, answer in enumerate(answers) if answer.status_code == 409]
        for place, answer in losers:
            html = answer.content.decode()
            who = people[statuses.index(200)].full_name
            assert [word in html for word in (winner, texts[place], who, f'value="{version + 1}"')] == [True] * 4
        written.append(winner)
        place, _answer = losers[0]
        settled = clients[place].post(url(assessment), form(texts[place], 0, gantikan=str(version + 1)), headers=HTMX)
        assert settled.status_code == 200
        written.append(texts[place])
    assert notes() == written
    assert AuditEvent.objects.filter(verb="answer.save").count() == len(written)
    assert (Answer.objects.get().note, Answer.objects.get().version) == (written[-1], len(written))


def test_two_tabs_of_one_person_overwrite_nothing_silently(assessment, cast, browsers, at_once):
    tabs = browsers(cast.operator, 2)
    answers = at_once(
        [partial(tab.post, url(assessment), form(f"tab {number}"), headers=HTMX) for number, tab in enumerate(tabs)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(notes()) == 1


def test_one_save_that_arrives_many_times_at_once_is_one(assessment, cast, browsers, at_once):
    clients = browsers(cast.operator, COPIES)
    for number in range(ROUNDS):
        data = form(f"teks {number}", number)
        answers = at_once([partial(client.post, url(assessment), data, headers=HTMX) for client in clients])
        shown = [f'id="versi-p-A-I-1-i-b" value="{number + 1}"' in answer.content.decode() for answer in answers]
        assert [answer.status_code for answer in answers] == [200] * COPIES
        assert shown == [True] * COPIES
    assert notes() == [f"teks {number}" for number in range(ROUNDS)]
    assert AuditEvent.objects.filter(verb="answer.save").count() == ROUNDS


def test_late_copy_of_a_save_beside_somebody_elses_is_still_the_first(assessment, cast, browsers, at_once):
    """The first save and a colleague's are stored; copies of the first arrive together with more of the colleague's."""
    mine, theirs = browsers(cast.operator, 4), browsers(cast.head, 1)[0]
    first = form("teks pertama")
    assert mine[0].post(url(assessment), first, headers=HTMX).status_code == 200
    assert theirs.post(url(assessment), form("teks kepala", 1), headers=HTMX).status_code == 200
    tasks = [partial(client.post, url(assessment), first, headers=HTMX) for client in mine]
    tasks.append(partial(theirs.post, url(assessment), form("teks kepala lagi", 2), headers=HTMX))
    assert [answer.status_code for answer in at_once(tasks)] == [200] * 5
    assert notes() == ["teks pertama", "teks kepala", "teks kepala lagi"]


def test_first_saves_of_many_questions_do_not_disturb_each_other(assessment, cast, browsers, at_once):
    codes = ("A.I.1.i.b", "A.I.1.ii.b", "A.I.1.iii.a", "A.I.1.iv.b", "A.I.2.i.b", "A.I.3.i.b")
    clients = browsers(cast.operator, len(codes))
    tasks = [
        partial(client.post, url(assessment, code), form(code), headers=HTMX)
        for client, code in zip(clients, codes, strict=True)
    ]
    assert [answer.status_code for answer in at_once(tasks)] == [200] * len(codes)
    assert sorted(notes()) == sorted(codes)
