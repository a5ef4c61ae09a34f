"""What TPI writes never reaches the unit before the release, by any address; what is for it does after (SEC-05).

Every text of TPI carries a word of its own. Every GET address of the URLconf is then walked as each person, with and
without htmx; archives are unpacked, PDFs read, and mails and notices looked through.
"""

import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from assessments.models import Assessment, BlindScore, BulkScore, Report, Scorer, TransitionRecord
from assessments.queries.report_check import code_of
from assessments.services import threads
from assessments.services.threads import Words
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.assessments.final_results import issued, pdf_text, squeezed
from tests.conftest import Cast
from tests.project.matrix import AGENCY, ASSESSMENT
from tests.project.test_matrix import ALL, MANAGE, View, clients, manage_path, path_of, put_in, subject  # noqa: F401
from units.models import Notice

NOTED, SILENT = "A.I.1.i.a", "A.I.1.i.b"
# Nobody of these may ever read an internal word; administrators and readers are no part of the evaluation either.
PEOPLE = ("operator", "head", "assistant", "reader", "admin", "stranger")

FOR_UNIT = {
    "note": "KanariCatatanUntukUnit",
    "note_file": "KanariBerkasCatatan.png",
    "controller_note": "KanariCatatanPengendali",
    "held_message": "KanariPesanTertahan",
    "held_file": "KanariBerkasTertahan.png",
    "finding": "KanariTemuanUntukUnit",
}
INTERNAL = {
    "note": "KanariCatatanInternal",
    "lead_note": "KanariCatatanKetua",
    "message": "KanariPesanInternal",
    "file": "KanariBerkasInternal.png",
    "finding": "KanariTemuanInternal",
    "score_note": "KanariNilaiAnggota",
    "blind_note": "KanariPenilaiKedua",
    "to_lead": "KanariAlasanKeKetua",
    "back_to_member": "KanariAlasanKeAnggota",
    "back_to_lead": "KanariAlasanKembaliKetua",
    "moved": "KanariAlasanPindah",
    "bulk": "KanariAlasanSekaligus",
}


@pytest.fixture
def evaluated(subject: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:  # noqa: F811
    """Unit A's worksheet before the controller, with a word in every text that TPI can write."""
    _answers(subject, cast, golden("20")["answers"])
    put_in(subject, "review_controller", cast)
    Assessment.objects.filter(pk=subject.pk).update(submitted_at=timezone.now(), submitted_by=cast.head)
    subject.refresh_from_db()
    _notes(subject, cast)
    _work(subject, cast)
    return subject


def _answers(assessment: Assessment, cast: Cast, answers: dict[str, Any]) -> None:
    rest = {code: raw for code, raw in answers.items() if code != NOTED}
    factories.answer_everything(assessment, rest, by=cast.operator)
    factories.answer_everything(assessment, rest, stage="member", by=cast.member)
    rows = assessment.answers.filter(stage="member")
    rows.filter(question__code=NOTED).update(note=INTERNAL["score_note"])
    rows.update(updated_at=timezone.now())  # scored after the last piece of evidence


def _notes(assessment: Assessment, cast: Cast) -> None:
    note = assessment.notes.get(question__code=NOTED, kind="note")
    note.text, note.for_release = FOR_UNIT["note"], True
    note.save()
    assessment.notes.filter(question__code=SILENT).update(text=INTERNAL["note"])
    assessment.notes.filter(kind="finding").update(text=FOR_UNIT["finding"], for_release=True)
    factories.finding(assessment.visits.get(), SILENT, cast.lead, INTERNAL["finding"])
    factories.note(assessment, NOTED, cast.lead, INTERNAL["lead_note"], stage="lead")
    factories.note(
        assessment, NOTED, cast.controller, FOR_UNIT["controller_note"], stage="controller", for_release=True
    )
    factories.note_file(note, cast.member, name=FOR_UNIT["note_file"])
    held = _said(assessment, note, cast.lead, FOR_UNIT["held_message"], is_internal=False)
    factories.note_file(note, cast.lead, name=FOR_UNIT["held_file"], message=held)
    hidden = _said(assessment, note, cast.lead, INTERNAL["message"], is_internal=True)
    factories.note_file(note, cast.lead, name=INTERNAL["file"], message=hidden)
    # Where the unit takes part, TPI talks as well.
    asked = assessment.notes.get(kind="clarification")
    _said(assessment, asked, cast.member, INTERNAL["message"], is_internal=True)


def _said(assessment: Assessment, note: Any, actor: Any, text: str, *, is_internal: bool) -> Any:
    return threads.reply(
        assessment=assessment,
        note=note,
        words=Words(text),
        is_internal=is_internal,
        actor=actor,
        now=timezone.now(),
    )


def _work(assessment: Assessment, cast: Cast) -> None:
    now = timezone.now()
    for action, actor in (
        ("to_lead", cast.member),
        ("back_to_member", cast.lead),
        ("back_to_lead", cast.controller),
    ):
        TransitionRecord.objects.create(
            assessment=assessment,
            action=action,
            from_state="review_lead",
            to_state="review_member",
            round=1,
            actor=actor,
            reason=INTERNAL[action],
            at=now,
        )
    BlindScore.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, NOTED),
        slot=2,
        choice="Tidak",
        note=INTERNAL["blind_note"],
        note_by=cast.member,
        note_version=1,
        for_release=True,
        updated_by=cast.member,
        updated_at=now,
    )
    Scorer.objects.filter(assessment=assessment, user=cast.member).delete()
    Scorer.objects.create(
        assessment=assessment,
        user=cast.member,
        assigned_by=cast.lead,
        assigned_at=now,
        ended_at=now,
        ended_by=cast.lead,
        ended_reason=INTERNAL["moved"],
    )
    BulkScore.objects.filter(assessment=assessment).update(reason=INTERNAL["bulk"])


