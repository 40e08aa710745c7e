"""Jobs that take as long, and end as badly, as a test wants."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress
from drumbeat.web.jobs import job


@job("quick", title="Be quick")
def quick(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    progress(0.5, "half")
    return {"pid": os.getpid(), **arguments}


@job("slow", title="Be slow")
def slow(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    for step in range(600):
        progress(step / 600, f"step {step}")
        time.sleep(0.1)
    return {}


@job("deaf", title="Hear nothing")
def deaf(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    progress(0.1, "deaf from now on")
    time.sleep(60)
    return {}


@job("die", title="Be killed")
def die(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


@job("wrong", title="Fail")
def wrong(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    raise ZeroDivisionError("no such luck")


@job("refuse", title="Refuse")
def refuse(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    raise InputError(Finding("item.csv", "a lot is above zero", "Enter 1", 3, "lot_minimum", "0"))
