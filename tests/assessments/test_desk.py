"""The desk of a sub-area and the overview of one evaluation: what they show, to whom, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment, Evidence, EvidenceFile, Note
from assessments.queries.desk import desk_page
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


def cards_of(assessment: Assessment, stage: str | None = "member") -> dict[str, Any]:
    return {card.code: card for card in desk_page(assessment, NODE, stage).cards}


def test_card_knows_whether_the_score_agrees(reviewed: Assessment) -> None:
    cards = cards_of(reviewed)
    assert {code: card.state for code, card in cards.items()} == {FIRST: "different", SECOND: "unscored"}
    assert (cards[FIRST].own_score.value, cards[FIRST].score.value) == (Fraction(1), Fraction(0))


def test_page_counts_and_neighbours(reviewed: Assessment) -> None:
    page = desk_page(reviewed, NODE, "member")
    assert (page.tally.scored, page.tally.total, page.tally.different) == (1, 2, 1)
    assert (page.whole.scored, page.whole.total) == (1, 113)
    assert (page.before, page.after, len(page.outline)) == ("", "A.I.1.ii", SUBAREAS)
    assert desk_page(reviewed, "B.II", "member").after == ""


def test_own_note_is_apart_from_the_notes_of_others(reviewed: Assessment, cast: Cast) -> None:
    factories.note(reviewed, FIRST, cast.lead, "Setuju", stage="lead")
    card = cards_of(reviewed, "member")[FIRST]
    assert card.note is not None
    assert (card.note.text, [note.text for note in card.notes]) == ("SK belum ditandatangani", ["Setuju"])
    assert cards_of(reviewed, None)[FIRST].note is None


def test_answer_that_the_unit_changed_after_the_score_is_marked(reviewed: Assessment) -> None:
    assert not cards_of(reviewed)[FIRST].has_changed
    Answer.objects.filter(stage="unit").update(updated_at=timezone.now() + timedelta(minutes=1))
    cards = cards_of(reviewed)
    assert (cards[FIRST].answer_changed, cards[SECOND].answer_changed) == (True, False)
    assert overview(reviewed).lists["berubah"] == (FIRST,)


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
    assert cards_of(reviewed)[FIRST].new_evidence == 1
    assert overview(reviewed).lists["berubah"] == (FIRST,)


def test_withdrawn_evidence_is_counted_and_not_shown(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    record = factories.evidence_for(reviewed, FIRST, cast.operator, title="Berkas keliru")
    record.withdrawn_at, record.withdrawn_reason = timezone.now(), "Salah unggah"
    record.save()
    card = cards_of(reviewed)[FIRST]
    assert (len(card.evidence), card.withdrawn) == (1, 1)
    text = as_user(cast.member).get(address("desk", reviewed, NODE)).content.decode()
    assert "Berkas keliru" not in text
    assert "1 bukti ditarik unit." in text


def test_overview_lists_and_counts(reviewed: Assessment) -> None:
    view = overview(reviewed)
    assert {name: len(codes) for name, codes in view.lists.items()} == {
        "belum": 112,
        "beda": 1,
        "berubah": 0,
        "tanpa-bukti": 1,
        "kosong": 111,
        "catatan": 1,
    }
    assert sum(len(group.rows) for group in view.groups) == SUBAREAS
    assert [row.question.code for row in view.questions("beda")] == [FIRST]


def test_numbers_stand_in_the_fields_as_people_type_them(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.answer(reviewed, "A.II.1.i.a", {"agents": 4, "changes": 10})
    factories.answer(reviewed, "A.II.1.i.a", {"agents": 4, "changes": 3}, stage="member")
    factories.answer(reviewed, "B.I.a", {"index": "3.60"})
    client = as_user(cast.member)
    counts = client.get(address("desk", reviewed, "A.II.1.i")).content.decode()
    assert 'name="in-changes" value="3" inputmode="decimal" maxlength="14" data-own-value="10"' in counts
    assert 'data-own-value="3,60"' in client.get(address("desk", reviewed, "B.I")).content.decode()


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
@pytest.mark.parametrize("name", ["evaluation", "desk"])
def test_page_opens_for_its_readers_only(
    name: str, who: str, status: int, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    more = (NODE,) if name == "desk" else ()
    assert as_user(getattr(cast, who)).get(address(name, reviewed, *more)).status_code == status


@pytest.mark.parametrize("node", ["A.I.1", "A", "X.9", "A.I.1.i.a"])
def test_desk_of_something_else_is_404(node: str, reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address("desk", reviewed, node)).status_code == 404


@pytest.mark.parametrize(
    ("who", "state", "scores", "notes"),
    [
        ("member", "review_member", 2, 2),
        ("member", "review_lead", 0, 0),
        ("lead", "review_lead", 0, 2),
        ("lead", "review_member", 0, 0),
        ("controller", "review_controller", 0, 2),
        ("inspector", "review_member", 0, 0),
        ("member", "returned", 0, 0),
        ("controller", "final", 0, 0),
    ],
)
def test_desk_offers_what_the_turn_allows(
    who: str, state: str, scores: int, notes: int, reviewed: Assessment, cast: Cast, as_user: LogIn
) -> None:
    put_in(reviewed, state, cast)
    text = as_user(getattr(cast, who)).get(address("desk", reviewed, NODE)).content.decode()
    assert (text.count("data-agree"), text.count('name="note"')) == (scores, notes)


def test_links_of_strangers_open_apart_and_tell_nothing(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    text = as_user(cast.member).get(address("desk", reviewed, NODE)).content.decode()
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
    text = as_user(cast.member).get(address("desk", reviewed, NODE)).content.decode()
    for name in ("evidence_view", "evidence_download"):
        assert [text.count(f'href="{reverse(name, args=(file.uuid,))}"') for file in files] == [1, 1, 1]
    assert [name in text for name in ("Satu", "Dua", "Nol", "Hal. 1-3", "Lampiran A")] == [True] * 5


def test_text_of_the_unit_is_never_markup(reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    Answer.objects.filter(stage="unit").update(note="<script>alert(1)</script>")
    Note.objects.update(text="</textarea><img src=x>")
    text = as_user(cast.member).get(address("desk", reviewed, NODE)).content.decode()
    assert "<script>alert(1)" not in text
    assert "<img src=x>" not in text


@pytest.mark.parametrize("chosen", ["belum", "beda", "berubah", "tanpa-bukti", "kosong", "catatan", "", "lain"])
def test_overview_with_each_list_opens(chosen: str, reviewed: Assessment, cast: Cast, as_user: LogIn) -> None:
    response = as_user(cast.member).get(address("evaluation", reviewed), {"saring": chosen})
    assert response.status_code == 200


# What it costs


def fill(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> None:
    factories.answer_everything(assessment, answers)
    factories.answer_everything(assessment, answers, stage="member", by=cast.member)
    for code in (FIRST, SECOND):
        for _ in range(3):
            factories.evidence_for(assessment, code, cast.operator)
        factories.note(assessment, code, cast.member)
        factories.note(assessment, code, cast.lead, stage="lead")


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(("name", "queries"), [("desk", 8), ("evaluation", 9)])
def test_page_costs_the_same_empty_and_full(
    name: str,
    queries: int,
    is_full: bool,
    assessment: Assessment,
    cast: Cast,
    as_user: LogIn,
    golden: Callable[[str], dict[str, Any]],
    django_assert_num_queries: Any,
) -> None:
    put_in(assessment, "review_member", cast)
    if is_full:
        fill(assessment, cast, golden("22")["answers"])
    else:
        factories.evidence_for(assessment, FIRST, cast.operator)
    client = as_user(cast.member)
    path = address(name, assessment, *((NODE,) if name == "desk" else ()))
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)
