"""Read published project problems: text in, problem out; one unit of time = one second.

Renewable resources become resources, non-renewable ones budgets, projects jobs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.formats.build_projects import Activity, Aim, Portfolio, Way, build_projects
from drumbeat.scheduling.engine.problem import Problem

_REMEDY = "Check that this is the right format"


def _refuse(name: str, rule: str, value: str = "", row: int | None = None) -> InputError:
    return InputError(Finding(name, rule, _REMEDY, row=row, value=value or None))


class _Numbers:
    """The numbers of a text, taken one after the other; `#` begins a remark."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.words = [word for line in text.splitlines() for word in line.split("#")[0].split()]
        self.next = 0

    def word(self) -> str:
        if self.next >= len(self.words):
            raise _refuse(self.name, "an instance goes on to its last activity", "end of the text")
        self.next += 1
        return self.words[self.next - 1]

    def take(self, least: int = 0) -> int:
        word = self.word()
        try:
            number = int(word)
        except ValueError:
            number = least - 1
        if number < least:
            raise _refuse(self.name, f"a whole number of {least} or more stands here", word)
        return number

    def rows(self, count: int) -> list[int]:
        return [self.take() for _ in range(count)]


def _find(index: int, size: int, name: str) -> int:
    if not 0 <= index < size:
        raise _refuse(name, f"an activity that follows is one of the {size}", str(index + 1))
    return index


def read_patterson(text: str, name: str = "rcp") -> Problem:
    """Read a project in Patterson's format (.rcp): numbers of activities and resources, capacities, then for each
    activity its duration, its units of each resource, and the number and the numbers (from 1) of those after it.

    Raises
    ------
    InputError
        Where a number is missing or wrong, or an activity does not exist.
    """
    numbers = _Numbers(text, name)
    count, num_resources = numbers.take(1), numbers.take()
    capacity = numbers.rows(num_resources)
    activities = []
    for i in range(count):
        seconds, units = numbers.take(), numbers.rows(num_resources)
        after = [_find(numbers.take() - 1, count, name) for _ in range(numbers.take())]
        activities.append(Activity(str(i + 1), 0, [(seconds, dict(enumerate(units)), {})], after))
    return build_projects(Portfolio(activities, capacity), "makespan", name)


def read_psplib(text: str, name: str = "psplib") -> Problem:
    """Read a project in PSPLIB's format: single mode (.sm) or multi-mode (.mm), with non-renewable resources.

    Raises
    ------
    InputError
        Where a section is missing, a row is too short, or resources are doubly constrained.
    """
    activities, capacity, amount = _parse_psplib(text, name)
    return build_projects(Portfolio(activities, capacity, amount), "makespan", name)


def _parse_psplib(text: str, name: str) -> tuple[list[Activity], list[int], list[int]]:
    """Activities, capacities and amounts; the kinds of resources as the text orders them."""
    parts = re.split(r"PRECEDENCE RELATIONS:?|REQUESTS/DURATIONS:?|RESOURCE ?AVAILABILITIES:?", text)
    if len(parts) != 4:
        raise _refuse(name, "there are precedence relations, requests and availabilities")
    header, order, requests, available = parts
    if re.search(r"doubly constrained\s*:\s*[1-9]", header):
        raise _refuse(name, "no resource is doubly constrained", "doubly constrained")
    kinds = re.findall(r"\b([RN])\s*\d+", available)
    levels = [int(word) for line in available.splitlines() for word in line.split() if _is_row(line)]
    if len(levels) != len(kinds):
        raise _refuse(name, f"the {len(kinds)} resources have one availability each", str(levels))
    rows = [[int(word) for word in line.split()] for line in order.splitlines() if _is_row(line)]
    activities = []
    for i, row in enumerate(rows):
        if len(row) < 3 or row[0] != i + 1 or len(row) != row[2] + 3:
            raise _refuse(name, "a relation is a number, its modes, and its followers", " ".join(map(str, row)))
        activities.append(Activity(str(i + 1), 0, [], [_find(j - 1, len(rows), name) for j in row[3:]]))
    index = [sum(kind == other for other in kinds[:k]) for k, kind in enumerate(kinds)]
    current = -1
    for line in filter(_is_row, requests.splitlines()):
        row = [int(word) for word in line.split()]
        if len(row) == len(kinds) + 3:
            current, row = row[0] - 1, row[1:]
        if len(row) != len(kinds) + 2 or not 0 <= current < len(activities):
            raise _refuse(name, "a request is a mode, a duration, and an amount of each resource", line.strip())
        units = {index[k]: amount for k, amount in enumerate(row[2:]) if kinds[k] == "R"}
        taken = {index[k]: amount for k, amount in enumerate(row[2:]) if kinds[k] == "N"}
        activities[current].ways.append((row[1], units, taken))
    lacking = [activity.key for activity, row in zip(activities, rows, strict=True) if len(activity.ways) != row[1]]
    if lacking:
        raise _refuse(name, "an activity has as many modes as its relation says", lacking[0])
    by_kind = [[level for level, kind in zip(levels, kinds, strict=True) if kind == letter] for letter in "RN"]
    return activities, by_kind[0], by_kind[1]


def _is_row(line: str) -> bool:
    return bool(line.strip()) and all(word.isdigit() for word in line.split())


