"""What the templates of the worksheet get: a question with the texts in its fields, and figures that a save changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from assessments import scoring
from assessments.forms.answers import INPUT_PREFIX, NOTE_FIELD, AnswerForm, shown_numbers
from assessments.models import Assessment
from assessments.queries.cards import Card
from assessments.queries.checks import question_findings
from assessments.queries.progress import UnitWork, area_number
from assessments.scoring.kinds import area_key
from assessments.templatetags.worksheet import anchor


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a computed question: its name, its text and what is wrong with it."""

    input: scoring.Input
    name: str
    text: str
    error: str | Promise


@dataclass(frozen=True)
class Shown:
    """A card with what stands in its fields: what is stored, or what was typed and refused."""

    card: Card
    choice: str
    numbers: Mapping[str, str]
    note: str
    errors: Mapping[str, str | Promise]

    @property
    def fields(self) -> list[Field]:
        names = [(item, f"{INPUT_PREFIX}{item.key}") for item in self.card.question.inputs]
        return [Field(item, name, self.numbers[item.key], self.errors.get(name, "")) for item, name in names]

    @property
    def note_error(self) -> str | Promise:
        return self.errors.get(NOTE_FIELD, "")


def shown(card: Card, typed: AnswerForm | None = None) -> Shown:
    """`typed` is a form that was not saved; it stands in the card of its own question."""
    if typed is not None and typed.question.code == card.code:
        return Shown(card, typed.typed.choice, typed.typed.numbers, typed.typed.note, typed.errors)
    row = card.row
    numbers = shown_numbers(card.question, row.inputs if row else None)
    return Shown(card, row.choice if row else "", numbers, card.note, {})


def problems(form: AnswerForm | None) -> list[tuple[str, str | Promise]]:
    """Ids of controls with what is wrong there."""
    return [(f"{name}-{anchor(form.question.code)}", message) for name, message in form.errors.items()] if form else []


def figures(assessment: Assessment, code: str, work: UnitWork) -> dict[str, Any]:
    """What the page shows of one question besides its controls, and of everything that it adds to."""
    instrument = work.sheet.instrument.value
    question = instrument.question(code)
    number = area_number(instrument, question.node)
    group = area_key(number) if number else "B"
    answer = work.sheet.values.get(code)
    return {
        "assessment": assessment,
        "question": question,
        "answer": answer,
        "score": work.result.questions[code],
        "status": "answered" if code in work.answered else "partial" if answer is not None else "blank",
        "proven": code in work.evidenced,
        "findings": tuple(question_findings(question, answer)),
        "node": instrument.node(question.node),
        "tally": work.tallies[question.node],
        "node_score": work.result.nodes[question.node],
        "group_id": f"kelompok-{number or 'hasil'}",
        "group_tally": work.tallies[group],
        "work": work,
    }
