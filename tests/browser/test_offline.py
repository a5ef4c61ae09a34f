"""What is typed without a line or a session waits in the browser: through a crash, in two tabs, until log-out."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import AnswerRevision
from assessments.queries.instruments import stored_instrument
from tests import factories
from tests.browser.conftest import FLAGS, PROGRAMS, TIMEOUT_MS
from tests.browser.unsent import PUT, card, impatient, kept, sheet_url, stored, wait_until_sent
from units.models import AuditEvent

NODE, CODE = "A.I.1.i", "A.I.1.i.b"
OTHER_NODE = "A.I.1.ii"
EDITS = 40
OFFLINE = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture
def at_work(new_context, log_in, assessment):
    """Open a worksheet page for a person, in a browser of their own."""

    def open_page(person, node=NODE):
        page = impatient(new_context()).new_page()
        log_in(page, person.username, factories.PASSWORD)
        page.goto(sheet_url(assessment, node))
        return page

    return open_page


def note_of(page, code=CODE):
    return page.locator(f"{card(code)} textarea[name=catatan]")


def status_of(page, code=CODE):
    return page.locator(f"#status-{card(code)[1:]}")


def offline_note(page, text):
    """Type a note without a line, until it is safe on the disk."""
    page.context.set_offline(True)
    note_of(page).fill(text)
    expect(status_of(page)).to_contain_text("Belum tersimpan (luring)")
    expect(page.locator("#queue")).to_contain_text("Aman di perangkat ini")


# A crash


@pytest.fixture
def open_profile(playwright, live_server, tmp_path):
    """Return a function that opens Chromium with a profile on the disk, which outlives the browser."""
    program = next(path for name in PROGRAMS for path in [Path("/usr/bin") / name] if path.exists())
    opened = []

    def open_browser():
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=program, args=FLAGS, base_url=live_server.url, locale="id-ID"
        )
        context.set_default_timeout(TIMEOUT_MS)
        opened.append(context)
        return impatient(context)

    yield open_browser
    opened[-1].close()


def kill(profile):
    """End the browser of this profile as a dead battery does."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes()
            except OSError:  # it has just ended by itself
                continue
            if f"--user-data-dir={profile}".encode() in words:
                os.kill(int(process.name), signal.SIGKILL)


def many_questions(assessment):
    """Forty questions with options, by sub-area."""
    found, count = {}, 0
    for question in stored_instrument(assessment.period.instrument).value.questions:
        if not question.inputs and count < EDITS:
            found.setdefault(question.node, []).append(question)
            count += 1
    return found


def test_forty_edits_outlive_five_minutes_offline_and_a_killed_browser(
    open_profile, log_in, cast, assessment, tmp_path
):
    """Forty notes in as many questions, each typed twice; the five minutes pass on the clock of the pages."""
    nodes = many_questions(assessment)
    context = open_profile()
    log_in(context.new_page(), cast.operator.username, factories.PASSWORD)
    pages = {}
    for node in nodes:
        pages[node] = page = context.new_page()
        page.clock.install()
        page.goto(sheet_url(assessment, node))
    context.set_offline(True)
    typed = {}
    for node, questions in nodes.items():
        for question in questions:
            note_of(pages[node], question.code).fill("lama")
            note_of(pages[node], question.code).press("Tab")
        for question in questions:
            typed[question.code] = f"Ditulis luring untuk {question.code}"
            note_of(pages[node], question.code).fill(typed[question.code])
        for question in questions:
            expect(status_of(pages[node], question.code)).to_contain_text("Belum tersimpan (luring)")
    for page in pages.values():
        page.clock.fast_forward("05:00")
    last = pages[list(nodes)[-1]]
    expect(last.locator("#queue")).to_contain_text("Aman di perangkat ini")
    assert len(kept(last)) == EDITS
    kill(tmp_path / "profile")
    assert AnswerRevision.objects.count() == 0

    context = open_profile()
    page = context.new_page()
    page.goto("/")
    if "/masuk/" in page.url:  # Chromium writes cookies to the disk later than we write texts
        log_in(page, cast.operator.username, factories.PASSWORD)
    wait_until_sent(page, 60)
    assert {code: stored(assessment, code).note for code in typed} == typed
    revisions = AnswerRevision.objects.values_list("answer__question__code", "note")
    # "lama" was on its way when the line went; it may arrive before the newest text, and nothing arrives twice.
    assert len(set(revisions)) == len(revisions)
    assert {code for code, _ in revisions} == set(typed)
    assert AuditEvent.objects.filter(verb="answer.save").count() == len(revisions)


