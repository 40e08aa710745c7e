"""The board's data: a schedule as typed columns in one body that a browser reads without parsing.

The body is a uint32 length, a JSON header of that length padded to four bytes, and the columns that the header
names, little-endian int32 or float32. Times are seconds after `origin`. `static/scheduling/board/data.js` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from django.db import connection
from numpy.typing import NDArray

from drumbeat.orders.models import Order
from drumbeat.plant.models import Item, Line, Operation, Resource, Site
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask
from drumbeat.scheduling.open_times import read_open_times

NOTHING = -(2**31)
"""No such time."""

STATES = ["planned", "firm", "released", "started", "done", "cancelled"]
DRAWN_IDLE = ("machine", "room", "subcontractor")
"""Kinds of resource that have a row even when nothing is scheduled on them."""

Columns = dict[str, NDArray[Any]]


def pack_board(schedule: Schedule, sites: Collection[str] | None = None, times: pl.DataFrame | None = None) -> bytes:
    """Pack the tasks of a schedule for the board.

    Parameters
    ----------
    schedule
        The schedule.
    sites
        Codes of the sites whose resources are wanted; None = all.
    times
        task, start, end (Unix seconds): when tasks run instead, e.g. in one replication of the twin; tasks that it does
        not name are left out. None = as scheduled.

    Returns
    -------
    The body described above; with no tasks and no rows when nothing may be seen.
    """
    tasks = read_tasks(schedule.pk)
    if times is not None:
        tasks = tasks.drop("start", "end").join(times.select("task", "start", "end"), on="task", how="inner")
    rows = _read_rows(set(tasks["resource"].unique()), sites)
    tasks = tasks.join(rows.select("resource", "row"), on="resource", how="inner").sort("row", "start", "end", "task")
    origin = int(schedule.horizon_start.timestamp())
    first = int(tasks["start"].min() or origin)  # type: ignore[arg-type]
    last = int(tasks["end"].max() or origin + 86_400)  # type: ignore[arg-type]
    horizon = (min(first, origin), max(last, origin + 3_600))
    codes = tasks["order"].unique(maintain_order=True)
    order_header, order_columns = _pack_orders(schedule.pk, codes, origin)
    if times is not None:
        _move_ends(order_columns, tasks, codes, origin)
    operations = tasks["operation"].unique(maintain_order=True)
    notes = [note for note in tasks["note"].unique(maintain_order=True) if note]
    names = dict(Operation.objects.exclude(name="").values_list("code", "name"))
    calendar_of, calendar_columns = _pack_calendars(rows, horizon, origin)
    columns: Columns = {
        "row": tasks["row"].to_numpy(),
        "order": _index(tasks["order"], codes),
        "operation": _index(tasks["operation"], operations),
        "start": tasks["start"].to_numpy() - origin,
        "setup": tasks["setup"].to_numpy(),
        "end": tasks["end"].to_numpy() - origin,
        "quantity": tasks["quantity"].to_numpy().astype(np.float32),
        "note": _index_some(tasks["note"], notes),
        "batch": _index_some(tasks["batch"], tasks["batch"].unique(maintain_order=True).to_list()),
        **order_columns,
        **calendar_columns,
    }
    header = {
        "schedule": schedule.pk,
        "origin": origin,
        "now": 0,
        "horizon": [moment - origin for moment in horizon],
        "states": STATES,
        "notes": notes,
        "operations": [names.get(code) or code for code in operations],
        **_pack_rows(rows, calendar_of),
        **order_header,
    }
    return _join(header, columns)


def _seconds(column: str) -> str:
    """SQL for a stored moment as Unix seconds: cheaper than making a datetime of each."""
    if connection.vendor == "sqlite":
        return f"CAST(strftime('%%s', {column}) AS INTEGER)"
    return f"CAST(EXTRACT(EPOCH FROM {column}) AS BIGINT)"


def read_tasks(schedule: int) -> pl.DataFrame:
    """Read a schedule's tasks: task, order, operation, resource, quantity, start, setup, end, note, batch.

    Times are Unix seconds; the note is that of the setup.
    """
    table = ScheduledTask._meta.db_table
    query = (
        f'SELECT task, "order", operation, resource, quantity, {_seconds("starts_at")}, setup_seconds, '  # noqa: S608
        f"{_seconds('ends_at')}, setup_note, batch FROM {table} WHERE schedule_id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [schedule])
        found = cursor.fetchall()
    text, whole = pl.String(), pl.Int64()
    return pl.DataFrame(
        found,
        schema={
            "task": text, "order": text, "operation": text, "resource": text, "quantity": pl.Float64(),
            "start": whole, "setup": whole, "end": whole, "note": text, "batch": text,
        },
        orient="row",
    )  # fmt: skip


def _read_rows(used: set[str], sites: Collection[str] | None) -> pl.DataFrame:
    """One row a resource, grouped by site and line; resources that are no longer stored come last."""
    lines = dict(Line.objects.values_list("code", "name"))
    places = {code: (name or code, zone) for code, name, zone in Site.objects.values_list("code", "name", "time_zone")}
    rows: list[tuple[Any, ...]] = []
    known = set()
    stored = Resource.objects.values_list("code", "name", "site_id", "line_id", "kind", "calendar_id", "capacity")
    for code, name, site, line, kind, calendar, capacity in stored:
        known.add(code)
        if (sites is not None and site not in sites) or (code not in used and kind not in DRAWN_IDLE):
            continue
        place, zone = places[site]
        group = f"{place} · {lines.get(line) or line}" if line else place
        rows.append((code, name or code, site, group, zone, calendar, capacity))
    if sites is None:
        rows += [(code, code, "", "No longer in the data", "UTC", None, 1) for code in sorted(used - known)]
    names = ["resource", "name", "site", "group", "zone", "calendar", "capacity"]
    types = dict(zip(names, [pl.String()] * 6 + [pl.Int64()], strict=True))
    return (
        pl.DataFrame(rows, schema=types, orient="row")
        .sort(pl.col("site") == "", "site", "group", "resource")
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int32))
    )


def _index(values: pl.Series, known: pl.Series) -> NDArray[np.int32]:
    """Position of each value among the known ones."""
    place = {value: index for index, value in enumerate(known)}
    return np.fromiter((place[value] for value in values), dtype=np.int32, count=len(values))


def _index_some(values: pl.Series, known: list[str]) -> NDArray[np.int32]:
    """Position of each value among the known ones; -1 for an empty one."""
    place = {value: index for index, value in enumerate(known) if value}
    return np.fromiter((place.get(value, -1) for value in values), dtype=np.int32, count=len(values))


def _pack_rows(rows: pl.DataFrame, calendar_of: list[int]) -> dict[str, Any]:
    groups = rows.select("site", "group", "zone").unique(maintain_order=True)
    place = {(site, group): index for index, (site, group, _) in enumerate(groups.iter_rows())}
    zones = rows.group_by("zone", maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    return {
        "zone": zones["zone"][0] if rows.height else "UTC",
        "groups": [{"site": site, "name": group, "zone": zone} for site, group, zone in groups.iter_rows()],
        "resources": {
            "code": rows["resource"].to_list(),
            "name": rows["name"].to_list(),
            "group": [place[pair] for pair in rows.select("site", "group").iter_rows()],
            "calendar": calendar_of,
            "capacity": rows["capacity"].to_list(),
        },
    }


WORK = ("run", "setup")
PLAIN = {"calendar": "closed hours", "release": "its release", "turn": "its turn", "lag": "time between operations"}


def _longest_wait(waits: list[dict[str, Any]]) -> tuple[str, int]:
    """Cause and seconds of what an order waits for longest, work and setup aside; ("", 0) when it only works."""
    total: dict[str, int] = {}
    for wait in waits:
        if wait["cause"] not in WORK:
            total[wait["cause"]] = total.get(wait["cause"], 0) + int(wait["seconds"])
    if not total:
        return "", 0
    cause = max(total, key=lambda one: total[one])
    return PLAIN.get(cause, cause), total[cause]


def _pack_orders(schedule: int, codes: pl.Series, origin: int) -> tuple[dict[str, Any], Columns]:
    wanted = set(codes)
    stored = ScheduledOrder.objects.filter(schedule=schedule)
    found = {
        code: rest
        for code, *rest in stored.values_list("order", "item", "due_at", "ends_at", "late_seconds", "waits")
        if code in wanted
    }
    states = dict(Order.objects.values_list("code", "state"))
    items: dict[str, int] = {}
    texts: dict[str, int] = {}
    table = np.empty((len(codes), 7), dtype=np.int64)
    for index, code in enumerate(codes):
        item, due, end, late, waits = found.get(code, ("", None, None, 0, []))
        cause, wait = _longest_wait(waits)
        table[index] = (
            items.setdefault(item, len(items)) if item else -1,
            NOTHING if due is None else int(due.timestamp()) - origin,
            NOTHING if end is None else int(end.timestamp()) - origin,
            late,
            STATES.index(states.get(code, "planned")),
            texts.setdefault(cause, len(texts)) if cause else -1,
            wait,
        )
    names = ["item", "due", "finish", "late", "state", "cause", "wait"]
    known = {code: (name, unit) for code, name, unit in Item.objects.values_list("code", "name", "unit")}
    header = {
        "orders": {"code": codes.to_list()},
        "items": {
            "code": list(items),
            "name": [known.get(item, ("", ""))[0] for item in items],
            "unit": [known.get(item, ("", ""))[1] for item in items],
        },
        "texts": list(texts),
    }
    return header, {f"order_{name}": table[:, column] for column, name in enumerate(names)}


def _move_ends(columns: Columns, tasks: pl.DataFrame, codes: pl.Series, origin: int) -> None:
    """Let orders end, and be late, as the tasks in sight do."""
    ends = tasks.group_by("order", maintain_order=True).agg(pl.col("end").max())
    place = dict(zip(ends["order"], ends["end"], strict=True))
    finish = np.array([place[code] - origin for code in codes], dtype=np.int64)
    due = columns["order_due"]
    columns["order_finish"] = finish
    columns["order_late"] = np.where(due == NOTHING, 0, np.maximum(finish - due, 0))


def _pack_calendars(rows: pl.DataFrame, horizon: tuple[int, int], origin: int) -> tuple[list[int], Columns]:
    """Open times of each calendar in each time zone, and which of them a row follows (-1: always open)."""
    start = datetime.fromtimestamp(horizon[0], UTC)
    pairs = [pair for pair in rows.select("calendar", "zone").iter_rows() if pair[0]]
    places = {pair: index for index, pair in enumerate(dict.fromkeys(pairs))}
    times = read_open_times(list(places), start, horizon[1] - horizon[0])
    starts, ends = [times[pair].open_start for pair in places], [times[pair].open_end for pair in places]
    shift = horizon[0] - origin
    empty = np.zeros(0, dtype=np.int64)
    columns = {
        "calendar_ptr": np.cumsum([0, *map(len, starts)]),
        "open_start": np.concatenate([empty, *starts]) + shift,
        "open_end": np.concatenate([empty, *ends]) + shift,
    }
    return [places.get(pair, -1) for pair in rows.select("calendar", "zone").iter_rows()], columns


def _join(header: dict[str, Any], columns: Columns) -> bytes:
    kinds = {name: "f4" if values.dtype == np.float32 else "i4" for name, values in columns.items()}
    header["columns"] = [[name, kinds[name], len(values)] for name, values in columns.items()]
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    parts = [len(text).to_bytes(4, "little"), text]
    for name, values in columns.items():
        if kinds[name] == "i4":
            values = np.clip(values, NOTHING, 2**31 - 1)
        parts.append(values.astype(f"<{kinds[name]}").tobytes())
    return b"".join(parts)
