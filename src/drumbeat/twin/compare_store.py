"""Find the designs of stored what-ifs, and keep what comparing them gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.models import WhatIf
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import narrow
from drumbeat.twin.compare import ComparisonRun
from drumbeat.twin.compare_read import TODAY, design_of
from drumbeat.twin.measure_design import Design
from drumbeat.twin.models import Comparison

VERDICT_LENGTH = 1000


def find_scope(what_ifs: Sequence[WhatIf]) -> str:
    """Return the code of the one site that all what-ifs are about; "" where they are about several, or all."""
    sites = {one.site for one in what_ifs}
    return sites.pop() if len(sites) == 1 else ""


def read_stored_designs(snapshot: Snapshot, codes: Sequence[str], site: str) -> list[Design]:
    """Make today's design and one of each stored what-if, on the part of the data that a site is.

    Names that two what-ifs share are told apart by their codes.

    Raises
    ------
    InputError
        When a what-if was removed meanwhile, or the site is gone.
    """
    today = narrow(snapshot, site)
    stored = {one.code: one for one in WhatIf.objects.filter(code__in=codes)}
    findings = Findings()
    for code in codes:
        if code not in stored:
            rule, remedy = "a what-if that is compared is stored", "Choose others"
            findings.add(Finding("what-if", rule, remedy, value=code))
    findings.raise_on_errors()
    designs = [Design(TODAY, today, Findings())]
    for code in dict.fromkeys(codes):
        design = design_of(today, stored[code])
        is_taken = design.name in {one.name for one in designs}
        name = f"{design.name} ({code})" if is_taken else design.name
        designs.append(Design(name, design.snapshot, design.findings, code))
    return designs


def save_comparison(run: ComparisonRun, codes: Sequence[str], site: str, user: Any, created_at: datetime) -> Comparison:
    """Store a comparison as its page shows it."""
    today = next((one.snapshot for one in run.designs if one.snapshot is not None), None)
    return Comparison.objects.create(
        created_at=created_at, user=user, site=site, codes=list(codes), version=today.version if today else "",
        verdict=run.verdict[:VERDICT_LENGTH], outcome=run.as_json(),
    )  # fmt: skip