def test_text_of_a_reloaded_page_stands_in_its_field_and_is_sent(at_work, cast, assessment, troubles):
    troubles.expect("ERR_FAILED")
    page = at_work(cast.operator)
    page.route("**/jawaban/**", lambda route: route.abort())
    note_of(page).fill("sebelum muat ulang")
    expect(page.locator("#queue")).to_contain_text("Aman di perangkat ini")
    page.reload()
    expect(note_of(page)).to_have_value("sebelum muat ulang")
    expect(status_of(page)).to_contain_text("Belum tersimpan (luring)")
    page.unroute("**/jawaban/**")
    wait_until_sent(page)
    expect(status_of(page)).to_contain_text("Tersimpan")
    assert stored(assessment, CODE).note == "sebelum muat ulang"


# Two texts


def test_text_from_a_closed_tab_meets_another_persons(at_work, cast, assessment, troubles):
    """On another page it is named with its text; on its own page both texts stand, and the person chooses."""
    troubles.expect(f"{OFFLINE}|status of 409")
    page = at_work(cast.operator)
    context = page.context
    offline_note(page, "teks operator")
    page.close()
    factories.answer(assessment, CODE, "B", by=cast.head, note="teks kepala")
    context.set_offline(False)
    page = context.new_page()
    page.goto(sheet_url(assessment, OTHER_NODE))
    notice = page.locator("#queue .queue-stuck")
    expect(notice).to_contain_text("Konflik: jawaban ini sudah berubah sejak Anda membukanya")
    expect(notice).to_contain_text("teks operator")
    notice.get_by_role("link", name=CODE).click()
    expect(page.locator(f"{card(CODE)} .conflict")).to_contain_text("teks kepala")
    expect(note_of(page)).to_have_value("teks operator")
    assert stored(assessment, CODE).note == "teks kepala"
    page.get_by_role("button", name="Simpan isian saya").click()
    wait_until_sent(page)
    assert stored(assessment, CODE).note == "teks operator"


def test_two_tabs_of_one_person_overwrite_nothing(at_work, cast, assessment, troubles):
    troubles.expect(f"{OFFLINE}|status of 409")
    one = at_work(cast.operator)
    two = one.context.new_page()
    two.goto(sheet_url(assessment, NODE))
    one.context.set_offline(True)
    note_of(one).fill("teks tab pertama")
    expect(status_of(one)).to_contain_text("Belum tersimpan (luring)")
    note_of(two).fill("teks tab kedua")
    expect(status_of(two)).to_contain_text("Belum tersimpan (luring)")
    assert sorted(dict(record["flight"]["fields"])["catatan"] for record in kept(one)) == [
        "teks tab kedua",
        "teks tab pertama",
    ]
    one.context.set_offline(False)
    later = one if stored_within(one, assessment) == "teks tab kedua" else two
    expect(later.locator(f"{card(CODE)} .conflict")).to_contain_text("teks tab pertama")
    expect(later.locator(f"{card(CODE)} .conflict")).to_contain_text("teks tab kedua")
    assert AnswerRevision.objects.count() == 1


def stored_within(page, assessment):
    for _ in range(100):
        if row := stored(assessment, CODE):
            return row.note
        page.wait_for_timeout(100)
    return None


# The session


def test_ended_session_is_renewed_in_place(at_work, cast, assessment, troubles, accessibility_problems):
    troubles.expect("status of 4(01|22)")
    page = at_work(cast.operator)
    Session.objects.all().delete()
    note_of(page).fill("sesi sudah berakhir")
    expect(status_of(page)).to_contain_text("Belum tersimpan: Anda perlu masuk lagi.")
    page.get_by_role("button", name="Masuk lagi").click()
    assert accessibility_problems(page) == []
    password = page.get_by_label("Kata sandi")
    password.fill("bukan kata sandinya")
    password.press("Enter")
    expect(page.locator("#queue-login-problem")).to_contain_text("Kata sandi tidak cocok")
    password.fill(factories.PASSWORD)
    password.press("Enter")
    wait_until_sent(page)
    expect(status_of(page)).to_contain_text("Tersimpan")
    expect(page.locator("#queue-login")).to_be_hidden()
    assert (note_of(page).input_value(), stored(assessment, CODE).note) == ("sesi sudah berakhir",) * 2
    note_of(page).fill("dan lanjut bekerja")
    wait_until_sent(page)
    assert stored(assessment, CODE).note == "dan lanjut bekerja"


