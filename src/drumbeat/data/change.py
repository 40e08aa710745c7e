"""A change: one typed edit of a snapshot; what-ifs, initiatives, stress tests and Lab decisions are lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import polars as pl

from drumbeat.basics.findings import Findings

Frames = Mapping[str, pl.DataFrame]


class Change(Protocol):
    """One edit of a production system; implemented by small frozen dataclasses in the rooms that own the tables."""

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the change on these frames; nothing = it can be applied."""

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the frames that differ, by table name; the others stay as they are."""
