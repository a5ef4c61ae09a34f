"""A state has one name: on its badge, in filters and in lists."""

import pytest

from assessments.models import Assessment
from units.templatetags.components import STATES


@pytest.mark.parametrize("state", list(Assessment.State))
def test_badge_says_what_lists_say(state: Assessment.State) -> None:
    assert str(STATES[state.value][2]) == str(state.label)
