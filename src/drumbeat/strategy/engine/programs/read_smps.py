"""Read a two-stage program in SMPS: a core in MPS, a time file, and a file of scenarios.

The format is that of Birge, Dempster, Gassmann, Gunn, King and Wallace (1987). Of the stochastic file, the section
SCENARIOS DISCRETE is read: each scenario branches from ROOT and lists what differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from drumbeat.basics.findings import Finding, InputError
from drumbeat.strategy.engine.programs.problem import Scenarios, TwoStageProgram

Fields = list[str]


@dataclass(slots=True)
class _Core:
    """An MPS file while it is read."""

    objective: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    whole: list[bool] = field(default_factory=list)
    entries: list[tuple[str, int, float]] = field(default_factory=list)
    right: dict[str, float] = field(default_factory=dict)
    ranges: dict[str, float] = field(default_factory=dict)
    bounds: list[tuple[str, str, float]] = field(default_factory=list)


def read_smps(core: str, time: str, stoch: str) -> TwoStageProgram:
    """Read a two-stage program from the text of its three files.

    Parameters
    ----------
    core, time, stoch
        Contents of the .cor, .tim and .sto files.

    Returns
    -------
    TwoStageProgram
        Rows and columns in the order of the core.

    Raises
    ------
    InputError
        When a section or a kind of row, bound or future is unknown, or there are other than two periods.
    """
    told = _read_core(core)
    periods = [fields for section, fields in _lines(time) if section == "PERIODS"]
    if len(periods) != 2:
        raise _wrong("time", "a program has two periods", str(len(periods)))
    names = list(told.rows)
    columns_now = told.columns[periods[1][0]]
    rows_now = names.index(periods[1][1])
    row_of = {name: index for index, name in enumerate(names)}
    cost = np.zeros(len(told.columns))
    at: list[tuple[int, int, float]] = []
    for name, column, value in told.entries:
        if name == told.objective:
            cost[column] += value
        else:
            at.append((row_of[name], column, value))
    rows, columns, values = (np.array(part) for part in zip(*at, strict=True))
    matrix = sparse.csr_array((values.astype(float), (rows, columns)), shape=(len(names), len(cost)))
    low, high = _row_bounds(told)
    lower, upper = _column_bounds(told)
    scenarios = _read_scenarios(stoch, told, row_of, rows_now, columns_now, cost, low, high, matrix)
    return TwoStageProgram(
        cost, lower, upper, np.array(told.whole, dtype=bool), matrix, low, high, columns_now, rows_now, scenarios
    )


def _wrong(place: str, rule: str, value: str) -> InputError:
    return InputError(Finding(f"SMPS {place}", rule, "Correct the file", value=value))


def _lines(text: str) -> Iterator[tuple[str, Fields]]:
    """Yield each data line with its section; a section begins in the first column."""
    section = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("*"):
            continue
        fields = line.split()
        if not line[0].isspace():
            section = fields[0].upper()
            if section == "ENDATA":
                return
            continue
        yield section, fields


def _read_core(text: str) -> _Core:
    told, is_whole = _Core(), False
    for section, fields in _lines(text):
        if section == "ROWS":
            kind, name = fields[0].upper(), fields[1]
            if kind not in {"N", "L", "G", "E"}:
                raise _wrong("core", "a row is N, L, G or E", kind)
            if kind == "N":
                told.objective = told.objective or name
            else:
                told.rows[name] = kind
        elif section == "COLUMNS":
            if "'MARKER'" in fields:
                is_whole = "'INTORG'" in fields
                continue
            if fields[0] not in told.columns:
                told.columns[fields[0]] = len(told.columns)
                told.whole.append(is_whole)
            for name, value in zip(fields[1::2], fields[2::2], strict=True):
                told.entries.append((name, told.columns[fields[0]], float(value)))
        elif section in {"RHS", "RANGES"}:
            pairs = fields[len(fields) % 2 :]
            store = told.right if section == "RHS" else told.ranges
            store.update({name: float(value) for name, value in zip(pairs[::2], pairs[1::2], strict=True)})
        elif section == "BOUNDS":
            told.bounds.append((fields[0].upper(), fields[2], float(fields[3]) if len(fields) > 3 else 0.0))
        else:
            raise _wrong("core", "a section is ROWS, COLUMNS, RHS, RANGES or BOUNDS", section)
    return told


def _row_bounds(told: _Core) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.full(len(told.rows), -np.inf), np.full(len(told.rows), np.inf)
    for index, (name, kind) in enumerate(told.rows.items()):
        right = told.right.get(name, 0.0)
        if kind in "LE":
            high[index] = right
        if kind in "GE":
            low[index] = right
        if name in told.ranges:
            width = told.ranges[name]
            if kind == "L" or (kind == "E" and width < 0):
                low[index] = right - abs(width)
            else:
                high[index] = right + abs(width)
    return low, high


def _column_bounds(told: _Core) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = np.zeros(len(told.columns)), np.full(len(told.columns), np.inf)
    for kind, name, value in told.bounds:
        column = told.columns[name]
        if kind in {"UP", "UI"}:
            upper[column] = value
        elif kind in {"LO", "LI"}:
            lower[column] = value
        elif kind == "FX":
            lower[column] = upper[column] = value
        elif kind == "BV":
            lower[column], upper[column], told.whole[column] = 0.0, 1.0, True
        elif kind == "FR" or kind == "MI":
            lower[column] = -np.inf
        elif kind != "PL":
            raise _wrong("core", "a bound is UP, LO, FX, BV, FR, MI or PL", kind)
    return lower, upper


def _read_scenarios(
    text: str, told: _Core, row_of: dict[str, int], rows_now: int, columns_now: int, cost: np.ndarray,
    low: np.ndarray, high: np.ndarray, matrix: sparse.csr_array,
) -> Scenarios:  # fmt: skip
    chances: list[float] = []
    changed: list[dict[tuple[str, str], float]] = []
    for section, fields in _lines(text):
        if section != "SCENARIOS":
            raise _wrong("stoch", "futures are listed as SCENARIOS DISCRETE", section)
        if fields[0].upper() == "SC":
            chances.append(float(fields[3]))
            changed.append({})
            continue
        pairs = zip(fields[1::2], fields[2::2], strict=True)
        changed[-1].update({(fields[0], name): float(value) for name, value in pairs})
    keys = sorted({key for one in changed for key in one})
    size = len(chances)
    later_cost = np.tile(cost[columns_now:], (size, 1))
    later_low, later_high = np.tile(low[rows_now:], (size, 1)), np.tile(high[rows_now:], (size, 1))
    entries = [key for key in keys if key[0] in told.columns and key[1] != told.objective]
    rows = np.array([row_of[name] - rows_now for _, name in entries], dtype=np.int64)
    columns = np.array([told.columns[name] for name, _ in entries], dtype=np.int64)
    own = np.array([matrix[row + rows_now, column] for row, column in zip(rows, columns, strict=True)])
    values = np.tile(own, (size, 1)) if len(entries) else np.zeros((size, 0))
    place = {key: index for index, key in enumerate(entries)}
    for scenario, one in enumerate(changed):
        for (column, name), value in one.items():
            if (column, name) in place:
                values[scenario, place[column, name]] = value
            elif name == told.objective:
                later_cost[scenario, told.columns[column] - columns_now] = value
            else:
                row, kind = row_of[name] - rows_now, told.rows[name]
                later_high[scenario, row] = value if kind in "LE" else later_high[scenario, row]
                later_low[scenario, row] = value if kind in "GE" else later_low[scenario, row]
    return Scenarios(np.array(chances), later_low, later_high, later_cost, rows, columns, values)
