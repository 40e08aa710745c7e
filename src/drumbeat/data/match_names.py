"""Finding the table, column or code that somebody meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

CLOSE = 0.75
"""Similarity (0 to 1) from which a name counts as a misspelling of another."""

MOST_CANDIDATES = 2_000
"""Codes that are compared letter by letter for one suggestion; more would take seconds."""


def fold_name(name: str) -> str:
    """Return a table's or column's name without case, spaces, hyphens and a unit in brackets.

    Examples
    --------
    >>> fold_name(" Setup minutes [min]"), fold_name("Bill-Line")
    ('setup_minutes', 'bill_line')
    """
    bare = re.sub(r"[\[(][^\])]*[\])]\s*$", "", name.strip())
    return re.sub(r"[\s\-_.]+", "_", bare.strip()).strip("_").lower()


def find_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` plainly means, or None: case, spaces and a plural do not matter.

    Examples
    --------
    >>> find_name("BillLines", ["bill_line", "item"])
    'bill_line'
    """
    by_fold = {known_name.replace("_", ""): known_name for known_name in known}
    folded = fold_name(name).replace("_", "")
    singular = [folded, folded.removesuffix("s"), folded.removesuffix("es"), re.sub("ies$", "y", folded)]
    return next((by_fold[word] for word in singular if word in by_fold), None)


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like a misspelt one, or None when none is like it."""
    found = get_close_matches(fold_name(name), list(known), n=1, cutoff=CLOSE)
    return found[0] if found else None


class CodeBook:
    """The codes of a table, ready to suggest the one that a wrong code was meant to be."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = sorted(codes)
        self._by_fold: dict[str, str] | None = None

    def suggest(self, code: str) -> str | None:
        """Return the code most like `code`, or None when none is like it."""
        if self._by_fold is None:
            self._by_fold = {fold_code(known): known for known in self.codes}
        same = self._by_fold.get(fold_code(code))
        if same is not None:
            return same
        near = self.codes
        if len(near) > MOST_CANDIDATES:
            near = [known for known in near if known[:2] == code[:2] and abs(len(known) - len(code)) <= 2]
        best, best_ratio = None, CLOSE
        matcher = SequenceMatcher(b=code)
        for known in near[:MOST_CANDIDATES]:
            matcher.set_seq1(known)
            if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
                ratio = matcher.ratio()
                if ratio > best_ratio:
                    best, best_ratio = known, ratio
        return best


def fold_code(code: str) -> str:
    """Return a code without what people most often get wrong: case, spaces, hyphens and leading zeros.

    Examples
    --------
    >>> fold_code("a-0012") == fold_code("A 12")
    True
    """
    return re.sub(r"0+(?=\d)", "", re.sub(r"[\s\-_./]+", "", code.lower()))
