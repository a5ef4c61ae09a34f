"""What is exported comes back: the same answers and notes, and nothing changes the second time (REL-30)."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assessments.exporters.worksheet import export_workbook, workbook_bytes
from assessments.importers.child import content_of
from assessments.importers.worksheet import read_book
from assessments.importers.xlsx import open_book
from assessments.models import Answer, AnswerRevision, Assessment, Instrument, Period
from assessments.queries.answers import Sheet
from assessments.queries.instruments import StoredInstrument, stored_instrument
from assessments.queries.workbook import Contents
from assessments.queries.workbook_import import preview_of
from assessments.scoring.answers import read_answer
from assessments.services.answers import columns_of
from assessments.services.workbook_import import Upload, Wish, apply_import, keep_import
from tests.assessments.importers.random_sheets import TRICKY, worksheet_of, worksheets
from tests.scoring.conftest import ROOT
from tests.soak import size
from units.models import Agency, Unit

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SHARED = ROOT.parent / "shared" / "workbooks" / "lke-worksheet-filled.xlsx"
EXAMPLES = size(40, 300)
"""Each of 113 questions: 4,520 random answers and notes."""


@pytest.fixture(scope="module")
def stored(lke):
    """The instrument as the database would give it, without a database."""
    ids = {question.code: number for number, question in enumerate(lke.questions, 1)}
    return StoredInstrument(lke, ids, {number: code for code, number in ids.items()})


def exported(stored, found):
    agency = Agency(code="kabupaten-uji", name="Kabupaten Uji")
    assessment = Assessment(
        unit=Unit(agency=agency, code="unit-uji", name="Unit Uji"), period=Period(agency=agency, year=2024, quarter=2)
    )
    assessment.period.instrument = Instrument(code=stored.value.code, version=1)
    rows = {code: row(answer, note) for code, (answer, note) in found.items()}
    contents = Contents(assessment, Sheet(stored, rows), None, {}, {}, holds_wbk=False, confidential=False)
    return workbook_bytes(contents, NOW)


def row(answer, note):
    choice, inputs = columns_of(answer)
    return Answer(choice=choice, inputs=inputs, note=note, version=1)


def read(raw, lke):
    book = open_book(raw)
    reading = read_book(book, lke)
    return reading, content_of(book, reading)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_exported_worksheet_comes_back_as_it_was(data, lke, stored):
    found = data.draw(worksheets(lke))
    reading, content = read(exported(stored, found), lke)
    assert reading.answers == {code: answer for code, (answer, _note) in found.items() if answer is not None}
    notes = {code: note["text"] for code, note in content["notes"].items()}
    assert notes == {code: note for code, (_answer, note) in found.items() if note}
    assert (reading.problems, reading.leftovers, reading.missing) == ((), (), ())
    assert content["stamp"]["versions"] == dict.fromkeys(found, 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exported_worksheet_fills_an_empty_one_and_a_second_import_changes_nothing(assessment, cast, seed, lke):
    found = worksheet_of(lke, seed, [*TRICKY])
    place = Sheet(stored_instrument(assessment.period.instrument), {})
    ids = place.instrument.question_ids
    Answer.objects.bulk_create(stored_row(assessment, ids[code], *pair) for code, pair in found.items())
    raw = export_workbook(assessment, None, NOW)
    before = standing(assessment)
    Answer.objects.filter(assessment=assessment).delete()
    _reading, content = read(raw, lke)
    assert apply(assessment, cast.head, content) == len(found)
    assert standing(assessment) == before
    assert AnswerRevision.objects.filter(answer__assessment=assessment, origin="imported").count() == len(found)
    again = preview_of(content, assessment, cast.head, timezone.now())
    assert (again.takes("fill"), again.takes("overwrite", with_stale=True)) == ((), ())
    _reading, second = read(export_workbook(assessment, None, NOW), lke)
    assert preview_of(second, assessment, cast.head, timezone.now()).counts["same"] == len(found)


def stored_row(assessment, question_id, answer, note):
    made = row(answer, note)
    made.assessment, made.question_id, made.updated_at = assessment, question_id, NOW
    return made


def standing(assessment):
    rows = Answer.objects.filter(assessment=assessment, stage="unit").select_related("question")
    return {made.question.code: (read_answer(lke_question(assessment, made), made.raw), made.note) for made in rows}


def lke_question(assessment, made):
    return stored_instrument(assessment.period.instrument).value.question(made.question.code)


def apply(assessment, actor, content, mode="fill"):
    """How many questions an import of this content writes."""
    now = timezone.now()
    upload = Upload(ContentFile(b"PK"), "lke.xlsx", "0" * 64, content)
    kept = keep_import(assessment=assessment, upload=upload, actor=actor, now=now)
    seen = preview_of(content, assessment, actor, now).versions
    done = apply_import(found=kept, wish=Wish(mode, seen), actor=actor, now=now)
    return len(done.outcome["questions"])


if SHARED.exists():

    def test_official_worksheet_fills_an_empty_one_and_every_row_is_accounted_for(assessment, cast, lke, answers):
        _reading, content = read(SHARED.read_bytes(), lke)
        preview = preview_of(content, assessment, cast.head, timezone.now())
        assert (sum(preview.counts.values()), preview.counts["new"], preview.flaws) == (113, 113, ())
        assert (content["rows"], content["placed"], preview.leftovers) == (137, 137, ())
        assert apply(assessment, cast.head, content) == 113
        assert {code: answer for code, (answer, _note) in standing(assessment).items()} == answers
