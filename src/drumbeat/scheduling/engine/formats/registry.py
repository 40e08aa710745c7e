"""Which reader reads which family of published instances."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias, cast

from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.problem import Problem

Reader: TypeAlias = Callable[[str, str], Problem]
"""Takes the text of an instance and a name for messages."""

_ENGINE = "drumbeat.scheduling.engine"

FAMILIES: dict[str, tuple[str, str]] = {
    "jsp": ("read_instance", "read_jsp"),
    "jsp_large": ("read_instance", "read_jsp"),
    "jsp_reentrant": ("read_instance", "read_jsp"),
    "fjsp": ("read_instance", "read_fjsp"),
    "fjsp_sdst": ("formats.read_shop_variants", "read_fjsp_sdst"),
    "fajsp": ("formats.read_shop_variants", "read_fajsp"),
    "pfsp": ("formats.read_flow", "read_pfsp"),
    "sdst_pfsp": ("formats.read_flow", "read_sdst_pfsp"),
    "nw_pfsp": ("formats.read_flow", "read_nw_pfsp"),
    "tct_pfsp": ("formats.read_flow", "read_tct_pfsp"),
    "tt_pfsp": ("formats.read_flow", "read_tt_pfsp"),
    "hfsp": ("formats.read_flow", "read_hfsp"),
    "pmp_unrelated": ("formats.read_flow", "read_pmp"),
    "smtwt": ("formats.read_single", "read_smtwt"),
    "smtwt_sdst": ("formats.read_single", "read_smtwt_sdst"),
    "rcpsp": ("formats.read_project", "read_patterson"),
    "mmrcpsp": ("formats.read_project", "read_psplib"),
    "rcmpsp": ("formats.read_project", "read_rcmp"),
}
"""Module and function that read each family of one text an instance, as `best_known.csv` of the benchmarks names it."""


def find_reader(family: str, form: str = "") -> Reader:
    """Return what reads an instance of a family.

    Parameters
    ----------
    family
        One of `FAMILIES`.
    form
        The format in words. Where a file holds many instances it says which: "12-th block" (counted from 1).

    Returns
    -------
    callable
        Takes the file's text and a name for messages; returns the problem, and raises `InputError` where the text
        breaks the format.

    Raises
    ------
    InputError
        When no reader knows the family, or a file of many instances is given without saying which.
    """
    if family not in FAMILIES:
        rule, remedy = "the family of an instance has a reader", f"Use one of {', '.join(FAMILIES)}"
        raise InputError(Finding("instance", rule, remedy, column="family", value=family))
    module, name = FAMILIES[family]
    reader = getattr(import_module(f"{_ENGINE}.{module}"), name)
    if family != "smtwt":
        return cast("Reader", reader)
    block = re.search(r"(\d+)-th block", form)
    if block is None:
        rule, remedy = "a file of many instances says which is meant", 'Write "12-th block" in the format'
        raise InputError(Finding("instance", rule, remedy, column="format", value=form))
    number = int(block[1])
    return lambda text, label: reader(text, number, label)
