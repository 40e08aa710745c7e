"""What others wrote is what they published, with its licence."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

import drumbeat.web

VENDOR = Path(drumbeat.web.__file__).parent / "static" / "web" / "vendor"
FILES = tomllib.loads((VENDOR / "VENDORED.toml").read_text(encoding="utf-8"))["file"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["path"])
def test_file_is_as_it_was_published(entry: dict[str, str]) -> None:
    assert hashlib.sha256((VENDOR / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert (VENDOR / entry["licence_file"]).stat().st_size > 100


def test_nothing_is_vendored_that_is_not_listed() -> None:
    listed = {entry["path"] for entry in FILES} | {entry["licence_file"] for entry in FILES}
    found = {path.name for path in VENDOR.iterdir()}
    assert found - listed == {"VENDORED.toml", "NOTICE-echarts"}
