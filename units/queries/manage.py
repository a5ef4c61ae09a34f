"""Lists of the administrator's screens. Each function takes the agency and runs a fixed number of queries."""

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from units.models import (
    Agency,
    Membership,
    Team,
    TeamAssignment,
    TeamMember,
    Unit,
    UnitYear,
    User,
)

# A unit that takes part in a year: it builds, is proposed, or is further. The others only declared, or not yet.
TAKING_PART = (
    UnitYear.Stage.BUILDING.value,
    UnitYear.Stage.PROPOSED.value,
    UnitYear.Stage.NATIONAL_REVIEW.value,
    UnitYear.Stage.PREDICATE.value,
    UnitYear.Stage.GUIDANCE.value,
)


def in_force(day: date, prefix: str = "") -> Q:
    """Dated rows (memberships, team members) that hold on `day`."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": day})
    )


def working_year(agency: Agency, today: date) -> int:
    """The year that the screens open with: the latest one on record that has begun, else this year."""
    years = UnitYear.objects.filter(unit__agency=agency, year__lte=today.year)
    latest = years.order_by("-year").values_list("year", flat=True).first()
    return latest or today.year


def units_of(agency: Agency, *, year: int, search: str = "", kind: str = "", stage: str = "") -> QuerySet[Unit]:
    """Units with the stage of the year, the TPI that evaluates them and their parent; one query."""
    in_year = UnitYear.objects.filter(unit=OuterRef("pk"), year=year)
    tpi = TeamAssignment.objects.filter(unit=OuterRef("pk"), team__kind=Team.Kind.TPI, team__is_active=True)
    units = (
        Unit.objects.filter(agency=agency)
        .select_related("parent")
        .annotate(
            stage=Subquery(in_year.values("stage")[:1]),
            target=Subquery(in_year.values("target")[:1]),
            tpi=Subquery(tpi.values("team__name")[:1]),
        )
        .order_by("-is_active", "name")
    )
    for word in search.split():
        units = units.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(head_name__icontains=word))
    if kind:
        units = units.filter(kind=kind)
    if stage == UnitYear.Stage.NOT_DECLARED:
        units = units.filter(Q(stage=stage) | Q(stage__isnull=True))
    elif stage:
        units = units.filter(stage=stage)
    return units


def people_of(agency: Agency, *, day: date, search: str = "", role: str = "", status: str = "") -> QuerySet[User]:
    """People who have, or ever had, a role or a place in a team of the agency; three queries with their parts."""
    memberships = Membership.objects.filter(in_force(day), agency=agency).select_related("unit").order_by("role", "pk")
    parts = TeamMember.objects.filter(in_force(day), team__agency=agency, team__is_active=True).select_related("team")
    people = belonging_to(agency).prefetch_related(
        Prefetch("memberships", queryset=memberships, to_attr="roles_now"),
        Prefetch("team_memberships", queryset=parts, to_attr="teams_now"),
    )
    for word in search.split():
        people = people.filter(
            Q(full_name__icontains=word)
            | Q(username__icontains=word)
            | Q(email__icontains=word)
            | Q(nip__startswith=word)
        )
    if role in Membership.Role.values:
        people = people.filter(Exists(memberships.filter(user=OuterRef("pk"), role=role).order_by()))
    elif role in Team.Kind.values:
        people = people.filter(Exists(parts.filter(user=OuterRef("pk"), team__kind=role).order_by()))
    elif role == "none":
        people = people.exclude(Exists(memberships.filter(user=OuterRef("pk")).order_by())).exclude(
            Exists(parts.filter(user=OuterRef("pk")).order_by())
        )
    if status == "waiting":
        people = people.filter(is_active=True, last_login__isnull=True)
    elif status:
        people = people.filter(is_active=status == "active")
    return people.order_by("-is_active", "full_name", "pk")


def belonging_to(agency: Agency) -> QuerySet[User]:
    """Accounts that this agency's administrator may see: those that have, or ever had, a role or team there."""
    return User.objects.filter(
        Exists(Membership.objects.filter(user=OuterRef("pk"), agency=agency))
        | Exists(TeamMember.objects.filter(user=OuterRef("pk"), team__agency=agency))
    )


def teams_of(agency: Agency, *, day: date) -> QuerySet[Team]:
    """Teams with their people of the day and their units; three queries."""
    members = TeamMember.objects.filter(in_force(day)).select_related("user").order_by("pk")
    units = TeamAssignment.objects.select_related("unit").order_by("unit__name")
    return (
        Team.objects.filter(agency=agency)
        .select_related("decree")
        .prefetch_related(
            Prefetch("members", queryset=members, to_attr="members_now"),
            Prefetch("assignments", queryset=units, to_attr="looks_after"),
        )
        .order_by("-is_active", "-kind", "name")
    )


def history_of_person(agency: Agency, person: User) -> tuple[list[Membership], list[TeamMember]]:
    """Every role and place in a team that the person ever had in the agency, the latest first; two queries."""
    roles = Membership.objects.filter(agency=agency, user=person).select_related("unit").order_by("-valid_from", "-pk")
    parts = TeamMember.objects.filter(team__agency=agency, user=person).select_related("team")
    return list(roles), list(parts.order_by("-valid_from", "-pk"))


def people_of_unit(unit: Unit, *, day: date) -> list[Membership]:
    """Heads first, then members; one query."""
    held = Membership.objects.filter(in_force(day), unit=unit).select_related("user")
    return list(held.order_by("role", "user__full_name"))
