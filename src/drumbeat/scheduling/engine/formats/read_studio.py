"""Read published instances of studios: talent scheduling and projects with multi-skilled people, as MiniZinc data."""

from __future__ import annotations

import json
import re

import numpy as np

from drumbeat.basics.arrays import Int64s, Texts
from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import (
    FAR_FUTURE,
    FINISH_START,
    Jobs,
    Links,
    Modes,
    Problem,
    Resources,
    Skills,
    Tasks,
)

HOUR = 3600


def _refuse(name: str, column: str, rule: str, value: str | None = None) -> InputError:
    return InputError(Finding(name, rule, "Check that this is the right format", column=column, value=value))


def _field(text: str, key: str, name: str) -> str:
    """The right side of `key = ...;`, comments left out."""
    found = re.search(rf"(?:^|[;\s]){key}\s*=\s*([^;]*);", text)
    if found is None:
        raise _refuse(name, key, f"an instance says what {key} is")
    return found[1]


def _strip(text: str) -> str:
    return "\n".join(line.split("%")[0] for line in text.splitlines())


def _numbers(text: str, key: str, size: int, name: str) -> Int64s:
    """A list or table of whole numbers of 0 or more."""
    body = _field(text, key, name)
    if re.search(r"[^\d\s,|\[\]]", body):
        raise _refuse(name, key, "a list is of whole numbers of 0 or more", body.strip()[:60])
    numbers = [int(word) for word in re.findall(r"\d+", body)]
    if len(numbers) != size:
        raise _refuse(name, key, f"{key} has {size} numbers", str(len(numbers)))
    return np.array(numbers, dtype=np.int64)


def _count(text: str, key: str, name: str) -> int:
    return int(_numbers(text, key, 1, name)[0])


def _sets(text: str, key: str, size: int, most: int, name: str) -> list[list[int]]:
    """A list of sets of numbers from 1 to `most`, made 0-based."""
    body = _field(text, key, name)
    parts = [part or span for part, span in re.findall(r"\{([^}]*)\}|(\d+\s*\.\.\s*\d+)", body)]
    found = []
    for part in parts:
        ends = part.split("..")
        members = range(int(ends[0]), int(ends[1]) + 1) if len(ends) == 2 else map(int, re.findall(r"\d+", part))
        found.append([number - 1 for number in members])
    if len(found) != size or any(not 0 <= number < most for row in found for number in row):
        raise _refuse(name, key, f"{key} has {size} sets of numbers from 1 to {most}")
    return found


def _names(letter: str, size: int) -> Texts:
    return np.array([f"{letter}{i + 1}" for i in range(size)], dtype=np.object_)


def _free_tasks(keys: Texts) -> Tasks:
    n = len(keys)
    none, zero = np.full(n, -1, np.int32), np.zeros(n, np.int64)
    return Tasks(keys, np.zeros(n, np.int32), zero, none, np.zeros(n, np.bool_), np.full(n, -1, np.int64), none)


def _one_job(key: str) -> Jobs:
    return Jobs(
        np.array([key], dtype=np.object_), np.array([FAR_FUTURE], np.int64), np.ones(1), np.zeros(1, dtype=np.int64)
    )


def _open_resources(keys: Texts, hold_pay: list[float]) -> Resources:
    r = len(keys)
    none = np.full(r, -1, np.int32)
    return Resources(keys, none, np.ones(r, np.int32), none, none, hold_pay=np.array(hold_pay, dtype=np.float64))


def make_talent_problem(plays: Int64s, pay: Int64s, hours: Int64s) -> Problem:
    """Make a talent scheduling problem: scenes one after the other on one set.

    Parameters
    ----------
    plays
        Shape (A, S): 1 where an actor is in a scene.
    pay
        Shape (A,): pay per hour from an actor's first to his last scene.
    hours
        Shape (S,): length of each scene.

    Returns
    -------
    Problem
        Resource 0 is the set, the others are the actors; the objective is all pay, that for work included.
    """
    num_actors, num_scenes = plays.shape
    held = [[0, *(np.flatnonzero(plays[:, scene]) + 1).tolist()] for scene in range(num_scenes)]
    flat = [resource for row in held for resource in row]
    return Problem(
        _one_job("FILM"),
        _free_tasks(_names("SCENE ", num_scenes)),
        Modes(
            np.arange(num_scenes + 1, dtype=np.int64),
            hours * HOUR,
            np.zeros(num_scenes, np.int64),
            np.concatenate(([0], np.cumsum([len(row) for row in held]))).astype(np.int64),
            np.array(flat, np.int32),
            np.ones(len(flat), np.int32),
        ),
        _open_resources(np.concatenate((["SET"], _names("ACTOR ", num_actors))).astype(np.object_), [0.0, *pay]),
        objective=Objective(tardiness=0.0, hold_pay=1.0),
    )


