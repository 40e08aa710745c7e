"""The debrief as a PDF, to take along."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from drumbeat.data.write_pdf import write_pdf

TEMPLATE = Path(__file__).resolve().parent / "debrief.typ"


def write_debrief(told: dict[str, Any], made_at: datetime) -> bytes:
    """Return a debrief (`drumbeat.lab.tell_debrief`) as a PDF; the same debrief and moment give the same bytes."""
    return write_pdf(TEMPLATE, told, made_at)
