"""The demo company, made once in a process for all tests that only read it."""

from __future__ import annotations

from functools import cache

from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.company import make_company


@cache
def demo_company(size: str = "s", seed: int = 1) -> Snapshot:
    """Frames are never changed in place, so that all tests may share them."""
    return make_company(size, seed)


@cache
def demo_site(code: str = "RAPIDS") -> Snapshot:
    """One site of the small demo company alone: a third of the work where the number of sites proves nothing."""
    return demo_company().sites([code])
