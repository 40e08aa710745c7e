"""A schedule as iCalendar (RFC 5545): for the calendars that people already look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

LINE = 75
"""Octets of a line at most; longer ones are folded."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    Parameters
    ----------
    key
        Its identity: the same key in a later file replaces the entry.
    title, place, note
        What people read; `place` is the machine.
    starts_at, ends_at
        Moments with a time zone.
    """

    key: str
    title: str
    place: str
    note: str
    starts_at: datetime
    ends_at: datetime


def write_ical(name: str, events: Iterable[Event], made_at: datetime) -> str:
    """Write a calendar.

    Parameters
    ----------
    name
        What calendar programs show.
    events
        Its entries.
    made_at
        When the schedule was made: later files replace the entries of earlier ones.

    Returns
    -------
    str
        The whole file; its lines end in CR LF.
    """
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Drumbeat//Schedule//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escape(name)}",
    ]  # fmt: skip
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_escape(event.key)}@drumbeat",
            f"DTSTAMP:{_moment(made_at)}",
            f"LAST-MODIFIED:{_moment(made_at)}",
            f"DTSTART:{_moment(event.starts_at)}",
            f"DTEND:{_moment(event.ends_at)}",
            f"SUMMARY:{_escape(event.title)}",
            f"LOCATION:{_escape(event.place)}",
            f"DESCRIPTION:{_escape(event.note)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_fold(line) for line in lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    marks = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\r\n": "\\n", "\n": "\\n", "\r": "\\n"}
    for mark, written in marks.items():
        text = text.replace(mark, written)
    return "".join(letter for letter in text if letter >= " ")


def _fold(line: str) -> str:
    """Cut a line into lines of at most 75 octets; the next ones begin with a space."""
    parts, part, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LINE:
            parts.append(part)
            part, size = "", 1
        part, size = part + letter, size + octets
    parts.append(part)
    return "\r\n ".join(parts) + "\r\n"
