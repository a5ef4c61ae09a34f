"""How far each assessment has come, and the way it went there: real transitions at working moments of its quarter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assessments.demo import remarks
from assessments.demo.dice import dice
from assessments.demo.people import Crew
from assessments.demo.quarters import LIVE, Span, moments
from assessments.models import Assessment
from assessments.services.transitions import Action
from units.models import User

Way = tuple[Action, ...]
EVALUATED: Way = (Action.SUBMIT, Action.START, Action.TO_LEAD, Action.TO_CONTROLLER)
RETURNED: Way = (*EVALUATED, Action.RETURN)
FINAL: Way = (*EVALUATED, Action.FINALISE)
ASKED_BACK: Way = (
    *EVALUATED[:3],
    Action.BACK_TO_MEMBER,
    Action.TO_LEAD,
    Action.TO_CONTROLLER,
    Action.BACK_TO_LEAD,
    Action.TO_CONTROLLER,
    Action.FINALISE,
)
# Days since the act before (for the first: since the opening), in a quarter that is long over.
PACE = {
    Action.SUBMIT: (6, 12),
    Action.START: (1, 3),
    Action.TO_LEAD: (3, 6),
    Action.TO_CONTROLLER: (1, 3),
    Action.BACK_TO_MEMBER: (1, 2),
    Action.BACK_TO_LEAD: (1, 2),
    Action.RETURN: (1, 3),
    Action.FINALISE: (1, 3),
    Action.REOPEN: (2, 5),
}
REPAIR_PACE = (3, 6)


@dataclass(frozen=True, slots=True)
class Standing:
    """The acts so far; the share (0-1) of questions that the unit has answered and that TPI has scored."""

    way: Way = ()
    filled: float = 1.0
    scored: float = 1.0

    @property
    def is_repaired(self) -> bool:
        return self.way.count(Action.SUBMIT) > 1


STANDINGS = {
    "empty": Standing(filled=0, scored=0),
    "begun": Standing(filled=0.3, scored=0),
    "half": Standing(filled=0.7, scored=0),
    "filled": Standing(scored=0),
    "submitted": Standing((Action.SUBMIT,), scored=0),
    "claimed": Standing((Action.SUBMIT, Action.START), scored=0.55),
    "with_lead": Standing(EVALUATED[:3]),
    "with_controller": Standing(EVALUATED),
    "returned": Standing(RETURNED),
    "sent_again": Standing((*RETURNED, Action.SUBMIT)),
    "final": Standing(FINAL),
    "final_repaired": Standing((*RETURNED, *FINAL)),
    "final_asked_back": Standing(ASKED_BACK),
    "reopened": Standing((*FINAL, Action.REOPEN)),
}
# In the order of the building units. The first unit of a government is the introduced operator's, so its TW IV is open.
CASTS = {
    ("kalteng", 1): ("final", "final_asked_back", "final", "final", "final_repaired") + ("final",) * 7,
    ("kalteng", 2): ("final", "final", "final_repaired", "final_asked_back") + ("final",) * 7 + ("final_repaired",),
    ("kalteng", 3): ("final_repaired",) + ("final",) * 7 + ("submitted", "returned", "final", "half"),
    ("kalteng", 4): (
        "returned", "with_controller", "half", "submitted", "claimed", "with_lead", "final", "reopened", "empty",
        "filled", "begun", "final_asked_back",
    ),
}  # fmt: skip
CYCLES = {
    1: ("final", "final", "final_asked_back", "final"),
    2: ("final", "final_repaired", "final", "final", "final"),
    3: ("final", "final", "final", "final_asked_back", "submitted", "final", "final", "returned"),
    LIVE: (
        "half", "submitted", "claimed", "final", "with_lead", "begun", "returned", "with_controller", "sent_again",
        "final_asked_back",
    ),
}  # fmt: skip
NOT_DECLARED = {1: "empty", 2: "empty", 3: "empty", LIVE: "begun"}


def standing_of(agency: str, quarter: int, position: int, *, declared: bool) -> Standing:
    """The standing of the unit at `position` among those that build ZI."""
    if not declared:
        return STANDINGS[NOT_DECLARED[quarter]]
    cast = CASTS.get((agency, quarter), ())
    cycle = CYCLES[quarter]
    return STANDINGS[cast[position] if position < len(cast) else cycle[position % len(cycle)]]


@dataclass(frozen=True)
class Act:
    """One transition to be carried out."""

    at: datetime
    assessment: Assessment
    action: Action
    actor: User
    reason: str = ""
    in_second_round: bool = False


def acts_of(
    assessment: Assessment, standing: Standing, span: Span, crew: Crew, inspector: User, now: datetime
) -> list[Act]:
    """The acts that lead to the standing, in their order."""
    unit = assessment.unit
    chance = dice(unit.agency.code, unit.code, assessment.period.quarter, "history")
    gaps = [
        REPAIR_PACE if action is Action.SUBMIT and number else PACE[action]
        for number, action in enumerate(standing.way)
    ]
    times: Sequence[datetime] = moments(span, gaps, now, chance)
    actors = {
        Action.SUBMIT: crew.head,
        Action.START: crew.members[0],
        Action.TO_LEAD: crew.members[0],
        Action.TO_CONTROLLER: crew.lead,
        Action.BACK_TO_MEMBER: crew.lead,
        Action.BACK_TO_LEAD: crew.controller,
        Action.RETURN: crew.controller,
        Action.FINALISE: crew.controller,
        Action.REOPEN: inspector,
    }
    return [
        Act(
            at=at,
            assessment=assessment,
            action=action,
            actor=actors[action],
            reason=remarks.REASONS.get(action.value, ""),
            in_second_round=Action.RETURN in standing.way[:number],
        )
        for number, (action, at) in enumerate(zip(standing.way, times, strict=True))
    ]
