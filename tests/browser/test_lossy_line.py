"""The whole worksheet, filled over a line that loses a request in ten and an answer in three."""

import pytest
from playwright.sync_api import expect

from assessments.models import AnswerRevision
from assessments.queries.instruments import stored_instrument
from tests import factories
from tests.browser.line import open_line
from tests.browser.unsent import card, impatient, sheet_url, stored, wait_until_sent
from units.models import AuditEvent

COUNT = 110
LOST_REQUESTS, LOST_ANSWERS = 0.10, 0.30
PATIENCE_MS = 60_000  # one process is portal, line and test


@pytest.fixture
def line(live_server):
    line, server = open_line(live_server.url)
    yield line
    server.shutdown()
    server.server_close()


@pytest.fixture
def at_work(new_context, line, cast, assessment, troubles):
    """The operator's browser behind the bad line, which is still good while they log in."""
    troubles.expect(r"ERR_(EMPTY_RESPONSE|CONNECTION_(RESET|CLOSED|ABORTED)|SOCKET)|status of 502")

    def open_page(node):
        page = impatient(new_context(base_url=line.url)).new_page()
        page.goto("/masuk/")
        page.locator("[name=username]").fill(cast.operator.username)
        page.locator("[name=password]").fill(factories.PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/masuk/" not in url)
        page.goto(sheet_url(assessment, node))
        return page

    return open_page


def fill(page, question, raw, note):
    """Type one question as a person does: the answer, then a note. Returns what stands afterwards, step by step."""
    place = card(question.code)
    steps = []
    if question.inputs:
        values = {"index": raw} if isinstance(raw, str) else raw
        for key, value in values.items():
            page.locator(f"{place} [name=isi_{key}]").fill(str(value).replace(".", ","))
            steps.append(({**(steps[-1][0] if steps else {}), key: value}, ""))
    else:
        # By key: status lines above come and go all the time, and a pointer may miss what moves.
        page.locator(f'{place} input[name=jawaban][value="{raw}"]').press("Space")
        steps.append((raw, ""))
    page.locator(f"{place} [name=catatan]").fill(note)
    steps.append((steps[-1][0], note))
    return steps


def is_in_order(parts, whole):
    """Whether `parts` stand in `whole` in the same order, each at most once."""
    rest = iter(whole)
    return all(any(part == item for item in rest) for part in parts)


def test_answers_typed_over_a_lossy_line_arrive_in_order_and_once(at_work, line, assessment, golden):
    answers = golden("22")["answers"]
    instrument = stored_instrument(assessment.period.instrument).value
    questions = [question for question in instrument.questions if question.code in answers][:COUNT]
    page, asked = at_work(questions[0].node), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    line.lost_requests, line.lost_answers, line.seconds = LOST_REQUESTS, LOST_ANSWERS, 0.03
    typed = {}
    for number, question in enumerate(questions):
        if page.locator(card(question.code)).count() == 0:
            page.locator(".turn-next").click()
            page.wait_for_url(
                f"**{sheet_url(assessment, question.node)}", wait_until="domcontentloaded", timeout=PATIENCE_MS
            )
        note = f"Catatan {number} untuk {question.code}, diketik saat sambungan buruk."
        typed[question.code] = fill(page, question, answers[question.code], note)
    page.keyboard.press("Tab")
    wait_until_sent(page, 60)

    assert (len(typed), asked) == (COUNT, [])
    for code, steps in typed.items():
        row = stored(assessment, code)
        assert (row.raw, row.note) == steps[-1]
        revisions = AnswerRevision.objects.filter(answer=row).order_by("version")
        assert is_in_order([(revision.raw, revision.note) for revision in revisions], steps), code
        assert [revision.version for revision in revisions] == list(range(1, row.version + 1))
    saves = AuditEvent.objects.filter(verb="answer.save")
    assert saves.count() == AnswerRevision.objects.count() == sum(stored(assessment, code).version for code in typed)
    lost = line.counts["answer lost"] / line.counts.total(), line.counts["request lost"] / line.counts.total()
    assert lost == (pytest.approx(LOST_ANSWERS, abs=0.08), pytest.approx(LOST_REQUESTS, abs=0.05))


def test_page_is_turned_without_a_question_while_the_line_is_bad(at_work, line, assessment):
    """What was typed last is on the disk before the browser could ask whether to leave."""
    page, place, asked = at_work("A.I.1.i"), card("A.I.1.i.b"), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    line.lost_requests = 1
    page.locator(f"{place} input[value=B]").check()
    expect(page.locator("#status-p-A-I-1-i-b")).to_contain_text("Belum tersimpan (luring), akan dicoba lagi")
    page.locator(f"{place} [name=catatan]").fill("diketik sesaat sebelum halaman berikutnya")
    page.locator(".turn-next").press("Enter")
    page.wait_for_url(f"**{sheet_url(assessment, 'A.I.1.ii')}")
    assert asked == []
    line.lost_requests = 0
    wait_until_sent(page)
    row = stored(assessment, "A.I.1.i.b")
    assert (row.raw, row.note) == ("B", "diketik sesaat sebelum halaman berikutnya")


def test_press_meets_what_it_began_on_while_the_line_is_lost(at_work, line, assessment):
    """Leaving the note hands it over; what is said of it may not move the link from under the pointer."""
    page, text = at_work("A.I.1.i"), "ditulis, lalu langsung ke halaman berikutnya"
    link, note = page.locator(".turn-next"), page.locator(f"{card('A.I.1.i.b')} [name=catatan]")
    link.scroll_into_view_if_needed()
    note.evaluate("note => note.focus({ preventScroll: true })")
    line.lost_requests = 1
    page.keyboard.insert_text(text)
    box = link.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.wait_for_timeout(400)
    assert link.bounding_box() == box
    page.mouse.up()
    page.wait_for_url(f"**{sheet_url(assessment, 'A.I.1.ii')}")
    assert line.counts["request lost"]
    line.lost_requests = 0
    wait_until_sent(page)
    assert stored(assessment, "A.I.1.i.b").note == text


def test_answer_that_was_lost_after_the_save_is_no_second_save(at_work, line, assessment):
    page = at_work("A.I.1.i")
    line.lost_answers = 1
    page.locator(f"{card('A.I.1.i.b')} input[value=B]").check()
    expect(page.locator("#status-p-A-I-1-i-b")).to_contain_text("Belum tersimpan (luring), akan dicoba lagi")
    while line.counts["answer lost"] < 3:  # each of which has reached the portal
        page.wait_for_timeout(50)
    line.lost_answers = 0
    wait_until_sent(page)
    expect(page.locator("#status-p-A-I-1-i-b")).to_contain_text("Tersimpan")
    expect(page.locator("#queue")).not_to_have_attribute("data-shown", "")
    assert [revision.raw for revision in AnswerRevision.objects.all()] == ["B"]
    assert AuditEvent.objects.filter(verb="answer.save").count() == 1


def test_portal_that_restarts_gets_what_was_typed_meanwhile(at_work, line, assessment):
    page = at_work("A.I.1.i")
    line.is_down = True
    note = page.locator(f"{card('A.I.1.i.b')} textarea[name=catatan]")
    note.fill("diketik saat portal dimulai ulang")
    expect(page.locator("#status-p-A-I-1-i-b")).to_contain_text("Belum tersimpan")
    expect(page.locator("#queue")).to_contain_text("1 isian belum tersimpan. Aman di perangkat ini")
    line.is_down = False
    expect(page.locator("#status-p-A-I-1-i-b")).to_contain_text("Tersimpan")
    assert stored(assessment, "A.I.1.i.b").note == "diketik saat portal dimulai ulang"
