"""What the log-in page tells while demo data is loaded."""

from collections.abc import Iterable

from units.models import Agency, User


def demo_data_is_loaded() -> bool:
    return Agency.objects.filter(is_demo=True).exists()


def any_demo_agency(agency_ids: Iterable[int]) -> bool:
    return Agency.objects.filter(pk__in=agency_ids, is_demo=True).exists()


def demo_accounts() -> list[User]:
    """The demo people that can log in and are introduced (`demo_note` says who each one is), in the order made."""
    people = User.objects.filter(is_demo=True, is_active=True).exclude(demo_note="")
    return list(people.only("username", "full_name", "demo_note").order_by("pk"))
