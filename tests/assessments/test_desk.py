"""The desk, question by question, and the overview of one evaluation: what they show, to whom, what it costs."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import (
    Answer,
    Assessment,
    Evidence,
    EvidenceFile,
    Note,
    NoteMessage,
    Preview,
    PreviewPage,
    Scorer,
)
from assessments.queries.answers import stage_sheets
from assessments.queries.desk_question import DeskQuestion, desk_question, scored_sheet, version_of
from assessments.queries.overview import overview
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]
NODE = "A.I.1.i"
FIRST, SECOND = "A.I.1.i.a", "A.I.1.i.b"
SUBAREAS = 44


def address(name: str, assessment: Assessment, *more: str) -> str:
    unit = assessment.unit
    return reverse(name, args=[unit.agency.code, unit.code, assessment.period.code, *more])


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    assessment.save()


@pytest.fixture
def reviewed(assessment: Assessment, cast: Cast) -> Assessment:
    """The first question scored lower, the second not yet; both have evidence."""
    factories.answer(assessment, FIRST, "Ya", by=cast.operator, note="Lihat SK")
    factories.answer(assessment, SECOND, "A", by=cast.operator)
    factories.answer(assessment, FIRST, "Tidak", stage="member", by=cast.member)
    factories.note(assessment, FIRST, cast.member, "SK belum ditandatangani", for_release=True)
    factories.evidence_for(assessment, FIRST, cast.operator, when=timezone.now() - timedelta(days=1))
    put_in(assessment, "review_member", cast)
    return assessment


def asked(assessment: Assessment, code: str = FIRST, stage: str | None = "member") -> DeskQuestion:
    sheets = stage_sheets(assessment)
    return desk_question(assessment, code, sheets, sheets.tpi, stage, version_of(sheets, code, stage))


def shown(client: Client, assessment: Assessment, code: str = FIRST, query: str = "") -> str:
    return client.get(address("desk_question", assessment, code) + query).content.decode()


def test_question_knows_whether_the_score_agrees(reviewed: Assessment) -> None:
    first, second = asked(reviewed), asked(reviewed, SECOND)
    assert (first.card.state, second.card.state) == ("different", "unscored")
    assert (first.card.own_score.value, first.card.score.value) == (Fraction(1), Fraction(0))
    assert (first.is_settled, second.is_settled) == (False, False)
    assert (first.whole.scored, first.whole.total, first.whole.different) == (1, 113, 1)


def test_question_that_agrees_is_settled_until_the_unit_writes_again(reviewed: Assessment) -> None:
    Answer.objects.filter(stage="member").update(choice="Ya")
    assert asked(reviewed).is_settled
    Answer.objects.filter(stage="unit").update(updated_at=timezone.now() + timedelta(minutes=1))
    assert not asked(reviewed).is_settled


def test_answer_that_the_unit_changed_after_the_score_is_marked(reviewed: Assessment, cast: Cast) -> None:
    assert not asked(reviewed).has_changed
    Answer.objects.filter(stage="unit").update(updated_at=timezone.now() + timedelta(minutes=1))
    assert (asked(reviewed).card.answer_changed, asked(reviewed, SECOND).card.answer_changed) == (True, False)
    assert overview(reviewed, cast.member).changed == {FIRST}


@pytest.mark.parametrize("part", ["record", "file"])
def test_evidence_that_came_after_the_score_is_marked(part: str, reviewed: Assessment, cast: Cast) -> None:
    later = timezone.now() + timedelta(minutes=1)
    if part == "record":
        factories.evidence_for(reviewed, FIRST, cast.operator, when=later)
    else:
        use = reviewed.evidence_uses.get()
        EvidenceFile.objects.create(
            evidence=use.evidence, original_name="sk.pdf", kind="pdf", size=1, sha256="0" * 64,
            uploaded_by=cast.operator, uploaded_at=later,
        )  # fmt: skip
    assert asked(reviewed).new_proofs == 1
    assert overview(reviewed, cast.member).changed == {FIRST}


def test_withdrawn_evidence_is_counted_and_not_shown(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    record = factories.evidence_for(reviewed, FIRST, cast.operator, title="Berkas keliru")
    record.withdrawn_at, record.withdrawn_reason = timezone.now(), "Salah unggah"
    record.save()
    assert (len(asked(reviewed).proofs), asked(reviewed).withdrawn) == (1, 1)
    text = shown(as_user(cast.member), reviewed)
    assert "Berkas keliru" not in text
    assert "1 bukti ditarik unit." in text


def test_overview_leads_to_the_queue_with_its_counts(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    page = as_user(cast.member).get(address("evaluation", reviewed))
    assert {name.value: count for name, count in page.context["filters"]} == {
        "belum": 112,
        "beda": 1,
        "tanpa-bukti": 1,
        "kosong": 111,
        "catatan": 1,
        "berat": 20,
    }
    assert sum(len(group.rows) for group in page.context["view"].groups) == SUBAREAS
    assert f"{address('desk_queue', reviewed)}?saring=beda#saringan" in page.content.decode()


def test_numbers_stand_in_the_fields_as_people_type_them(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.answer(reviewed, "A.II.1.i.a", {"agents": 4, "changes": 10})
    factories.answer(reviewed, "A.II.1.i.a", {"agents": 4, "changes": 3}, stage="member")
    factories.answer(reviewed, "B.I.a", {"index": "3.60"})
    client = as_user(cast.member)
    counts = shown(client, reviewed, "A.II.1.i.a")
    assert 'name="in-changes" value="3" inputmode="decimal" maxlength="14" data-own-value="10"' in counts
    assert 'data-own-value="3,60"' in shown(client, reviewed, "B.I.a")


# Stages


def scored_by_stages(assessment: Assessment, cast: Cast, **raws: str) -> None:
    people = {"member": cast.member, "lead": cast.lead, "controller": cast.controller}
    for stage, raw in raws.items():
        factories.answer(assessment, SECOND, raw, stage=stage, by=people[stage])


@pytest.mark.parametrize(
    ("who", "stage", "taken", "version"),
    [
        ("member", "member", "A", 1),
        ("lead", "lead", "B", 1),
        ("controller", "controller", "C", 0),
        ("inspector", None, "A", 0),
    ],
)
def test_agreeing_takes_what_stands_before_the_stage(
    who: str, stage: str | None, taken: str, version: int, reviewed: Assessment, cast: Cast
) -> None:
    scored_by_stages(reviewed, cast, member="B", lead="C")
    card = asked(reviewed, SECOND, stage).card
    base = [line.label for line in card.options if line.base]
    assert (base, card.version) == ([taken], version), who


def test_each_stage_stands_with_its_person_beside_the_others(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    scored_by_stages(reviewed, cast, member="A", lead="C")
    put_in(reviewed, "review_controller", cast)
    stages = asked(reviewed, SECOND, "controller").stages
    assert [(item.row.stage, item.row.raw, item.differs, item.is_in_force) for item in stages] == [
        ("member", "A", False, False),
        ("lead", "C", True, True),
    ]
    text = shown(as_user(cast.controller), reviewed, SECOND)
    assert all(person.full_name in text for person in (cast.member, cast.lead))


def test_later_stage_settles_only_what_it_said_itself_after_the_stage_before(reviewed: Assessment, cast: Cast) -> None:
    scored_by_stages(reviewed, cast, member="B")
    taken_over = asked(reviewed, SECOND, "lead").is_settled
    scored_by_stages(reviewed, cast, lead="B")
    agreed = asked(reviewed, SECOND, "lead").is_settled
    Answer.objects.filter(stage="member").update(updated_at=timezone.now() + timedelta(minutes=1))
    assert (taken_over, agreed, asked(reviewed, SECOND, "lead").is_settled) == (False, True, False)


def test_withdrawn_score_is_gone_but_keeps_its_version(reviewed: Assessment) -> None:
    row = Answer.objects.get(stage="member")
    Answer.objects.filter(pk=row.pk).update(choice="", is_withdrawn=True, version=4)
    question = asked(reviewed)
    assert (question.card.state, question.card.version, question.stages) == ("unscored", 4, ())


@pytest.mark.parametrize(("later", "scored"), [("agree", 2), ("empty", 1)])
def test_later_stage_counts_what_it_is_done_with(
    later: str, scored: int, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    scored_by_stages(reviewed, cast, member="B", lead="B")
    reviewed.later_stages = later
    put_in(reviewed, "review_lead", cast)
    sheets = stage_sheets(reviewed)
    assert len(scored_sheet(reviewed, sheets, sheets.tpi, "lead").rows) == scored
    lead = as_user(cast.lead)
    assert f'<strong class="num">{scored}/113</strong>' in shown(lead, reviewed)
    assert ('id="badge-A-I-1-i-a" data-state="unscored"' in shown(lead, reviewed)) is (later == "empty")


# The way from question to question


def test_desk_of_a_subarea_leads_to_its_first_question(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    response = as_user(cast.member).get(address("desk", reviewed, "A.I.1.ii"), {"saring": "belum", "lain": "x"})
    assert response.headers["Location"] == address("desk_question", reviewed, "A.I.1.ii.a") + "?saring=belum"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("", SECOND),
        ("3", "A.I.1.ii.a"),
        ("0", FIRST),
        ("9999", "B.II.a"),
        ("a.ii.1.I.A", "A.II.1.i.a"),
    ],
)
def test_desk_begins_where_the_work_is_or_at_a_number(
    wanted: str, code: str, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    response = as_user(cast.member).get(address("desk_start", reviewed), {"ke": wanted})
    assert response.headers["Location"] == address("desk_question", reviewed, code)


def test_overview_leads_to_where_the_work_is(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    """Above the sub-areas on a desk, at the foot on a phone; of the two phone.css shows one."""
    page = as_user(cast.member).get(address("evaluation", reviewed)).content.decode()
    places = re.findall(rf'class="(ev-doors|phone-bar)"|href="{address("desk_start", reviewed)}"', page)
    assert places == ["ev-doors", "", "phone-bar", ""]


def test_code_that_is_no_question_says_so_at_the_desk(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    response = client.get(address("desk_start", reviewed), {"ke": "A.I.1"}, follow=True)
    assert response.redirect_chain == [(address("desk_question", reviewed, SECOND), 302)]
    assert "Tidak ada pertanyaan dengan nomor atau kode itu." in [str(item) for item in response.context["messages"]]


def test_code_that_is_no_question_is_404_to_the_script(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    response = as_user(cast.member).get(
        address("desk_start", reviewed), {"ke": "A.I.1"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 404


def neighbours(text: str) -> list[str]:
    found = [re.search(rf'data-{name}="([^"]*)"', text) for name in ("before", "after")]
    return [html.unescape(match[1]).rpartition("/meja/")[2] for match in found if match]


def test_neighbours_follow_the_worksheet_or_the_queue(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    query = "?saring=tanpa-bukti&urut=dampak"
    factories.answer(reviewed, "B.I.a", {"index": "3.60"})
    factories.answer(reviewed, "A.I.1.ii.a", "Ya")
    assert neighbours(shown(client, reviewed)) == ["", f"{SECOND}/"]
    assert neighbours(shown(client, reviewed, "B.II.a")) == ["B.I.b/", ""]
    # By points at stake: the index first, then the two questions of the first sub-areas.
    assert neighbours(shown(client, reviewed, "B.I.a", query))[1].startswith("A.I.1.")
    first, second = sorted([SECOND, "A.I.1.ii.a"], key=lambda code: -asked(reviewed, code).card.score.maximum)
    assert neighbours(shown(client, reviewed, first, query)) == [f"B.I.a/{query}", f"{second}/{query}"]
    # One that has left the list keeps its place between the others.
    assert neighbours(shown(client, reviewed, FIRST, "?saring=belum")) == ["", f"{SECOND}/?saring=belum"]


def test_save_without_script_goes_on_in_the_queue(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    path = address("score_save", reviewed, SECOND) + "?saring=belum"
    data = {"choice": "A", "version": "0", "note": "", "note_version": "0"}
    stays = client.post(path, data)
    goes = client.post(path, data | {"version": "1", "lanjut": "1"})
    assert stays.headers["Location"] == address("desk_question", reviewed, SECOND) + "?saring=belum"
    assert goes.headers["Location"] == address("desk_question", reviewed, "A.I.1.ii.a") + "?saring=belum"


def test_agreeing_without_script_keeps_the_note(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    data = {"version": "0", "note": "Sudah diperiksa", "note_version": "0"}
    response = as_user(cast.member).post(address("score_agree", reviewed, SECOND), data)
    assert response.headers["Location"] == address("desk_question", reviewed, "A.I.1.ii.a")
    assert Note.objects.get(question__code=SECOND).text == "Sudah diperiksa"
    assert Answer.objects.get(question__code=SECOND, stage="member").raw == "A"


def test_script_gets_the_panes_alone(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    response = as_user(cast.member).get(address("desk_question", reviewed, FIRST), headers={"HX-Request": "true"})
    text = response.content.decode().strip()
    assert (text.startswith("<article"), text.endswith("</article>"), "<html" in text) == (True, True, False)


# Who sees what


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("member", 200),
        ("lead", 200),
        ("controller", 200),
        ("inspector", 200),
        ("operator", 403),
        ("head", 403),
        ("assistant", 403),
        ("admin", 403),
        ("stranger", 404),
        ("other_member", 404),
        ("reader", 404),
        ("foreign_inspector", 404),
    ],
)
@pytest.mark.parametrize("name", ["evaluation", "desk_question"])
def test_page_opens_for_its_readers_only(
    name: str, who: str, status: int, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    more = (FIRST,) if name == "desk_question" else ()
    assert as_user(getattr(cast, who)).get(address(name, reviewed, *more)).status_code == status


@pytest.mark.parametrize("node", ["A.I.1", "A", "X.9", "A.I.1.i.a"])
def test_desk_of_something_else_is_404(node: str, reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address("desk", reviewed, node)).status_code == 404


@pytest.mark.parametrize("code", ["A.I.1.i", "A", "X.9"])
def test_question_that_is_none_is_404(code: str, reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address("desk_question", reviewed, code)).status_code == 404


@pytest.mark.parametrize(
    ("who", "state", "scores"),
    [
        ("member", "review_member", True),
        ("member", "review_lead", False),
        ("lead", "review_lead", True),
        ("lead", "review_member", False),
        ("controller", "review_controller", True),
        ("inspector", "review_member", False),
        ("member", "returned", False),
        ("controller", "final", False),
    ],
)
def test_desk_offers_what_the_turn_allows(
    who: str, state: str, scores: bool, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    put_in(reviewed, state, cast)
    text = shown(as_user(getattr(cast, who)), reviewed)
    assert [mark in text for mark in ("data-agree", 'name="note"', "data-can-score")] == [scores] * 3


def test_member_to_whom_it_is_not_given_only_reads(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    other = factories.teammate(cast.unit_a.team_assignments.get(team__kind="tpi").team)
    Scorer.objects.create(assessment=reviewed, user=other, assigned_by=cast.lead, assigned_at=timezone.now())
    assert ["data-agree" in shown(as_user(user), reviewed, SECOND) for user in (cast.member, other)] == [False, True]


def test_links_of_strangers_open_apart_and_tell_nothing(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    text = shown(as_user(cast.member), reviewed)
    assert 'href="https://contoh.go.id/bukti" target="_blank" rel="noopener noreferrer nofollow"' in text


def test_files_open_in_the_viewer_under_their_names_and_can_be_downloaded(
    reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    one, two, none = (factories.evidence_for(reviewed, SECOND, cast.operator, title=t) for t in ("Satu", "Dua", "Nol"))
    Evidence.objects.filter(pk__in=[one.pk, two.pk, none.pk]).update(kind="file", url="")
    files = [factories.evidence_file(one, cast.operator)]
    files += [factories.evidence_file(two, cast.operator, slot=slot) for slot in (1, 2)]
    EvidenceFile.objects.filter(pk=files[0].pk).update(label="Hal. 1-3")
    EvidenceFile.objects.filter(pk=files[1].pk).update(label="Lampiran A")
    client = as_user(cast.member)
    text = shown(client, reviewed, SECOND)
    assert [text.count(f'hx-get="{reverse("evidence_view", args=(file.uuid,))}"') for file in files] == [1, 1, 1]
    assert [name in text for name in ("Satu", "Dua", "Nol", "Hal. 1-3", "Lampiran A")] == [True] * 5
    downloads = [reverse("evidence_download", args=(file.uuid,)) for file in files]
    assert [path in text for path in downloads] == [True, False, False]
    chosen = shown(client, reviewed, SECOND, f"?berkas={files[1].uuid}")
    assert [path in chosen for path in downloads] == [False, True, False]


def test_text_of_the_unit_is_never_markup(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    Answer.objects.filter(stage="unit").update(note="<script>alert(1)</script>")
    Note.objects.update(text="</textarea><img src=x>")
    text = shown(as_user(cast.member), reviewed)
    assert "<script>alert(1)" not in text
    assert "<img src=x>" not in text


# What it costs


def fill(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> None:
    factories.answer_everything(assessment, answers)
    factories.answer_everything(assessment, answers, stage="member", by=cast.member)
    for code in (FIRST, SECOND):
        for _ in range(3):
            factories.evidence_for(assessment, code, cast.operator)
        factories.note(assessment, code, cast.member)
        factories.note(assessment, code, cast.lead, stage="lead")


def test_overview_costs_the_same_empty_and_full(
    assessment: Assessment,
    cast: Cast,
    as_user: LogIn,
    golden: Callable[[str], dict[str, Any]],
    django_assert_num_queries: Any,
) -> None:
    put_in(assessment, "review_member", cast)
    client = as_user(cast.member)
    path = address("evaluation", assessment)
    factories.evidence_for(assessment, FIRST, cast.operator)
    client.get(path)
    with django_assert_num_queries(11):
        client.get(path)
    fill(assessment, cast, golden("22")["answers"])
    with django_assert_num_queries(11):
        client.get(path)


def prove(assessment: Assessment, cast: Cast, count: int) -> None:
    """Records with a file each, whose page is drawn."""
    preview = Preview.objects.create(
        sha256="11".zfill(64), state="ready", page_count=1, requested_at=timezone.now(), made_at=timezone.now()
    )
    PreviewPage.objects.create(preview=preview, number=1, image="previews/1", width=10, height=14)
    for _ in range(count):
        record = factories.evidence_for(assessment, FIRST, cast.operator)
        Evidence.objects.filter(pk=record.pk).update(kind="file", url="")
        factories.evidence_file(record, cast.operator)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("query", "queries"), [("", 16), ("?saring=beda", 20)])
def test_question_costs_the_same_with_one_and_three_of_everything(
    query: str,
    queries: int,
    count: int,
    reviewed: Assessment,
    cast: Cast,
    as_user: LogIn,
    django_assert_num_queries: Any,
) -> None:
    prove(reviewed, cast, count)
    for stage in ("lead", "controller", "assistance")[: count - 1]:
        factories.note(reviewed, FIRST, cast.lead, stage=stage)
    for note in Note.objects.all():
        NoteMessage.objects.create(note=note, text="Pesan", is_internal=True, author=cast.lead, at=timezone.now())
    for _ in range(count):
        factories.followup(Note.objects.filter(followup__isnull=True).first() or reviewed.notes.get(), cast.member)
    client = as_user(cast.member)
    path = address("desk_question", reviewed, FIRST) + query
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)
