"""From which value something counts as a weakness, and why from there."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    "bottleneck",
    "near-bottleneck",
    "single machine",
    "single person",
    "shift cover",
    "single source",
    "supplier concentration",
    "maintenance backlog",
    "setup family",
    "supplier spread",
    "structural overtime",
    "recurring escape",
    "shifting bottleneck",
    "skill gap",
    "site concentration",
    "line concentration",
    "weakening system",
    "unsequenced investment",
    "local efficiency",
)
"""Every kind of weakness that is looked for."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value, and the reason for it."""

    value: float
    source: str


LOAD = Threshold(
    0.85,
    "From 85 % load, queues take over five times the work's own time (Kingman's formula, Hopp and Spearman, ch. 8)",
)
SINGLE_MACHINE = Threshold(
    0.2, "A fifth of a site's open work that stops with one machine is more than a usual quarter's reserve (our choice)"
)
SKILL_COVER = Threshold(
    2.0, "Bus factor: below two people who can do the work, one absence stops it (the least redundancy there is)"
)
THIN_SHARE = Threshold(
    0.1, "Thin cover for less than a tenth of the machines' hours is a hand-over, not a shift (our choice)"
)
SINGLE_SOURCE = Threshold(
    0.25, "A quarter of the contribution on one supplier without a second source (our choice; see Simchi-Levi 2015)"
)
CONCENTRATION = Threshold(
    2500.0, "Highly concentrated above an HHI of 2500 (US Horizontal Merger Guidelines 2010, 5.3)"
)
BACKLOG = Threshold(
    2.0,
    "A ready backlog beyond 2 weeks of due work, and still growing, is deferral (SMRP 5.4.9 asks for 2 to 4 at most)",
)
SETUP = Threshold(
    0.15,
    "Above 15 % of its planned time, setups on a constraint cost more output than longer runs cost stock (our choice)",
)
SETUP_CONSTRAINT = Threshold(0.8, "Only a machine that is busy for 80 % of its usable time loses output to setups")
SETUP_CONCENTRATION = Threshold(1.5, "A family that takes half as much again of the setup time as of the run time")
SPREAD = Threshold(1.5, "Measured spread half as much again as planned with breaks a 95 % service level (our choice)")
LEAST_SPREAD_DAYS = 1.0
"""A spread below a day is within the rhythm of goods receipt."""
LEAST_DELIVERIES = 8
"""Fewer deliveries say too little about a spread."""
OVERTIME = Threshold(
    0.1, "Above 10 % of labour hours in 10 of 13 weeks, overtime is no longer a buffer but part of the capacity"
)
OVERTIME_WEEKS = 10
ESCAPES = Threshold(
    4.0,
    "The same cause at the customer in four different weeks of 26: the corrective action did not hold (three come by "
    "chance in one sound plant-year of ten, as made-up plants show)",
)
ESCAPE_WEEKS = 26
SHIFTING = Threshold(
    2.5,
    "With about three machines in turn, no single relief helps, and no release by one constraint works (our choice)",
)
SHIFTING_LOAD = Threshold(0.9, "A fullest machine below 90 % of its usable hours holds nothing back (our choice)")
SKILL_GAP = Threshold(
    0.1, "Machines that are open for a tenth of their hours with nobody to run them are capacity on paper (our choice)"
)
SITE_SHARE = Threshold(
    0.7, "Above 70 % at one of several sites, the others could not carry what it does for a quarter (our choice)"
)
LINE_SHARE = Threshold(0.7, "Lines that do less than a third of what they could lose the skill to do it (our choice)")
WEAKENING = Threshold(2.0, "Two signs that get worse at once, each for sure, come by chance in one site of hundreds")
SPARE_LOAD = Threshold(0.7, "A machine that is busy for less than 70 % of its usable hours has hours left (our choice)")
CONSOLIDATED = Threshold(0.95, "From 95 % on, the second supplier is one on paper (our choice)")
STARVING = Threshold(0.04, "Four points of planned time more spent waiting is a shift in a week of 25 (our choice)")
QUARTER = 13
"""Weeks of a quarter: the period over which weaknesses are judged and risks are counted."""
