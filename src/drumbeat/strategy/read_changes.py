"""Read the changes that initiatives make to the plant."""

from __future__ import annotations

import json

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.change import Change
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change


def read_changes(snapshot: Snapshot, codes: list[str]) -> dict[str, list[Change]]:
    """Read the changes of initiatives, in their order.

    Parameters
    ----------
    codes
        Initiatives.

    Returns
    -------
    The changes by initiative; an empty list where it has none.

    Raises
    ------
    InputError
        When a change cannot be read; all at once.
    """
    found: dict[str, list[Change]] = {code: [] for code in codes}
    findings = Findings()
    for initiative, text in (
        snapshot["initiative_change"].sort("initiative", "position").select("initiative", "change").iter_rows()
    ):
        if initiative not in found:
            continue
        try:
            plain = json.loads(text)
            found[initiative].append(restore_change(plain))
        except (ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                findings.merge(error.findings)
                continue
            rule, remedy = "a change is written as JSON", "Correct it in the table initiative_change"
            findings.add(
                Finding("initiative_change", rule, remedy, column="change", value=f"{initiative}: {text[:60]}")
            )
    findings.raise_on_errors()
    return found