def read_rcmp(text: str, name: str = "rcmp", *, aim: Aim = "makespan") -> Problem:
    """Read a portfolio in MPLIB's format (.rcmp): numbers of projects and resources, capacities, then for each project
    its number of activities and release, which resources it uses, and its activities: duration, units, and followers
    as "project:activity", from 1.

    Parameters
    ----------
    aim
        "makespan" for the last end of all ("total makespan"), "delay" for the sum of the projects' delays against
        their critical paths.

    Raises
    ------
    InputError
        Where a number is missing or wrong, or an activity does not exist.
    """
    numbers = _Numbers(text, name)
    num_projects, num_resources = numbers.take(1), numbers.take()
    capacity = numbers.rows(num_resources)
    release, activities = [], []
    follows: list[list[str]] = []
    place: dict[str, int] = {}
    for p in range(num_projects):
        count = numbers.take()
        release.append(numbers.take())
        numbers.rows(num_resources)
        for i in range(count):
            seconds, units = numbers.take(), numbers.rows(num_resources)
            key = f"{p + 1}:{i + 1}"
            place[key] = len(activities)
            activities.append(Activity(key, p, [(seconds, dict(enumerate(units)), {})]))
            follows.append([numbers.word() for _ in range(numbers.take())])
    for activity, keys in zip(activities, follows, strict=True):
        for key in keys:
            if key not in place:
                raise _refuse(name, 'an activity that follows is one that exists, as "project:activity"', key)
            activity.after.append(place[key])
    return build_projects(Portfolio(activities, capacity, [], release), aim, name)


def read_mista(
    text: str,
    projects: Mapping[str, str] | Callable[[str], str],
    name: str = "mista",
    *,
    aim: Aim = "delay, makespan",
) -> Problem:
    """Read a portfolio of the MISTA 2013 challenge: number of projects; release, critical path and file of each;
    number of resources of a project; capacity of each for all projects together, or -1 where each has its own.

    Parameters
    ----------
    text
        The portfolio.
    projects
        Text of each project, in PSPLIB's format, by the file name that the portfolio gives; or what returns it.
    aim
        The challenge counts the sum of delays first, then the last end of all.

    Raises
    ------
    InputError
        Where a number is missing or wrong, or a project is not there.
    """
    numbers = _Numbers(text, name)
    entries = [(numbers.take(), numbers.take(), numbers.word()) for _ in range(numbers.take(1))]
    shared = [numbers.take(-1) for _ in range(numbers.take())]
    portfolio = Portfolio([], [], [], [entry[0] for entry in entries], [entry[1] for entry in entries])
    common: dict[int, int] = {}
    for p, (_, _, file) in enumerate(entries):
        if isinstance(projects, Mapping) and file not in projects:
            raise _refuse(name, "each project of a portfolio is given", file)
        activities, capacity, amount = _parse_psplib(
            projects[file] if isinstance(projects, Mapping) else projects(file), file
        )
        if len(shared) != len(capacity) + len(amount):
            raise _refuse(name, f"a project has the {len(shared)} resources of its portfolio", file)
        resource = [_share(k, level, shared, portfolio.capacity, common) for k, level in enumerate(capacity)]
        budget = [_share(k, level, shared, portfolio.amount, common) for k, level in enumerate(amount, len(capacity))]
        first = len(portfolio.activities)
        for activity in activities:
            activity.key, activity.project = f"{p + 1}:{activity.key}", p
            activity.ways = [_renumber(way, resource, budget) for way in activity.ways]
            activity.after = [first + after for after in activity.after]
        portfolio.activities += activities
    return build_projects(portfolio, aim, name)


def _share(k: int, own: int, shared: list[int], levels: list[int], common: dict[int, int]) -> int:
    """Return the number of a project's k-th resource among all: that of the common one where it is shared."""
    if shared[k] >= 0 and k in common:
        return common[k]
    levels.append(own if shared[k] < 0 else shared[k])
    if shared[k] >= 0:
        common[k] = len(levels) - 1
    return len(levels) - 1


def _renumber(way: Way, resource: list[int], budget: list[int]) -> Way:
    seconds, units, taken = way
    return seconds, {resource[k]: u for k, u in units.items()}, {budget[k]: q for k, q in taken.items()}


def read_mpsplib(text: str, name: str = "mpsplib", *, aim: Aim = "makespan") -> Problem:
    """Read a portfolio of MPSPLib in JSON: "resources" with name and capacity; "projects" with release, critical_path,
    and activities, each with duration, predecessors (from 0) and demand by the resource's name.

    Parameters
    ----------
    aim
        "makespan" for the last end of all (total makespan), "delay" for the sum of the projects' delays.

    Raises
    ------
    InputError
        Where the text is not JSON, or something is missing or does not exist.
    """
    try:
        data = json.loads(text)
        return build_projects(_parse_mpsplib(data), aim, name)
    except json.JSONDecodeError as error:
        raise _refuse(name, "the text is JSON", error.msg, error.lineno) from None
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise _refuse(
            name, "resources, projects and activities are complete", f"{type(error).__name__} {error}"
        ) from None


def _parse_mpsplib(data: Any) -> Portfolio:
    number = {row["name"]: i for i, row in enumerate(data["resources"])}
    portfolio = Portfolio([], [int(row["capacity"]) for row in data["resources"]], release=[])
    for p, project in enumerate(data["projects"]):
        first, size = len(portfolio.activities), len(project["activities"])
        portfolio.release.append(int(project["release"]))
        portfolio.critical_path.append(int(project["critical_path"]))
        for i, row in enumerate(project["activities"]):
            units = {number[key]: int(amount) for key, amount in row["demand"].items()}
            portfolio.activities.append(Activity(f"{p + 1}:{i + 1}", p, [(int(row["duration"]), units, {})]))
        for i, row in enumerate(project["activities"]):
            for before in row["predecessors"]:
                portfolio.activities[first + range(size)[before]].after.append(first + i)
    return portfolio
