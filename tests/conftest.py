"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Published instances and real logs that lie beside a developer's checkout; never shipped."""

# Playwright's synchronous API runs an event loop in the test's thread; Django's ORM is used there all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of published instances and real logs; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the published instances and logs in {SHARED}")
    return SHARED
