"""The invented people of a government: unit teams, TPI, assistance teams and officials. No name is anybody's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from assessments.demo.accounts import ACCOUNTS, Account, account_for
from units.models import Agency, Decree, Membership, Team, TeamAssignment, TeamMember, Unit, User

SINCE = date(2024, 1, 2)
# Part -> how an invented person of it is called, and how the usernames begin.
TITLES = {
    "operator": ("Operator Contoh", "operator"),
    "head": ("Kepala Unit Contoh", "kepala"),
    "member": ("Anggota TPI Contoh", "anggota"),
    "lead": ("Ketua Tim Contoh", "ketua"),
    "controller": ("Pengendali Teknis Contoh", "pengendali"),
    "assistant": ("Asisten Contoh", "asisten"),
    "inspector": ("Inspektur Contoh", "inspektur"),
    "reader": ("Pembaca Contoh", "pembaca"),
    "admin": ("Administrator Contoh", "admin"),
}
# The pokja of a unit's second and third operator, as numbers of areas.
POKJA = ("", "135", "246")
TPI_BODIES = ("Bagian Organisasi", "BKPSDM", "Bappeda")
ASSISTANCE_BODIES = ("Inspektorat", "Bagian Organisasi", "BKPSDM", "Bappeda", "Diskominfo")
TPI_UNITS = {"kalteng": 8, "kalsel": 5}
TPI_UNITS_ELSEWHERE = 10
ASSISTED = ("kobar",)
ASSISTED_UNITS = 5
MANY_UNITS = 12


@dataclass(frozen=True)
class Crew:
    """Who works on one unit."""

    head: User
    operators: tuple[User, ...]
    members: tuple[User, ...]
    lead: User
    controller: User
    assistants: tuple[User, ...]

    def operator_for(self, area: int) -> User:
        """Whose pokja an area is; the first operator fills everything else."""
        mine = [user for user, areas in zip(self.operators, POKJA, strict=False) if str(area) in areas]
        return mine[0] if mine else self.operators[0]


@dataclass
class Roster:
    """Collects the people of a government before they are stored together."""

    agency: Agency
    password: str
    now: datetime
    users: list[User] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    team_members: list[TeamMember] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    officials: dict[str, User] = field(default_factory=dict)

    def person(self, part: str, unit: str = "") -> User:
        """A new person; the first of an introduced part gets its account."""
        self.numbers[part] += 1
        title, start = TITLES[part]
        account = account_for(self.agency.code, part, unit)
        taken = account is not None and any(user.username == account.username for user in self.users)
        introduced: Account | None = None if taken else account
        user = User(
            username=introduced.username if introduced else f"{start}-{self.numbers[part]}.{self.agency.code}",
            full_name=f"{title} {self.numbers[part]}",
            password=self.password,
            is_demo=True,
            demo_note=introduced.note if introduced else "",
            date_joined=self.now,
        )
        user.email = f"{user.username}@contoh.example"
        self.users.append(user)
        return user

    def in_unit(self, part: str, unit: Unit, areas: str = "") -> User:
        role = Membership.Role.UNIT_HEAD if part == "head" else Membership.Role.UNIT_MEMBER
        user = self.person(part, unit.code)
        self._join(user, role, unit, areas)
        return user

    def official(self, role: Membership.Role) -> User:
        user = self.officials[role.value] = self.person(role.value)
        self._join(user, role)
        return user

    def in_team(self, part: str, team: Team, role: TeamMember.Role, home_body: str) -> User:
        user = self.person(part)
        self.team_members.append(
            TeamMember(team=team, user=user, role=role, home_body=home_body, valid_from=SINCE),
        )
        return user

    def store(self) -> None:
        """Introduced accounts first, in their order: the log-in page lists them as they were made."""
        order = {account.username: position for position, account in enumerate(ACCOUNTS)}
        self.users.sort(key=lambda user: order.get(user.username, len(order)))
        User.objects.bulk_create(self.users)
        Membership.objects.bulk_create(self.memberships)
        TeamMember.objects.bulk_create(self.team_members)

    def _join(self, user: User, role: Membership.Role, unit: Unit | None = None, areas: str = "") -> None:
        self.memberships.append(
            Membership(user=user, role=role, agency=self.agency, unit=unit, areas=areas, valid_from=SINCE)
        )


def populate(roster: Roster, units: Sequence[Unit], decrees: dict[str, Decree]) -> dict[str, Crew]:
    """Store everybody; unit code -> crew, for these units, which build ZI."""
    agency = roster.agency
    for role in (Membership.Role.INSPECTOR, Membership.Role.READER, Membership.Role.ADMIN):
        roster.official(role)
    evaluators = _tpi(roster, units, decrees)
    assistants = _assistance(roster, units, decrees) if agency.code in ASSISTED else {}
    pokja = POKJA if len(units) <= MANY_UNITS else POKJA[:2]
    crews = {}
    for unit in units:
        head = roster.in_unit("head", unit)
        unit.head_name = head.full_name
        operators = tuple(roster.in_unit("operator", unit, areas) for areas in pokja)
        members, lead, controller = evaluators[unit.code]
        crews[unit.code] = Crew(head, operators, members, lead, controller, assistants.get(unit.code, ()))
    roster.store()
    Unit.objects.bulk_update(units, ["head_name"])
    return crews


def _tpi(
    roster: Roster, units: Sequence[Unit], decrees: dict[str, Decree]
) -> dict[str, tuple[tuple[User, ...], User, User]]:
    size = TPI_UNITS.get(roster.agency.code, TPI_UNITS_ELSEWHERE)
    names = {unit.name for unit in units}
    # Nobody evaluates the body that they come from.
    bodies = tuple("Inspektorat" if body in names else body for body in TPI_BODIES)
    found: dict[str, tuple[tuple[User, ...], User, User]] = {}
    for number, part in enumerate(_parts(units, size), 1):
        team = _team(roster.agency, Team.Kind.TPI, f"TPI Tim {_roman(number)}", decrees["tpi"], part)
        controller = roster.in_team("controller", team, TeamMember.Role.CONTROLLER, "Inspektorat")
        lead = roster.in_team("lead", team, TeamMember.Role.LEAD, "Inspektorat")
        members = tuple(roster.in_team("member", team, TeamMember.Role.MEMBER, body) for body in bodies)
        found |= {unit.code: (members, lead, controller) for unit in part}
    return found


def _assistance(roster: Roster, units: Sequence[Unit], decrees: dict[str, Decree]) -> dict[str, tuple[User, ...]]:
    found: dict[str, tuple[User, ...]] = {}
    for number, part in enumerate(_parts(units, ASSISTED_UNITS), 1):
        kind = Team.Kind.ASSISTANCE
        team = _team(roster.agency, kind, f"Tim Asistensi {_roman(number)}", decrees["assistance"], part)
        people = tuple(
            roster.in_team("assistant", team, TeamMember.Role.MEMBER if position else TeamMember.Role.LEAD, body)
            for position, body in enumerate(ASSISTANCE_BODIES)
        )
        found |= {unit.code: people for unit in part}
    return found


def _team(agency: Agency, kind: Team.Kind, name: str, decree: Decree, units: Sequence[Unit]) -> Team:
    team = Team.objects.create(agency=agency, kind=kind, name=name, decree=decree)
    TeamAssignment.objects.bulk_create(TeamAssignment(team=team, unit=unit) for unit in units)
    return team


def _parts(units: Sequence[Unit], size: int) -> list[Sequence[Unit]]:
    return [units[start : start + size] for start in range(0, len(units), size)]


def _roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]