def test_log_in_in_another_tab_sends_what_waits(at_work, log_in, cast, assessment, troubles):
    troubles.expect("status of 40[13]")
    page = at_work(cast.operator)
    Session.objects.all().delete()
    note_of(page).fill("masuk di tab lain")
    expect(status_of(page)).to_contain_text("perlu masuk lagi")
    other = page.context.new_page()
    log_in(other, cast.operator.username, factories.PASSWORD)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    wait_until_sent(page)
    assert stored(assessment, CODE).note == "masuk di tab lain"


def test_form_token_that_changed_is_fetched_anew(at_work, cast, assessment, troubles):
    troubles.expect("status of 403")
    page = at_work(cast.operator)
    page.context.clear_cookies(name="csrf")
    note_of(page).fill("token formulir sudah berganti")
    wait_until_sent(page)
    expect(status_of(page)).to_contain_text("Tersimpan")
    assert stored(assessment, CODE).note == "token formulir sudah berganti"


def test_owner_of_a_text_is_the_same_under_another_secret_key(as_user, cast, settings):
    owners = []
    for key in ("kunci pertama", "kunci kedua"):
        settings.SECRET_KEY = key
        owners.append(as_user(cast.operator).get(reverse("session_state")).json()["user"])
    assert owners[0] == owners[1] != as_user(cast.head).get(reverse("session_state")).json()["user"]


# What is removed


def test_log_out_asks_and_leaves_nothing(at_work, cast, troubles):
    troubles.expect("ERR_FAILED|status of 401")
    page = at_work(cast.operator)
    answers = [False, True]
    asked = []

    def answer(dialog):
        asked.append(dialog.message)
        if answers.pop(0):
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    page.route("**/jawaban/**", lambda route: route.abort())
    note_of(page).fill("belum terkirim")
    expect(page.locator("#queue")).to_contain_text("Aman di perangkat ini")
    with page.expect_event("dialog"):
        page.get_by_role("button", name="Keluar").click()
    assert [record["label"] for record in kept(page)] == [CODE]
    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url("**/masuk/**")
    assert kept(page) == []
    assert [text.startswith("Masih ada isian yang belum tersimpan.") for text in asked] == [True, True]


def test_text_is_gone_and_unseen_when_somebody_else_logs_in(at_work, log_in, cast, assessment, troubles):
    troubles.expect(OFFLINE)
    page = at_work(cast.operator)
    context = page.context
    offline_note(page, "hanya untuk operator")
    page.close()
    context.set_offline(False)
    context.clear_cookies()
    other = context.new_page()
    log_in(other, cast.head.username, factories.PASSWORD)
    other.goto(sheet_url(assessment, NODE))
    wait_until_sent(other)
    assert "hanya untuk operator" not in other.content() + note_of(other).input_value()
    assert stored(assessment, CODE) is None


def test_open_page_of_the_former_person_closes_when_somebody_else_logs_in(at_work, log_in, cast, assessment, troubles):
    troubles.expect("status of 40[13]")
    page = at_work(cast.operator)
    Session.objects.all().delete()
    note_of(page).fill("hanya untuk operator")
    expect(status_of(page)).to_contain_text("perlu masuk lagi")
    other = page.context.new_page()
    log_in(other, cast.head.username, factories.PASSWORD)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_url(lambda url: "/lke/" not in url)
    assert kept(other) == []
    assert stored(assessment, CODE) is None


@pytest.mark.parametrize(("hours", "left"), [(23, 1), (25, 0)])
def test_text_is_kept_for_a_day(page, hours, left):
    edited = (datetime.now(UTC) - timedelta(hours=hours)).timestamp() * 1000
    record = {"id": "1", "owner": "seseorang", "tab": "", "touched": 0, "edited": edited}
    page.goto(reverse("login"))
    page.evaluate(PUT, record)
    page.reload()
    page.wait_for_timeout(300)
    assert len(kept(page)) == left
