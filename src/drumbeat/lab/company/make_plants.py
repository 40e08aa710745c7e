"""The demo company's places: sites, calendars, lines, machines and what it takes to change them over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from drumbeat.lab.company.catalogue import AALEN, COLOURS, GROUPS, LINES, POWDERS, RAPIDS, STORY_FAMILY, STUDIO, Group
from drumbeat.lab.company.size import AS_OF, Size

Frames = dict[str, pl.DataFrame]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFTS = {
    "EARLY": (time(6), time(14)),
    "LATE": (time(14), time(22)),
    "NIGHT": (time(22), time(6)),
    "DAY": (time(9), time(18)),
}
CALENDARS = {
    "AA-2SHIFT": ("Aalen, two shifts", ("EARLY", "LATE")),
    "AA-3SHIFT": ("Aalen, three shifts", ("EARLY", "LATE", "NIGHT")),
    "AA-EARLY": ("Aalen, early shift", ("EARLY",)),
    "AA-LATE": ("Aalen, late shift", ("LATE",)),
    "AA-NIGHT": ("Aalen, night shift", ("NIGHT",)),
    "GR-2SHIFT": ("Grand Rapids, two shifts", ("EARLY", "LATE")),
    "GR-3SHIFT": ("Grand Rapids, three shifts", ("EARLY", "LATE", "NIGHT")),
    "GR-EARLY": ("Grand Rapids, first shift", ("EARLY",)),
    "GR-LATE": ("Grand Rapids, second shift", ("LATE",)),
    "GR-NIGHT": ("Grand Rapids, third shift", ("NIGHT",)),
    "BK-DAY": ("Bankside, studio day", ("DAY",)),
}
ZONES = {AALEN: "Europe/Berlin", RAPIDS: "America/Detroit", STUDIO: "Europe/London"}
SITE_CALENDARS = {AALEN: "AA-", RAPIDS: "GR-", STUDIO: "BK-"}
HOLIDAYS = {
    AALEN: {
        date(2025, 10, 3): "Day of German Unity",
        date(2025, 12, 25): "Christmas",
        date(2025, 12, 26): "Christmas",
        date(2026, 1, 1): "New Year",
        date(2026, 1, 6): "Epiphany",
        date(2026, 4, 3): "Good Friday",
        date(2026, 4, 6): "Easter Monday",
        date(2026, 5, 1): "Labour Day",
        date(2026, 5, 14): "Ascension",
        date(2026, 5, 25): "Whit Monday",
    },
    RAPIDS: {
        date(2025, 11, 27): "Thanksgiving",
        date(2025, 12, 25): "Christmas",
        date(2026, 1, 1): "New Year",
        date(2026, 5, 25): "Memorial Day",
    },
    STUDIO: {
        date(2025, 12, 25): "Christmas",
        date(2025, 12, 26): "Boxing Day",
        date(2026, 1, 1): "New Year",
        date(2026, 4, 3): "Good Friday",
        date(2026, 4, 6): "Easter Monday",
        date(2026, 5, 4): "Early May bank holiday",
    },
}


def make_plants(size: Size) -> Frames:
    """Make sites, calendars, lines, machines and setup matrices."""
    return {
        "company": pl.DataFrame(
            {"code": ["LARKFIELD"], "name": ["Larkfield Group"], "currency": ["EUR"], "as_of": [AS_OF]}
        ),
        "region": pl.DataFrame(
            {"code": ["EMEA", "AMERICAS"], "name": ["Europe", "Americas"], "company": ["LARKFIELD", "LARKFIELD"]}
        ),
        "site": pl.DataFrame(
            {
                "code": [AALEN, RAPIDS, STUDIO],
                "name": ["Aalen Works", "Grand Rapids Works", "Bankside Studio"],
                "region": ["EMEA", "AMERICAS", "EMEA"],
                "kind": ["plant", "plant", "studio"],
                "time_zone": [ZONES[site] for site in (AALEN, RAPIDS, STUDIO)],
                "currency": ["EUR", "USD", "GBP"],
            }
        ),
        **_calendars(),
        **_setups(),
        "line": _lines(size),
        "resource": pl.concat([_machines(group, size) for group in GROUPS]),
    }


def _calendars() -> Frames:
    shifts = [
        {"calendar": code, "weekday": weekday, "start": SHIFTS[shift][0], "end": SHIFTS[shift][1]}
        for code, (_, names) in CALENDARS.items()
        for shift in names
        for weekday in WEEKDAYS[:5]
    ]
    closed = []
    for site, days in HOLIDAYS.items():
        zone = ZoneInfo(ZONES[site])
        for day, reason in days.items():
            start = datetime.combine(day, time(6), zone).astimezone(UTC)
            closed += [
                {
                    "calendar": code,
                    "starts_at": start,
                    "ends_at": start + timedelta(hours=24),
                    "is_open": False,
                    "reason": reason,
                }
                for code in CALENDARS
                if code.startswith(SITE_CALENDARS[site])
            ]
    names = [{"code": code, "name": name} for code, (name, _) in CALENDARS.items()]
    return {
        "calendar": pl.DataFrame(names),
        "calendar_shift": pl.DataFrame(shifts),
        "calendar_exception": pl.DataFrame(closed),
    }


def _setups() -> Frames:
    bars, edges = ("BAR-S", "BAR-M", "BAR-L"), ("EDGE-OAK", "EDGE-WHITE", "EDGE-BLACK")
    changes: list[tuple[str, str, str, float, int]] = []
    changes += [("BAR", old, new, 35.0, 0) for old in bars for new in bars if old != new]
    changes += [("EDGE", old, new, 12.0, 4) for old in edges for new in edges if old != new]
    for matrix, to_story in (("COLOUR", 225.0), ("COLOUR-Q", 40.0)):
        # White after a dark colour needs the booth stripped and purged, unless the line has quick-change cartridges.
        for old in POWDERS:
            for new in POWDERS:
                if old != new:
                    minutes = to_story if new == STORY_FAMILY else 30.0
                    changes.append((matrix, old, new, minutes, 160 if new == STORY_FAMILY else 25))
    names = {
        "BAR": "Bar diameter",
        "EDGE": "Edge tape",
        "COLOUR": "Powder colour",
        "COLOUR-Q": "Powder colour, quick-change line",
    }
    columns = ["setup_matrix", "from_family", "to_family", "minutes", "cost"]
    return {
        "setup_matrix": pl.DataFrame({"code": list(names), "name": list(names.values())}),
        "setup_change": pl.DataFrame(changes, schema=columns, orient="row"),
    }


def _lines(size: Size) -> pl.DataFrame:
    cells = pl.DataFrame({"cell": range(1, size.cells + 1)})
    rows = [
        {"site": site, "prefix": f"{SITE_CALENDARS[site]}{line}", "label": name} for (site, line), name in LINES.items()
    ]
    return (
        pl.DataFrame(rows)
        .join(cells, how="cross")
        .select(
            pl.format("{}-{}", "prefix", "cell").alias("code"),
            pl.format("{} {}", "label", "cell").alias("name"),
            "site",
        )
    )


def _machines(group: Group, size: Size) -> pl.DataFrame:
    number = pl.int_range(1, size.cells * group.count + 1, eager=True)
    cell = (number - 1) // group.count + 1
    families = {"COLOUR": COLOURS["DK"], "EDGE": ("EDGE-OAK",), "BAR": ("BAR-M",)}.get(group.matrix or "", ("",))
    quick = group.matrix == "COLOUR"
    first = number == 1
    return pl.DataFrame({"number": number, "cell": cell}).select(
        pl.format(f"{group.prefix}-{{}}", pl.col("number").cast(pl.String).str.zfill(2)).alias("code"),
        pl.format(f"{group.name} {{}}", "number").alias("name"),
        pl.lit(group.site).alias("site"),
        pl.format(f"{SITE_CALENDARS[group.site]}{group.line}-{{}}", "cell").alias("line"),
        pl.lit("machine").alias("kind"),
        pl.lit(group.capability).alias("capability"),
        pl.lit(1).alias("capacity"),
        # Only the oldest welding booths run at night.
        (
            pl.when(pl.col("cell") == 1).then(pl.lit(group.calendar)).otherwise(pl.lit("AA-2SHIFT"))
            if group.prefix == "AA-WELD"
            else pl.lit(group.calendar)
        ).alias("calendar"),
        # Only the oldest coating line lacks quick-change cartridges.
        (
            pl.when(first).then(pl.lit("COLOUR")).otherwise(pl.lit("COLOUR-Q"))
            if quick
            else pl.lit(group.matrix, dtype=pl.String)
        ).alias("setup_matrix"),
        pl.lit(families[0]).alias("set_up_for"),
        pl.lit(group.cost).alias("cost_per_hour"),
    )
