"""Loads as background jobs: first a check that shows the difference, then, when somebody says so, the storing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from drumbeat.basics.progress import Progress
from drumbeat.data import actions
from drumbeat.data.receive_files import folder_of
from drumbeat.web.jobs import job


@job("check-load", title="Check data")
def check_load(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Check an upload against what is stored; store nothing."""
    return _load(arguments, progress, dry_run=True)


@job("store-load", title="Store data")
def store_load(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Store an upload, all or nothing, and forget its files."""
    result = _load(arguments, progress, dry_run=False)
    shutil.rmtree(folder_of(arguments["token"]), ignore_errors=True)
    return result


def _load(arguments: dict[str, Any], progress: Progress, *, dry_run: bool) -> dict[str, Any]:
    report = actions.load(
        Path(arguments["path"]), remove_absent=arguments["remove_absent"], dry_run=dry_run, progress=progress
    )
    return {"report": report.as_json(), "url": f"/data/load/{arguments['token']}/"}