def read_talent(text: str, name: str = "talent") -> Problem:
    """Read a talent scheduling instance in MiniZinc data: numScenes, numActors, ia (who is in which scene), c (pay per
    unit of time), d (lengths); one unit of time is one hour, so that `Worth.hold_pay` is the instance's total.

    Raises
    ------
    InputError
        Where something is missing or a table has the wrong size.
    """
    text = _strip(text)
    num_scenes, num_actors = _count(text, "numScenes", name), _count(text, "numActors", name)
    plays = _numbers(text, "ia", num_scenes * num_actors, name).reshape(num_actors, num_scenes)
    return make_talent_problem(plays, _numbers(text, "c", num_actors, name), _numbers(text, "d", num_scenes, name))


def read_talent_json(text: str, name: str = "talent") -> dict[str, Problem]:
    """Read CSPLib's problem 39 as JSON: for each film `appears` (actors x scenes), `pay` and `duration`, in hours.

    Raises
    ------
    InputError
        Where a film lacks something or a table has the wrong size.
    """
    films = {}
    for film, row in json.loads(text).items():
        try:
            plays, pay, hours = (np.array(row[key], dtype=np.int64) for key in ("appears", "pay", "duration"))
        except (KeyError, ValueError, TypeError):
            raise _refuse(name, film, "a film has the tables appears, pay and duration, all of numbers") from None
        if plays.shape != (len(pay), len(hours)):
            raise _refuse(name, film, "appears has a row for each pay and a column for each duration")
        films[film] = make_talent_problem(plays, pay, hours)
    return films


def read_mspsp(text: str, name: str = "mspsp") -> Problem:
    """Read a multi-skill project in MiniZinc data: n_skills, n_workers, has_skills, n_tasks, d, rr (heads of each skill
    that a task needs) and suc (successors); makespan is the objective, one unit is one second.

    Raises
    ------
    InputError
        Where something is missing, a table has the wrong size, or a number is out of range.
    """
    text = _strip(text)
    num_skills, num_workers = _count(text, "n_skills", name), _count(text, "n_workers", name)
    n = _count(text, "n_tasks", name)
    able = _sets(text, "has_skills", num_workers, num_skills, name)
    after = _sets(text, "suc", n, n, name)
    heads = _numbers(text, "rr", num_skills * n, name).reshape(num_skills, n).T
    who = [[worker for worker in range(num_workers) if skill in able[worker]] for skill in range(num_skills)]
    needs = heads > 0
    pairs = [(task, follower) for task in range(n) for follower in after[task]]
    zero = np.zeros(n, np.int64)
    return Problem(
        _one_job("PROJECT"),
        _free_tasks(_names("T", n)),
        Modes(
            np.arange(n + 1, dtype=np.int64), _numbers(text, "d", n, name), zero, np.zeros(n + 1, np.int64),
            np.zeros(0, np.int32), np.zeros(0, np.int32),
        ),
        _open_resources(_names("W", num_workers), []),
        Links(
            np.array([pair[0] for pair in pairs], np.int32),
            np.array([pair[1] for pair in pairs], np.int32),
            np.full(len(pairs), FINISH_START, np.int32),
            np.zeros(len(pairs), np.int64),
        ),
        skills=Skills(
            _names("S", num_skills),
            np.concatenate(([0], np.cumsum([len(row) for row in who]))).astype(np.int64),
            np.array([worker for row in who for worker in row], np.int32),
            np.concatenate(([0], np.cumsum(needs.sum(axis=1)))).astype(np.int64),
            np.nonzero(needs)[1].astype(np.int32),
            heads[needs].astype(np.int32),
        ),
        objective=Objective(tardiness=0.0, makespan=1.0),
    )  # fmt: skip
