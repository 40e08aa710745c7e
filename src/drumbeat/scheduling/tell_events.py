"""A schedule's tasks as entries of a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from drumbeat.scheduling.write_ical import Event


def tell_events(tasks: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Tell tasks, with the columns of `ScheduledTask`, as entries; each task keeps its entry in later schedules."""
    for task in tasks:
        item, operation = task["item"] or "", task["operation"] or ""
        notes = [f"Operation {operation}" if operation else ""]
        notes.append(f"{task['quantity']:g} × {item}" if item else "")
        if task["setup_seconds"]:
            notes.append(f"Setup {task['setup_seconds'] / 60:.0f} min {task['setup_note'] or ''}".strip())
        notes.append(f"Takes {task['material_note']}" if task["material_note"] else "")
        if task["due_at"] is not None:
            notes.append(f"Order due {task['due_at']:%Y-%m-%d %H:%M} UTC")
        yield Event(
            str(task["task"]),
            f"{task['order']} {item}".strip(),
            str(task["resource"]),
            "\n".join(note for note in notes if note),
            task["starts_at"],
            task["ends_at"],
        )
