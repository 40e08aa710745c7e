"""Write a PDF from a Typst template and plain values: no system library, no network, some hundredths of a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

HOUSE = Path(__file__).resolve().parent.parent
"""Root of what templates may import: the look of all papers is `/data/paper.typ`."""


def write_pdf(template: Path, content: Mapping[str, Any], made_at: datetime) -> bytes:
    """Fill a template and return the PDF; the same content gives the same bytes.

    Parameters
    ----------
    template
        Typst file of the house, which reads its values with `json(bytes(sys.inputs.content))` and takes its look from
        `/data/paper.typ`. It may use only the fonts that come with Typst, so that a paper looks alike on every machine.
    content
        Values that JSON can hold; other ones (days, moments, decimals) are written as text.
    made_at
        Moment that the document says it was made at.
    """
    values = {"content": json.dumps(content, default=str)}
    pdf = typst.compile(
        str(template), root=str(HOUSE), sys_inputs=values, ignore_system_fonts=True,
        timestamp=int(made_at.timestamp()),
    )  # fmt: skip
    return bytes(pdf)
