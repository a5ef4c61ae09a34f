"""The password rules of profile `asvs`, as a table (SEC-60)."""

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from tests import factories

TOO_SHORT, TOO_LONG, COMMON = "password_too_short", "password_too_long", "password_too_common"
CONTEXT, SIMILAR = "password_context_words", "password_too_similar"

CASES = [
    ("kuda biru makan awan", set()),
    ("a" * 11 + "z", set()),
    ("kudabirulaut", set()),
    ("kudabirulau", {TOO_SHORT}),
    ("correct horse battery staple correct horse battery staple 64 ....", set()),
    ("q7Gx vR" * 18 + "ab", set()),
    ("q7Gx vR" * 18 + "abc", {TOO_LONG}),
    ("🐎🌊🌵🎻🛶🍉🧭🪁🌋🎲🦜🧵", set()),
    (" spasi di depan dan belakang ", set()),
    ("password1234", {CONTEXT, COMMON}),
    ("qwertyuiop123", {COMMON}),
    ("Inspektorat2026!", {CONTEXT}),
    ("zona-integritas-wbk", {CONTEXT}),
    ("LKE_TPI_LHE_2024", {CONTEXT}),
    ("ziziziziziziziz", {CONTEXT}),
    ("Kalibrasi2024!!", {CONTEXT}),
    ("Pemprov Sukamaju 1", {CONTEXT}),
    ("Rahmawati-12345", {CONTEXT, SIMILAR}),
    ("siti.rahmawati", {CONTEXT, SIMILAR}),
    ("inspektorat menanam seribu pohon", set()),
    ("\uff29\uff4e\uff53\uff50\uff45\uff4b\uff54\uff4f\uff52\uff41\uff542026", {CONTEXT}),
]


@pytest.fixture
def person(db):
    agency = factories.AgencyFactory(name="Pemerintah Kabupaten Sukamaju", inspectorate="Inspektorat Sukamaju")
    unit = factories.UnitFactory(agency=agency, name="UPT Laboratorium Kesehatan dan Kalibrasi")
    return factories.member_of(
        unit, username="siti.rahmawati", full_name="Siti Rahmawati, S.E.", email="siti@sukamaju.go.id"
    )


@pytest.mark.parametrize(("password", "expected"), CASES)
def test_password_is_judged(person, password, expected):
    try:
        validate_password(password, person)
    except ValidationError as error:
        found = {problem.code for problem in error.error_list}
    else:
        found = set()
    assert found == expected


def test_rules_hold_for_somebody_without_an_account():
    with pytest.raises(ValidationError) as problems:
        validate_password("Inspektorat2026!", None)
    assert [problem.code for problem in problems.value.error_list] == [CONTEXT]


def test_every_rule_is_told_before():
    assert len(password_validators_help_texts()) == 5
    assert all(password_validators_help_texts())


@pytest.mark.parametrize(
    "typed", [" spasi di depan dan belakang", "spasi di depan dan belakang ", "SPASI di depan dan belakang "]
)
def test_log_in_takes_the_exact_characters_only(client, person, typed):
    person.set_password(" spasi di depan dan belakang ")
    person.save()
    address = "/masuk/?next=/profil/"
    assert client.post(address, {"username": person.username, "password": typed}).status_code == 422
    exact = {"username": person.username, "password": " spasi di depan dan belakang "}
    assert client.post(address, exact).status_code == 302
