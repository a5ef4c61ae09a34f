"""Settling a conflict by a text made of both, and bringing an earlier text back, as people do it."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import Answer, AnswerRevision
from assessments.services.answers import save_answer

CODE, CARD = "A.I.1.i.b", "#p-A-I-1-i-b"
PHONE = {"width": 360, "height": 740}


def url(assessment, name, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def notes():
    return list(AnswerRevision.objects.order_by("version").values_list("note", flat=True))


@pytest.fixture
def colleague(assessment, cast):
    """Somebody else who saves a note from the version that stands."""

    def save(text):
        row = Answer.objects.filter(question__code=CODE, stage="unit").first()
        version = row.version if row else 0
        return save_answer(
            assessment=assessment, code=CODE, given="B", note=text, version=version, actor=cast.head, now=timezone.now()
        )

    return save


def test_both_notes_become_one_by_keyboard_and_a_third_save_is_met_again(
    opened, cast, assessment, colleague, troubles, accessibility_problems
):
    troubles.expect("status of 409")
    page = opened(cast.operator, url(assessment, "worksheet", "A.I.1.i"))
    colleague("teks kepala")
    page.locator(f"{CARD} textarea[name=catatan]").fill("teks operator")
    conflict = page.locator(f"{CARD} .conflict")
    conflict.locator("summary").focus()
    page.keyboard.press("Enter")
    merged = conflict.locator("[name=catatan_gabungan]")
    expect(merged).to_have_value("teks kepala\n\nteks operator")
    colleague("teks kepala, lagi")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+End")
    page.keyboard.type(", dirapikan")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(conflict).to_contain_text("teks kepala, lagi")
    expect(merged).to_have_value("teks kepala\n\nteks operator, dirapikan")  # what was typed stays
    assert accessibility_problems(page) == []
    merged.fill("kepala dan operator")
    conflict.get_by_role("button", name="Simpan gabungan").click()
    expect(page.locator(f"{CARD} textarea[name=catatan]")).to_have_value("kepala dan operator")
    assert notes() == ["teks kepala", "teks kepala, lagi", "kepala dan operator"]


@pytest.mark.parametrize("script", [True, False])
def test_earlier_text_is_brought_back_from_the_history_on_a_phone(
    opened, cast, assessment, colleague, accessibility_problems, script
):
    for text in ("teks pertama", "teks kedua"):
        colleague(text)
    page = opened(cast.operator, url(assessment, "worksheet", "A.I.1.i"), viewport=PHONE, java_script_enabled=script)
    page.locator(f"{CARD} .beside summary").click()
    page.locator(CARD).get_by_role("link", name="Riwayat jawaban").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Riwayat jawaban {CODE}")
    if script:
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.get_by_role("button", name="Pulihkan isian ini").click()
    expect(page.locator(f"{CARD} textarea[name=catatan]")).to_have_value("teks pertama")
    assert notes() == ["teks pertama", "teks kedua", "teks pertama"]
