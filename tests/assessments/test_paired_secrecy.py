"""Nothing of one blind scorer reaches anybody else before both are in: every page, export, list, count and message.

Each page is fetched before and after one member works and hands in, and has to be the same to the byte.
"""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

import assessments
from assessments.models import (
    Answer,
    Assessment,
    BlindScore,
    BulkScore,
    EvidenceFile,
    Note,
    NoteFile,
    Preview,
    PreviewPage,
)
from assessments.queries.bulk_notes import note_plan
from assessments.queries.desk_queue import Filter
from assessments.services.bulk_notes import write_in_bulk
from assessments.services.evaluation import Given, ScoreDraft, save_score, withdraw_score
from assessments.services.hand_in import hand_in
from assessments.services.notes import NoteDraft
from assessments.services.snapshots import take_snapshot
from tests import factories
from tests.assessments.paired_world import CHOICE, RATIO, World, paired_world
from tests.conftest import Cast
from tests.project.matrix import PUBLIC
from tests.project.test_matrix import ALL, View
from units.models import AuditEvent, Notice, User

LogIn = Callable[[User], Client]
CANARY = "kanari-tertutup-5b1e"
JOTTED = ("A.I.1.i.a", "A.I.1.ii.a", "A.I.1.ii.b")
OTHERS = ("third", "lead", "inspector", "operator", "assistant")
# What anybody but the other scorer is tried with; the other scorer is tried with every address.
MAIN = {
    "evaluation", "desk_question", f"desk {RATIO}", "desk_queue", "queue penilai", "explain total", f"explain {CHOICE}",
    "workbook_export", "round_diff", "threads", "unit_home", "notes", "evaluation_queue", "board_period", "calibration",
    "inbox",
}  # fmt: skip
# Lead and Inspector see how far each scorer is; no member does (see test_workload_is_closed_to_members).
COUNTED = {"workload"}
CHANGING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|data-session-seconds="\d+"|"X-CSRFToken": "[^"]*"|nonce-[\w-]+|'
    rb"<code>[0-9a-f]{32}</code>|\d\d\.\d\d WI(?:B|TA|T)|"
    rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+Z?|\d\d[.:]\d\d([.:]\d\d)?|[0-9a-f]{64}|[\w-]{36,}")


