"""Turn frePPLe's resources, pools and skills into resources and what each operation needs of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from drumbeat.data.frepple.build_calendars import Calendars
from drumbeat.data.frepple.build_operations import Way
from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import Row

UNLIMITED = 1_000_000
NEED_LENGTH = 30


@dataclass(frozen=True)
class Choice:
    """A resource that can fill a need of an operation."""

    resource: str
    units: int
    priority: int
    speed: float = 1.0


Needs = dict[str, list[Choice]]
"""Choices by need; one of each need is held."""


@dataclass
class Resources:
    """The resources of the file and how operations ask for them."""

    draft: Draft
    calendars: Calendars
    by_name: dict[str, Row] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    skills: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        book = self.draft.book
        self.by_name = {row.text("name"): row for row in book["resource"]}
        for name, row in self.by_name.items():
            if row.text("owner"):
                self.members[row.text("owner")].append(name)
        for row in book["resourceskill"]:
            self.skills[row.text("resource"), row.text("skill")] = max(int(row.amount("priority", 1)), 1)
            if row.text("effectivestart") or row.text("effectiveend"):
                rule = "a skill has no dates"
                book.note("resourceskill", rule, "It is taken to hold always", row.text("resource"))
        for row in book["operationresource"]:
            if row.text("resource") not in self.by_name:
                row.wrong("resource", "it is one of the resources", "Add the resource, or correct the name")
                continue
            self.asked[row.text("operation")].append(row)

    def leaves(self, pool: str, above: tuple[str, ...] = ()) -> list[str]:
        """Members of a pool, and theirs; the resource itself when it is no pool. A pool within itself is skipped."""
        if pool not in self.members:
            return [pool]
        if pool in above:
            return []
        return [leaf for member in self.members[pool] for leaf in self.leaves(member, (*above, pool))]

    def choices(self, row: Row) -> list[Choice]:
        """Resources that can do what a record asks for, the preferred first; [] when nobody has the skill."""
        pool, skill = row.text("resource"), row.text("skill")
        quantity = row.amount("quantity", 1.0)
        units = max(int(-(-quantity // 1)), 1)
        if units != quantity:
            rule = "it uses a part of a resource"
            self.draft.book.note("operationresource", rule, "It holds a whole one here", row.text("operation"))
        able = [leaf for leaf in self.leaves(pool) if not skill or (leaf, skill) in self.skills]
        ranked = [Choice(leaf, units, self.skills.get((leaf, skill), 1) if skill else 1) for leaf in able]
        return sorted(ranked, key=lambda choice: choice.priority)

    def needs(self, operation: str) -> Needs:
        """What an operation needs: its machine first, then one need for each further record."""
        rows = sorted(self.asked[operation], key=lambda row: row.text("resource") in self.members)
        found: Needs = {}
        groups: dict[str, str] = {}
        for row in rows:
            choices = self.choices(row)
            if not choices:
                rule = f"nobody of {row.text('resource')!r} has the skill {row.text('skill')!r}"
                self.draft.book.note("operationresource", rule, "It is planned without", operation)
                continue
            group = row.text("name") if not row.text("name").isdigit() else ""
            if group and group in groups:
                rank = max(int(row.amount("priority", 1)), 1)
                found[groups[group]] += [Choice(choice.resource, choice.units, rank) for choice in choices]
                continue
            need = "machine" if not found else row.text("resource")[:NEED_LENGTH].strip()
            need = need if need not in found else f"{need[: NEED_LENGTH - 4]} {len(found) + 1}"
            found[need] = choices
            if group:
                groups[group] = need
        return found

    def build(self, ways: list[Way]) -> None:
        """Add every resource that is not a pool of others, with its calendar."""
        places = self._places(ways)
        in_skill = {resource for resource, _ in self.skills}
        for name, row in self.by_name.items():
            if name in self.members:
                rule = "it is a pool of other resources"
                self.draft.book.note("resource", rule, "Its members are carried over", name)
                continue
            site = self.draft.site_of(row) if row.text("location") else places.get(name, self.draft.sites[0])
            size = row.amount("maximum", 1.0)
            if row.text("type") == "infinite":
                size = UNLIMITED
            elif row.text("type").startswith("buckets"):
                rule = "its capacity is given by time buckets"
                self.draft.book.note("resource", rule, "It is taken as a number of tasks at a time", name)
            available = [calendar for calendar in (self._calendar_of(site), row.text("available")) if calendar]
            calendar, capacity = self.calendars.build(available, row.text("maximumcalendar"), size, row)
            matrix = row.text("setupmatrix") or None
            self.draft.add(
                "resource",
                code=name,
                name=row.text("description")[:200],
                site=site,
                kind="person" if name in in_skill else "machine",
                capacity=max(capacity, 1),
                calendar=calendar,
                setup_matrix=matrix if matrix and self.draft.has("setup_matrix", matrix) else None,
                set_up_for=row.text("setup")[:60],
                cost_per_hour=max(row.amount("cost"), 0.0),
            )

    def unlimited(self, site: str) -> str:
        """Resource for work that needs none; it keeps the site's calendar."""
        code = f"No machine @ {site}"
        if not self.draft.has("resource", code):
            row = self.draft.book["location"][0] if self.draft.book["location"] else self.draft.book["operation"][0]
            available = self._calendar_of(site)
            calendar, _ = self.calendars.build([available] if available else [], "", 1, row)
            self.draft.add(
                "resource", code=code, name="Work that holds nothing", site=site, kind="room",
                capacity=UNLIMITED, calendar=calendar,
            )  # fmt: skip
            rule = f"operations at {site!r} that need no resource hold {code!r}"
            self.draft.book.note("operation", rule, "It has room for all of them", code)
        return code

    def _calendar_of(self, site: str) -> str:
        places = {row.text("name"): row.text("available") for row in self.draft.book["location"]}
        return places.get(site, "")

    def _places(self, ways: list[Way]) -> dict[str, str]:
        places: dict[str, str] = {}
        for way in ways:
            for step in [way.main, *way.steps]:
                for row in self.asked[step.text("name")]:
                    for leaf in self.leaves(row.text("resource")):
                        places.setdefault(leaf, way.site)
        return places


def build_setup_matrices(draft: Draft) -> None:
    """Add the changeover times; an empty family means any."""
    for row in draft.book["setupmatrix"]:
        draft.add("setup_matrix", code=row.text("name"))
    for row in sorted(draft.book["setuprule"], key=lambda row: row.amount("priority")):
        matrix = row.text("setupmatrix")
        if not draft.has("setup_matrix", matrix):
            row.wrong("setupmatrix", "it is one of the setup matrices", "Add the matrix, or correct the name")
            continue
        families = {"from_family": row.text("fromsetup") or "*", "to_family": row.text("tosetup") or "*"}
        minutes = row.seconds("duration") / 60
        draft.add("setup_change", setup_matrix=matrix, minutes=minutes, cost=row.amount("cost"), **families)