OWN_PARTS = {"password_reset_confirm": {"uidb64": "a", "token": "b"}, "inbox_open": {"notice": 1}}


def address(view: View, assessment: Assessment, cast: Cast) -> str:
    """Where this view shows something of unit A."""
    agency, period = assessment.unit.agency.code, assessment.period.code
    if view.name in ASSESSMENT or view.name == "transition":
        return path_of(view.name, assessment)
    if view.name in AGENCY:
        return reverse(view.name, kwargs={"agency": agency, "period": period})
    if view in MANAGE:
        return manage_path(view, assessment, cast)
    if view.name in ("report_download", "report_check"):
        report = Report.objects.order_by("pk").last()
        if report is None:
            return reverse("report_list")
        return reverse(
            view.name, args=[report.uuid if view.name == "report_download" else code_of(report.inputs_sha256)]
        )
    return reverse(view.name, kwargs=OWN_PARTS.get(view.name, {}))


# What an address shows depends on these too.
QUERIES = {"explain": ("?sisi=tpi", "?sisi=unit"), "worksheet_focus": ("?dari=lembar",), "unit_home": ("?tampil=saya",)}


def unreachable(assessment: Assessment, cast: Cast) -> set[str]:
    """Views whose address tests/project/test_matrix.py does not know yet."""
    found = set()
    for view in ALL:
        try:
            address(view, assessment, cast)
        except NoReverseMatch:
            found.add(view.name)
    return found


def walk(assessment: Assessment, cast: Cast, browsers: dict[str, Client], person: str) -> Iterator[tuple[str, str]]:
    """Name and whole text of every answer that this person gets."""
    unknown = unreachable(assessment, cast)
    for view in (view for view in ALL if view.name not in unknown):
        for query in ("", *QUERIES.get(view.name, ())):
            yield view.name, said(browsers[person].get(address(view, assessment, cast) + query))
        if person == "operator" and view.name in ASSESSMENT:
            response = browsers[person].get(address(view, assessment, cast), headers={"HX-Request": "true"})
            yield f"{view.name} (htmx)", said(response)


def said(response: HttpResponse) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return squeezed(str(dict(response.headers)) + text_of(body))


def text_of(body: bytes) -> str:
    """Bytes as text; archives member by member with their names, PDFs by their words."""
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return " ".join(f"{name} {text_of(archive.read(name))}" for name in archive.namelist())
    if body.startswith(b"%PDF-"):
        return pdf_text(body)
    return body.decode("utf-8", "replace")


def told(people: dict[str, Any]) -> str:
    """Every mail, and every notice of these people."""
    call_command("send_notices", verbosity=0)
    letters = [
        f"{item.subject} {item.body}" for item in mail.outbox if set(item.to) & {user.email for user in people.values()}
    ]
    rows = Notice.objects.filter(user__in=people.values()).values_list("kind", "key", "params", "path")
    return squeezed(" ".join([*letters, *(json.dumps(row) for row in rows)]))


def found(words: dict[str, str], text: str) -> set[str]:
    return {name for name, word in words.items() if word in text}


