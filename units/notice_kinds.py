"""What notices say: one Kind for each event, registered by the app that knows of it.

A sentence may name places, periods, question codes, days and moments. It never holds a score or the text of a note,
because it may be mailed: `tell` accepts exactly the declared params.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

PARAM_MAX = 200
Value = str | int


@dataclass(frozen=True, slots=True)
class Kind:
    """`sentence` is lazily translated, with a named placeholder for each param.

    Values of `days` are ISO dates; those of `moments` ISO times that carry the offset of the agency's zone.
    """

    name: str
    sentence: Promise
    params: tuple[str, ...]
    days: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    icon: str = "info"


KINDS: dict[str, Kind] = {}


class NoticeError(ValueError):
    """A kind that nobody registered, or params that the kind does not declare."""


def register(*kinds: Kind) -> None:
    KINDS.update({kind.name: kind for kind in kinds})


def check(kind: str, params: Mapping[str, Value]) -> None:
    """Raises NoticeError where something would be told that its kind does not declare."""
    known = KINDS.get(kind)
    if known is None or set(params) != set(known.params):
        raise NoticeError(kind, sorted(params))
    if any(isinstance(value, str) and len(value) > PARAM_MAX for value in params.values()):
        raise NoticeError(kind, "too long")


def sentence_of(kind: str, params: Mapping[str, Value]) -> str:
    """The sentence in the language that is active; a general one for a kind that is not known any more."""
    known = KINDS.get(kind)
    if known is None or not set(known.params) <= set(params):
        return _("Ada kabar baru di Portal ZI.")
    shown = dict(params)
    for name in known.days:
        shown[name] = date_format(date.fromisoformat(str(params[name])), "DATE_FORMAT")
    for name in known.moments:
        moment = datetime.fromisoformat(str(params[name]))
        shown[name] = f"{date_format(moment, 'DATE_FORMAT')} {date_format(moment, 'TIME_FORMAT')}"
    return str(known.sentence) % shown


def icon_of(kind: str) -> str:
    return KINDS[kind].icon if kind in KINDS else "info"
