"""Keep what-ifs: open one from a list of changes, find it again, say what is wrong with it on today's data.

Any room that proposes changes opens a what-if with one call; `docs/what-if.md` tells of the address that does the same.

>>> from drumbeat.data.what_if import open_what_if
>>> what_if = open_what_if("A second press", [AddMachine("PRESS-2", like="PRESS-1")])   # doctest: +SKIP
>>> what_if.code                                                                        # doctest: +SKIP
'a-second-press'
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

from drumbeat.accounts.permissions import sites_of
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.change import Change
from drumbeat.data.models import WhatIf
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange, place_findings, restore_change, restore_changes

MOST_CHANGES = 1000
"""Changes of one what-if at most."""

CODE_STEM = 80


def open_what_if(
    name: str,
    changes: Sequence[Change | Mapping[str, Any]],
    *,
    note: str = "",
    site: str = "",
    origin: str = "",
    author: Any = None,
) -> WhatIf:
    """Store a named list of changes; its page is `/what-if/<code>/`.

    Whether the changes fit the data is not asked here (`check_what_if`): an idea may come before what it changes.

    Parameters
    ----------
    name
        Name for people; the code is made of it.
    changes
        Changes, or their plain values (`to_json`), in the order in which they are made; at most `MOST_CHANGES`.
    note, origin
        Why; address of the page that it came from, for the way back.
    site
        Code of the site that it is about; "" = all sites.
    author
        User who made it; None = a program.

    Raises
    ------
    InputError
        When a change cannot be restored, or name and note are too long or missing; with all findings.
    """
    rows = store_changes(changes)
    now = timezone.now()
    what_if = WhatIf(
        name=name.strip(), note=note.strip(), site=site, origin=origin[:200], author=author, changes=rows,
        created_at=now, changed_at=now,
    )  # fmt: skip
    stem = slugify(name)[:CODE_STEM].strip("-_") or "what-if"
    for number in itertools.count(1):
        what_if.code = stem if number == 1 else f"{stem}-{number}"
        if WhatIf.objects.filter(code=what_if.code).exists():
            continue
        _check_texts(what_if)
        try:
            with transaction.atomic():
                what_if.save(force_insert=True)
        except IntegrityError:  # somebody else took the code at the same moment
            continue
        break
    return what_if


def edit_what_if(what_if: WhatIf, changes: Sequence[Change | Mapping[str, Any]] | None = None, **texts: str) -> None:
    """Store other changes, or another name, note or site, of a what-if as it was read.

    Raises
    ------
    InputError
        As `open_what_if`, or when somebody changed it since it was read; the stored what-if is then as it was.
    """
    stored = WhatIf.objects.filter(pk=what_if.pk, changed_at=what_if.changed_at)
    if changes is not None:
        what_if.changes = store_changes(changes)
    for name, text in texts.items():
        setattr(what_if, name, text.strip())
    _check_texts(what_if)
    what_if.changed_at = timezone.now()
    values = {name: getattr(what_if, name) for name in ("changes", "changed_at", *texts)}
    if not stored.update(**values):
        raise InputError(
            Finding("what-if", "nobody changed it since you saw it", "Look at it again", value=what_if.code)
        )


def _check_texts(what_if: WhatIf) -> None:
    try:
        what_if.clean_fields(exclude=["author", "changes"])
    except ValidationError as error:
        findings = Findings()
        for column, messages in error.message_dict.items():
            for message in messages:
                rule = str(message).rstrip(".")
                findings.add(Finding("what-if", rule, "Correct it", column=column))
        raise InputError(findings) from error


def store_changes(changes: Sequence[Change | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Turn changes, or their plain values, into plain values of today's versions that are sure to be read back.

    Raises
    ------
    InputError
        With the findings of all that cannot be.
    """
    if len(changes) > MOST_CHANGES:
        rule, remedy = f"a what-if has at most {MOST_CHANGES} changes", "Split it in parts"
        raise InputError(Finding("what-if", rule, remedy, value=str(len(changes))))
    rows: list[Any] = [one.to_json() if isinstance(one, StoredChange) else one for one in changes]
    return [one.to_json() for one in restore_changes(rows) if isinstance(one, StoredChange)]


def what_ifs_of(user: Any) -> QuerySet[WhatIf]:
    """Return the what-ifs that a user may see: those of the own sites; for a role at all sites, all."""
    sites = sites_of(user)
    rows = WhatIf.objects.select_related("author")
    return rows if sites is None else rows.filter(site__in=sites)


def find_what_if(word: str) -> WhatIf | None:
    """Return the what-if of that code, or else the newest of that name; None where there is none."""
    return WhatIf.objects.filter(code=word).first() or WhatIf.objects.filter(name__iexact=word).first()


def narrow(snapshot: Snapshot, site: str) -> Snapshot:
    """Return the part of a snapshot that a what-if of this site is about; "" = all of it.

    Raises
    ------
    InputError
        When the site is not in the data any more.
    """
    if not site:
        return snapshot
    if site not in snapshot["site"]["code"]:
        raise InputError(Finding("what-if", "its site exists", "Choose another site", column="site", value=site))
    return snapshot.sites([site])


def check_what_if(snapshot: Snapshot, rows: Sequence[Mapping[str, Any]]) -> Findings:
    """Say what is wrong with stored changes on these data, one made after the other; nothing = they can be made.

    A change that cannot be made is left out for those after it, so that all findings come at once.
    """
    findings = Findings()
    for number, row in enumerate(rows, 1):
        try:
            snapshot = snapshot.apply([restore_change(row)])
        except InputError as error:
            findings.extend(place_findings(error.findings, number))
    return findings