@pytest.fixture
def world(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> World:
    world = paired_world(assessment, cast, golden("22")["answers"])
    asked = factories.note(
        assessment,
        "A.I.1.ii.a",
        cast.lead,
        "Jelaskan",
        kind="clarification",
        stage="lead",
        for_release=True,
        released_at=timezone.now(),
    )
    factories.note_file(asked, cast.lead)
    factories.followup(factories.note(assessment, "A.I.1.i.b", cast.lead, stage="lead"), cast.lead)
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    file = EvidenceFile(evidence=record, original_name="a.pdf", kind="pdf", size=4, sha256="0" * 64)
    file.uploaded_by, file.uploaded_at = cast.operator, timezone.now()
    file.file.save("a", ContentFile(b"%PDF"), save=False)
    file.save()
    drawn = Preview.objects.create(sha256=file.sha256, state="ready", page_count=1, requested_at=timezone.now())
    PreviewPage(preview=drawn, number=1, width=10, height=10).image.save("1", ContentFile(b"RIFF"))
    factories.workbook_import(assessment, cast.operator)
    found = factories.finding(factories.visit(assessment, cast.lead), "A.I.1.i.a", cast.lead, "Temuan")
    factories.photo(found, cast.lead)
    take_snapshot(assessment=assessment, kind="submitted", actor=cast.head, now=timezone.now())
    return world


def addresses(world: World) -> dict[str, str]:
    """Every address of the portal but the administrator's, and the lists with each filter."""
    found = {view.name: reverse(view.name, kwargs=_places(world, view)) for view in ALL if _is_read(view)}
    for code in (CHOICE, RATIO, "total"):
        found[f"explain {code}"] = world.url("explain", code) + "?sisi=tpi"
    found[f"desk {RATIO}"] = world.url("desk_question", RATIO)
    for item in Filter:
        found[f"queue {item}"] = world.url("desk_queue") + f"?saring={item}"
    return found


def _is_read(view: View) -> bool:
    return view.name not in COUNTED | PUBLIC | {"logout", "report_download"} and not view.path.startswith("kelola/")


def _places(world: World, view: View) -> dict[str, Any]:
    """What stands in an address; a name that is new here has to be added."""
    assessment = world.assessment
    record, asked = assessment.evidence_uses.get().evidence, assessment.notes.get(kind="clarification")
    file = record.files.get().uuid
    if view.name.startswith("visit_photo"):
        file = NoteFile.objects.get(note__visit__assessment=assessment).uuid
    elif view.name == "note_file":
        file = asked.files.get().uuid
    known = {
        "agency": world.cast.agency.code,
        "unit": assessment.unit.code,
        "period": "2024-2",
        "node": "A.I.1.i",
        "code": CHOICE,
        "question": CHOICE,
        "key": "total",
        "pk": asked.pk,
        "record": record.uuid,
        "file": file,
        "number": 1,
        "found": assessment.imports.get().uuid,
        "visit": assessment.visits.get().pk,
        "step": 1,
        "version": 1,
        "year": 2024,
        "quarter": 2,
        "report": record.uuid,
    }
    return {name: known[name] for name in re.findall(r"<(?:\w+:)?(\w+)>", view.path)}


def body(response: HttpResponse) -> Any:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.get("Content-Type", "").endswith("spreadsheetml.sheet"):
        book = load_workbook(io.BytesIO(content))
        return [_cell(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    if response.get("Content-Type") == "application/zip":
        with ZipFile(io.BytesIO(content)) as packed:
            return [(name, _cell(packed.read(name).decode("utf-8", "replace"))) for name in packed.namelist()]
    return CHANGING.sub(b"", content)


def _cell(value: Any) -> Any:
    """Without the moment and the name of the export itself, and the hash over both."""
    return MOMENT.sub("", value) if isinstance(value, str) else value


def seen(clients: dict[str, Client], places: dict[str, str]) -> dict[tuple[str, str], Any]:
    found = {}
    for person, client in clients.items():
        for name, path in places.items():
            response = client.get(path)
            kept = {"Location", "ETag", "Last-Modified"} & set(response.headers)
            found[person, name] = (response.status_code, body(response), sorted((key, response[key]) for key in kept))
    return found


def work(world: World, user: User, raw: Any = "A", counts: Any = None, version: int = 0) -> None:
    for code, given in ((CHOICE, raw), (RATIO, counts or {"agents": 4, "changes": 1})):
        draft = ScoreDraft(Given(given), version, NoteDraft(CANARY, for_release=True))
        save_score(assessment=world.assessment, code=code, actor=user, draft=draft, now=timezone.now())


def jot(world: World, user: User) -> None:
    """One note for many questions, and a score that is taken back."""
    seen = [row.token for row in note_plan(world.assessment, user, JOTTED).rows]
    write_in_bulk(
        assessment=world.assessment, tokens=seen, actor=user, text=CANARY, for_release=True, now=timezone.now()
    )
    withdraw_score(assessment=world.assessment, code=CHOICE, actor=user, version=1, now=timezone.now())


def people(world: World, as_user: LogIn, names: tuple[str, ...]) -> dict[str, Client]:
    return {name: as_user(getattr(world, name, None) or getattr(world.cast, name)) for name in names}


def differing(before: dict[Any, Any], after: dict[Any, Any]) -> list[Any]:
    """Which addresses changed for whom, each with the first lines that did."""
    return [(key, _change(before[key], after[key])) for key in before if before[key] != after[key]]


def _change(one: Any, other: Any) -> list[Any]:
    if not isinstance(one[1], bytes):
        return [pair for pair in zip(one[1], other[1], strict=False) if pair[0] != pair[1]][:4]
    lines = zip(one[1].split(b"\n"), other[1].split(b"\n"), strict=False)
    return [one[0], other[0], *[pair for pair in lines if pair[0] != pair[1]][:2]]


@pytest.mark.once
def test_no_page_of_the_second_changes_while_the_first_scores_and_hands_in(
    world: World, as_user: LogIn, storage: Path
) -> None:
    clients, places = people(world, as_user, ("second",)), addresses(world)
    work(world, world.second, "C")
    before = seen(clients, places)
    work(world, world.first)
    jot(world, world.first)
    world.give(1, but={CHOICE: ("A", CANARY)})
    hand_in(assessment=world.assessment, actor=world.first, now=timezone.now())
    assert differing(before, seen(clients, places)) == []
    assert not Notice.objects.exists()
    assert mail.outbox == []


@pytest.mark.once
def test_no_page_of_anybody_else_changes_while_the_first_scores(world: World, as_user: LogIn, storage: Path) -> None:
    clients = people(world, as_user, OTHERS)
    places = {name: path for name, path in addresses(world).items() if name in MAIN}
    before = seen(clients, places)
    work(world, world.first)
    jot(world, world.first)
    assert differing(before, seen(clients, places)) == []


def test_both_learn_both_scores_once_both_are_in(world: World, as_user: LogIn, storage: Path) -> None:
    world.give(1, but={CHOICE: ("A", CANARY)})
    world.give(2)
    page = reverse("agreement", args=[world.cast.agency.code, world.assessment.unit.code, "2024-2"])
    client = as_user(world.second)
    hand_in(assessment=world.assessment, actor=world.first, now=timezone.now())
    assert (client.get(page).status_code, CANARY in client.get(page).content.decode()) == (409, False)
    hand_in(assessment=world.assessment, actor=world.second, now=timezone.now())
    assert (client.get(page).status_code, CANARY in client.get(page).content.decode()) == (200, True)


@pytest.mark.once
def test_second_round_is_as_blind_as_the_first(world: World, as_user: LogIn, storage: Path) -> None:
    for slot in (1, 2):
        world.give(slot)
    for user in (world.first, world.second):
        hand_in(assessment=world.assessment, actor=user, now=timezone.now())
    Assessment.objects.update(state="review_member", round=2)
    world.assessment.scorers.update(handed_in_at=None)
    world.assessment.refresh_from_db()
    clients = people(world, as_user, ("second", "lead"))
    places = {name: path for name, path in addresses(world).items() if name in MAIN}
    before = seen(clients, places)
    work(world, world.first, version=1)
    assert differing(before, seen(clients, places)) == []


@pytest.mark.parametrize("name", ["score_save", "score_agree", "score_withdraw", "note_save"])
def test_conflict_of_one_slot_shows_nothing_of_the_other(name: str, world: World, as_user: LogIn) -> None:
    work(world, world.first)
    work(world, world.second, "C")
    BlindScore.objects.filter(slot=2).update(version=7, note_version=7, note="Milik kedua")
    posted = {"choice": "B", "version": "1", "note": "Usul baru", "note_version": "1"}
    for extra in ({}, {"HTTP_HX_REQUEST": "true"}):
        response = as_user(world.second).post(world.url(name, CHOICE), posted, **extra)
        assert response.status_code == 409
        assert "Milik kedua" in response.content.decode()
        assert CANARY not in response.content.decode()


def test_refused_hand_in_shows_nothing_of_the_other(world: World, as_user: LogIn) -> None:
    world.give(1, but={CHOICE: ("A", CANARY)})
    hand_in(assessment=world.assessment, actor=world.first, now=timezone.now())
    response = as_user(world.second).post(world.url("hand_in"))
    assert response.status_code == 409
    assert CANARY not in response.content.decode()


def test_workload_is_closed_to_members_and_holds_no_values(world: World, as_user: LogIn) -> None:
    work(world, world.first)
    assert as_user(world.second).get(reverse("workload")).status_code == 403
    page = as_user(world.cast.lead).get(reverse("workload"))
    assert (page.status_code, CANARY in page.content.decode()) == (200, False)


def test_log_of_the_administrator_is_the_same_whatever_was_given(world: World, as_user: LogIn) -> None:
    page = f"/kelola/{world.cast.agency.code}/jejak/"
    client, now = as_user(world.cast.admin), timezone.now()
    given = [("A", {"agents": 4, "changes": 1}), (world.answers[CHOICE], world.answers[RATIO])]
    pages = []
    for raw, counts in given:
        BlindScore.objects.all().delete()
        mark = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
        for code, value in ((CHOICE, raw), (RATIO, counts)):
            draft = ScoreDraft(Given(value), 0, NoteDraft(CANARY))
            save_score(assessment=world.assessment, code=code, actor=world.first, draft=draft, now=now)
        events = AuditEvent.objects.filter(pk__gt=mark).order_by("pk")
        pages.append([(item.verb, item.before, item.after, item.reason, item.object_type) for item in events])
        html = client.get(page).content.decode()
        assert CANARY not in html
        assert CHOICE not in html
    assert pages[0] == pages[1]


def test_only_rooms_of_paired_scoring_know_blind_scores() -> None:
    """Whoever reads the table next decides about its secrecy here."""
    root = Path(assessments.__file__).parent
    names = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "BlindScore.objects" in path.read_text(encoding="utf-8")
    }
    assert names == {
        "demo/scorers.py",
        "queries/calibration.py",
        "queries/paired.py",
        "queries/queues.py",
        "queries/workload.py",
        "services/hand_in.py",
        "services/paired.py",
        "services/review_checks.py",
    }


def test_nothing_of_the_first_is_stored_where_others_read(world: World) -> None:
    work(world, world.first)
    jot(world, world.first)
    assert not Answer.every.exclude(stage="unit").exists()
    assert CANARY not in str(list(BulkScore.objects.values_list("reason", "rows")))
    assert not Note.objects.filter(text__contains=CANARY).exists()