def leaks(words: dict[str, str], assessment: Assessment, cast: Cast, browsers: dict[str, Client], people: Any) -> set:
    return {
        (person, name, word)
        for person in people
        for name, text in walk(assessment, cast, browsers, person)
        for word in found(words, text)
    }


EVERY_WORD = {f"unit:{name}": word for name, word in FOR_UNIT.items()} | {
    f"internal:{name}": word for name, word in INTERNAL.items()
}


def test_words_are_where_tpi_wrote_them(evaluated: Assessment, cast: Cast, clients: dict[str, Client]) -> None:  # noqa: F811
    """The walk finds what is there: TPI reads nearly all of it, so an empty walk would be noticed."""
    texts = [text for _name, text in walk(evaluated, cast, clients, "lead")]
    seen = found(EVERY_WORD, " ".join(texts))
    unshown = {"internal:score_note", "internal:blind_note", "internal:bulk", "internal:moved"}
    assert set(EVERY_WORD) - seen <= unshown


@pytest.mark.once
@pytest.mark.parametrize("person", PEOPLE)
def test_nothing_of_tpi_is_seen_before_the_release(
    person: str,
    evaluated: Assessment,
    cast: Cast,
    clients: dict[str, Client],  # noqa: F811
) -> None:
    assert leaks(EVERY_WORD, evaluated, cast, clients, (person,)) == set()
    assert found(EVERY_WORD, told({name: getattr(cast, name) for name in PEOPLE})) == set()


def test_files_before_the_release_are_not_there(
    evaluated: Assessment,
    cast: Cast,
    clients: dict[str, Client],  # noqa: F811
) -> None:
    hidden = [file for note in evaluated.notes.filter(released_at__isnull=True) for file in note.files.all()]
    names = ("note_file", "visit_photo", "visit_photo_small")
    got = {
        clients[person].get(reverse(name, args=(file.uuid,))).status_code
        for person, file, name in itertools.product(PEOPLE, hidden, names)
    }
    assert (len(hidden) >= 4, got) == (True, {404})


@pytest.mark.once
@pytest.mark.parametrize(
    ("action", "people", "others"),
    [(Action.RETURN, ("operator",), ()), (Action.FINALISE, ("operator", "assistant"), ("reader",))],
)
def test_after_the_release_the_unit_reads_what_is_for_it_and_nothing_else(
    action: Action,
    people: tuple[str, ...],
    others: tuple[str, ...],
    evaluated: Assessment,
    cast: Cast,
    clients: dict[str, Client],  # noqa: F811
) -> None:
    carry_out(assessment=evaluated, action=action, actor=cast.controller, now=timezone.now())
    if action is Action.FINALISE:
        issued(evaluated, cast)
    for person in people:
        pages = list(walk(evaluated, cast, clients, person))
        assert [(name, found(INTERNAL, text)) for name, text in pages if found(INTERNAL, text)] == []
        seen = found(FOR_UNIT, " ".join(text for _name, text in pages))
        assert (person, set(FOR_UNIT) - seen) == (person, set())
    assert leaks(INTERNAL, evaluated, cast, clients, others) == set()
    assert found(EVERY_WORD, told({name: getattr(cast, name) for name in PEOPLE})) == set()


def test_words_of_the_release_stay_once_the_unit_sends_again(
    evaluated: Assessment,
    cast: Cast,
    clients: dict[str, Client],  # noqa: F811
) -> None:
    """A second round: what was released stays, what TPI writes now waits again."""
    now = timezone.now()
    carry_out(assessment=evaluated, action=Action.RETURN, actor=cast.controller, now=now)
    put_in(evaluated, "review_lead", cast)
    evaluated.refresh_from_db()
    note = evaluated.notes.get(question__code=NOTED, stage="controller", kind="note")
    threads.answer(assessment=evaluated, note=note, words=Words("Sudah"), actor=cast.operator, now=now)
    _said(evaluated, note, cast.lead, "KanariPutaranDua", is_internal=False)
    text = " ".join(text for _name, text in walk(evaluated, cast, clients, "operator"))
    assert ("KanariPutaranDua" in text, set(FOR_UNIT) - found(FOR_UNIT, text), found(INTERNAL, text)) == (
        False,
        set(),
        set(),
    )


def test_every_address_of_the_portal_is_walked(evaluated: Assessment, cast: Cast) -> None:
    assert unreachable(evaluated, cast) == set()
