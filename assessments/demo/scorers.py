"""Who of TPI scores what in the open quarter: worksheets given to members, and a team that scores in pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments import scoring
from assessments.demo import remarks
from assessments.demo.dice import dice
from assessments.demo.history import Act
from assessments.demo.people import Crew
from assessments.demo.quarters import LIVE
from assessments.demo.sheets import Pair, Raw
from assessments.models import Assessment, BlindScore
from assessments.queries.instruments import StoredInstrument
from assessments.queries.scorers import FIRST, SECOND
from assessments.services.hand_in import hand_in
from assessments.services.scorers import assign, move
from assessments.services.transitions import Action, carry_out
from units.models import Team, User

HOURS = timedelta(hours=5)
SCORING_BEGINS = timedelta(hours=2)
# Government whose worksheets are given out -> the member of the team for each building unit; None: nobody yet.
GIVEN = {"kalteng": (0, 1, 0, 0, 0, 2, None, 2, 0, 1, None, None)}
MOVED = {"kalteng": (5, 1, "Beban penilai sebelumnya sudah penuh.")}
# Governments whose first TPI scores in pairs since the open quarter, and the units where it has begun.
PAIRED = {"kalsel": ("unit-contoh-3", "unit-contoh-5")}
DIFFERING = 0.1
SHARE_OF = {FIRST: 0.7, SECOND: 0.4}


@dataclass(frozen=True, slots=True)
class PairedWork:
    """A worksheet that two members score blind; `acts` are the steps that the team takes."""

    assessment: Assessment
    pair: Pair
    crew: Crew
    acts: tuple[Act, ...]

    def at(self, action: Action) -> datetime | None:
        return next((act.at for act in self.acts if act.action is action), None)


def is_paired(agency: str, unit: str, quarter: int) -> bool:
    return quarter == LIVE and unit in PAIRED.get(agency, ())


def give_out(agency: str, crews: Mapping[str, Crew], now: datetime) -> None:
    """Through the services: the lead gives the worksheets of the open quarter out, and moves one."""
    for position, (member, code) in enumerate(zip(GIVEN.get(agency, ()), crews, strict=False)):
        if member is None:
            continue
        crew = crews[code]
        sheet = Assessment.objects.for_path(agency, code, f"2024-{LIVE}").get()
        given = assign(assessment=sheet, user=crew.members[member], slot=FIRST, actor=crew.lead, now=now - 2 * HOURS)
        place, receiver, reason = MOVED[agency]
        if position == place:
            taker = crew.members[receiver]
            move(scorer=given.scorers[0], user=taker, reason=reason, actor=crew.lead, now=now - HOURS)


def score_in_pairs(work: list[PairedWork], instrument: StoredInstrument) -> None:
    """The first TPI becomes paired; one worksheet is half scored by both, another has come to the lead."""
    if not work:
        return
    units = [item.assessment.unit_id for item in work]
    Team.objects.filter(kind=Team.Kind.TPI, units__in=units).update(scoring=Team.Scoring.PAIRED)
    for item in work:
        begun, done = item.at(Action.START), item.at(Action.TO_LEAD)
        if begun is None:
            continue
        for slot in (FIRST, SECOND):
            assign(assessment=item.assessment, user=_holder(item, slot), slot=slot, actor=item.crew.lead, now=begun)
        carry_out(assessment=item.assessment, action=Action.START, actor=_holder(item, FIRST), now=begun)
        BlindScore.objects.bulk_create(row for slot in (FIRST, SECOND) for row in _rows(item, slot, begun, instrument))
        if done is not None:
            for slot in (FIRST, SECOND):
                hand_in(assessment=item.assessment, actor=_holder(item, slot), now=done)


def _holder(item: PairedWork, slot: int) -> User:
    return item.crew.members[slot - 1]


def _rows(item: PairedWork, slot: int, begun: datetime, instrument: StoredInstrument) -> list[BlindScore]:
    """What one slot says: mostly what TPI says in this demo, now and then what the unit says."""
    chance = dice(item.assessment.unit.code, slot, "blind")
    is_done = item.at(Action.TO_LEAD) is not None
    rows = []
    for number, (code, raw) in enumerate(item.pair.tpi.items()):
        if not is_done and number >= SHARE_OF[slot] * len(item.pair.tpi):
            break
        own = item.pair.own.get(code)
        question = instrument.value.question(code)
        given = _other(question, raw, own) if slot == SECOND and chance.random() < DIFFERING else raw
        row = BlindScore(
            assessment=item.assessment,
            question_id=instrument.question_ids[code],
            slot=slot,
            choice=given if isinstance(given, str) else "",
            inputs=None if isinstance(given, str) else given,
            updated_by=_holder(item, slot),
            updated_at=begun + SCORING_BEGINS + timedelta(minutes=2 * number),
        )
        if given != own:
            row.note = remarks.difference(question, chance, answered=own is not None, lower=True)
            row.for_release, row.note_by, row.note_version = True, row.updated_by, 1
        rows.append(row)
    return rows


def _other(question: scoring.Question, raw: Raw, own: Raw | None) -> Raw:
    """What the second member says instead: the unit's answer, else the next option."""
    if own is not None and own != raw:
        return own
    labels = [option.label for option in question.options]
    return labels[(labels.index(raw) + 1) % len(labels)] if isinstance(raw, str) and raw in labels else raw
