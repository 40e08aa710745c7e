"""The one way in which pages send a workbook: frames as sheets, times in one time zone, no formulas."""

from __future__ import annotations

import io
from collections.abc import Mapping

import polars as pl
from django.http import HttpResponse

from drumbeat.data.write_sheets import write_sheets

BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send_sheets(sheets: Mapping[str, pl.DataFrame], name: str, zone: str = "UTC") -> HttpResponse:
    """Answer with frames as the sheets of a workbook to download.

    Parameters
    ----------
    sheets
        By name; see `write_sheets`.
    name
        Name of the file, with its ending.
    zone
        IANA time zone of all moments.
    """
    body = io.BytesIO()
    write_sheets(body, sheets, zone)
    answer = HttpResponse(body.getvalue(), content_type=BOOK)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
