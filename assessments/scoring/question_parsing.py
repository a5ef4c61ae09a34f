"""Scales and questions of an instrument file."""

import re
from collections.abc import Mapping
from dataclasses import replace

from assessments.scoring.formula import Formula, FormulaError, parse_formula
from assessments.scoring.kinds import INDEX_KEY, Scale
from assessments.scoring.place import Place
from assessments.scoring.structure import Derived, Input, Option, Question, ZeroDenominator

_KEYS = ("code", "key", "text", "scale", "weight", "criteria", "evidence", "help")
_COMPUTED_KEYS = ("inputs", "derived", "formula", "cap", "min", "max", "respondents_min", "zero_denominator")
_INPUT_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def parse_scales(place: Place) -> dict[str, tuple[Option, ...]]:
    """Options without criteria for each choice scale, from the best score to the worst."""
    scales = {}
    for scale in Scale:
        if scale.is_choice:
            scales[scale.value] = _scale_options(place.get(scale.value))
    place.only(*scales)
    return scales


def _scale_options(place: Place) -> tuple[Option, ...]:
    options = tuple(Option(item.get("label").text(), item.get("score").share()) for item in place.items())
    scores = [option.score for option in options]
    if scores != sorted(set(scores), reverse=True):
        raise place.error("scores must go down from option to option")
    if len({option.label.casefold() for option in options}) != len(options):
        raise place.error("a label is used twice")
    return options


def parse_question(place: Place, code: str, node: str, scales: Mapping[str, tuple[Option, ...]]) -> Question:
    """Read one question; its code was read before."""
    scale = Scale(place.get("scale").one_of(*Scale))
    place.only(*_KEYS, *(() if scale.is_choice else _COMPUTED_KEYS))
    weight, hint = place.optional("weight"), place.optional("help")
    question = Question(
        code=code,
        node=node,
        text=place.get("text").text(),
        scale=scale,
        weight=weight.number() if weight else None,
        evidence=tuple(item.text() for item in place.get("evidence").items()),
        help=hint.text() if hint else "",
    )
    criteria = place.get("criteria")
    lines = [item.text() for item in criteria.items()]
    if scale.is_choice:
        return replace(question, options=_options(criteria, lines, scale, scales[scale]))
    if len(lines) != 1:
        raise criteria.error("one criterion expected")
    return _computed(place, replace(question, criterion=lines[0]))


def _options(place: Place, lines: list[str], scale: Scale, options: tuple[Option, ...]) -> tuple[Option, ...]:
    expected = 1 if scale is Scale.YES_NO else len(options)
    if len(lines) != expected:
        raise place.error(f"{len(lines)} criteria for scale {scale}, not {expected}")
    padded = [*lines, *[""] * (len(options) - len(lines))]
    return tuple(Option(option.label, option.score, line) for option, line in zip(options, padded, strict=True))


def _computed(place: Place, question: Question) -> Question:
    """Add inputs, formula, bounds and the zero rule of a ratio or an index."""
    inputs = _inputs(place.get("inputs"))
    formula = _formula(place.get("formula"), {item.key for item in inputs})
    for item, where in zip(inputs, place.get("inputs").items(), strict=True):
        if item.used != (item.key in formula.names):
            raise where.error(f"`used` of {item.key} does not match the formula")
    cap = place.get("cap").share()
    derived = _derived(place.optional("derived"), {item.key for item in inputs})
    question = replace(question, inputs=inputs, derived=derived, formula=formula, cap=cap)
    if question.scale is Scale.INDEX:
        return _index(place, question)
    place.only(*_KEYS, "inputs", "derived", "formula", "cap", "zero_denominator")
    return replace(question, zero_denominator=_zero_rule(place.get("zero_denominator"), question))


def _index(place: Place, question: Question) -> Question:
    place.only(*_KEYS, "inputs", "formula", "cap", "min", "max", "respondents_min")
    low, high = place.get("min").number(), place.get("max").number()
    if low >= high:
        raise place.get("max").error("max must be more than min")
    if question.used_keys != (INDEX_KEY,):
        raise place.get("formula").error(f"an index reads {INDEX_KEY} only")
    respondents = place.get("respondents_min").whole()
    return replace(question, minimum=low, maximum=high, respondents_min=respondents)


def _inputs(place: Place) -> tuple[Input, ...]:
    found: dict[str, Input] = {}
    for item in place.items():
        item.only("key", "label", "used")
        key, used = item.get("key").text(), item.optional("used")
        if _INPUT_KEY.fullmatch(key) is None or key in found:
            raise item.get("key").error(f"{key!r} is no key or is used twice")
        found[key] = Input(key, item.get("label").text(), used=used.boolean() if used else True)
    return tuple(found.values())


def _derived(place: Place | None, keys: set[str]) -> tuple[Derived, ...]:
    if place is None:
        return ()
    found: dict[str, Derived] = {}
    for item in place.items():
        item.only("key", "label", "formula")
        key = item.get("key").text()
        if key in keys or key in found:
            raise item.get("key").error(f"{key} is used twice")
        found[key] = Derived(key, item.get("label").text(), _formula(item.get("formula"), keys))
    return tuple(found.values())


def _formula(place: Place, keys: set[str]) -> Formula:
    try:
        formula = parse_formula(place.text())
    except FormulaError as error:
        raise place.error(str(error)) from error
    unknown = sorted(formula.names - keys)
    if unknown:
        raise place.error(f"{unknown[0]} is no input")
    return formula


def _zero_rule(place: Place, question: Question) -> ZeroDenominator:
    place.only("score", "note", "local_rule", "score_if_zero")
    also = place.optional("score_if_zero")
    key, score = "", None
    if also is not None:
        key, score = also.get("key").one_of(*question.used_keys), also.get("score").share()
    local = place.get("local_rule").boolean()
    return ZeroDenominator(place.get("score").share(), place.get("note").text(), local, key, score)
