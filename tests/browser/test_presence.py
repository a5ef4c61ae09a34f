"""Two people at one question see each other, and the hint goes by itself (REL-03)."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import Presence
from assessments.queries.presence import SEEN_FOR
from tests import factories

CODE, NODE, CARD = "A.I.1.i.b", "A.I.1.i", "#p-A-I-1-i-b"


@pytest.fixture
def at_work(new_context, log_in, assessment):
    def open_page(person):
        unit, context = assessment.unit, new_context()
        page = context.new_page()
        log_in(page, person.username, factories.PASSWORD)
        page.clock.install()
        page.goto(reverse("worksheet", args=(unit.agency.code, unit.code, assessment.period.code, NODE)))
        return page

    return open_page


def hint(page):
    return page.locator(f"{CARD} [data-presence]")


def enter(page):
    page.locator(f"{CARD} [name=catatan]").focus()


def test_hint_comes_with_the_second_person_and_goes_in_time(at_work, cast, assessment):
    first, second = at_work(cast.operator), at_work(cast.head)
    with first.expect_response("**/sunting/") as told:
        enter(first)
    assert told.value.status == 204
    enter(second)
    expect(hint(second)).to_contain_text(f"Sedang disunting oleh {cast.operator.full_name}")
    # The first one learns of it when the page asks again.
    expect(hint(first)).to_be_empty()
    first.clock.fast_forward(25_000)
    expect(hint(first)).to_contain_text(cast.head.full_name)
    # The second browser is gone for good, and its last word is a minute old.
    second.close()
    Presence.objects.filter(user=cast.head).update(seen_at=timezone.now() - SEEN_FOR)
    first.clock.fast_forward(25_000)
    expect(hint(first)).to_be_empty()


def test_hint_goes_without_an_answer_and_saving_goes_on(at_work, cast, assessment, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    first, second = at_work(cast.operator), at_work(cast.head)
    with first.expect_response("**/sunting/"):
        enter(first)
    enter(second)
    expect(hint(second)).not_to_be_empty()
    second.route("**/sunting/", lambda route: route.abort())
    second.clock.fast_forward(61_000)
    expect(hint(second)).to_be_empty()
    second.locator(f"{CARD} [name=catatan]").fill("tetap tersimpan")
    second.clock.run_for(2_000)
    expect(second.locator(f"{CARD}[data-save=saved]")).to_be_visible()
