"""The demo company's people: skills, crews, persons, certificates and absences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from drumbeat.lab.company.catalogue import AALEN, RAPIDS
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import AS_OF, Size

Frames = dict[str, pl.DataFrame]

SKILLS = {
    "AA-PREP": "Sawing and grinding",
    "AA-MACHINING": "CNC machining",
    "AA-TIG": "TIG welding, certified EN ISO 9606",
    "AA-MAG": "MAG welding",
    "AA-FITTING": "Pump and column assembly",
    "AA-TESTING": "Pressure testing",
    "AA-CARE": "Maintenance, mechatronics",
    "GR-WOOD": "Panel machining",
    "GR-METAL": "Laser and robot welding",
    "GR-COATING": "Powder coating",
    "GR-FITTING": "Assembly and packing",
    "GR-CARE": "Maintenance, mechatronics",
}
COST = {"AA-TIG": 44, "AA-MACHINING": 41, "AA-CARE": 46, "GR-CARE": 43, "GR-METAL": 37}

CREWS = {
    "AA-EARLY": {"AA-PREP": 5, "AA-MACHINING": 6, "AA-TIG": 4, "AA-FITTING": 6, "AA-TESTING": 2, "AA-CARE": 2},
    "AA-LATE": {"AA-PREP": 5, "AA-MACHINING": 6, "AA-TIG": 4, "AA-FITTING": 6, "AA-TESTING": 2, "AA-CARE": 2},
    "AA-NIGHT": {"AA-MACHINING": 6, "AA-TIG": 1, "AA-CARE": 2},
    "GR-EARLY": {"GR-WOOD": 7, "GR-METAL": 5, "GR-COATING": 2, "GR-FITTING": 7, "GR-CARE": 2},
    "GR-LATE": {"GR-WOOD": 7, "GR-METAL": 5, "GR-COATING": 2, "GR-FITTING": 7, "GR-CARE": 2},
    "GR-NIGHT": {"GR-COATING": 2, "GR-CARE": 2},
}
"""People by crew and first skill in each cell. Cells after the first weld in two shifts, and by another process."""

SECOND_SKILLS = {
    "AA-FITTING": "AA-TESTING",
    "AA-TESTING": "AA-FITTING",
    "GR-WOOD": "GR-FITTING",
    "GR-METAL": "GR-COATING",
}
"""What one of the day shifts' people of a skill in each cell can also do."""

FIRST_NAMES = {
    AALEN: ("Anke", "Bernd", "Cem", "Dilara", "Erik", "Franziska", "Goran", "Hanna", "Ivo", "Jana", "Kerem", "Lena",
            "Matthias", "Nadja", "Okan", "Petra", "Ralf", "Sabine", "Thomas", "Ulrike", "Viktor", "Wiebke", "Yusuf"),
    RAPIDS: ("Aaron", "Brenda", "Carlos", "Denise", "Earl", "Faith", "Gabe", "Heather", "Isaiah", "Joanne", "Kyle",
             "Latoya", "Miguel", "Nora", "Owen", "Pam", "Quentin", "Rosa", "Steve", "Tasha", "Vince", "Wendy", "Zeke"),
}  # fmt: skip
LAST_NAMES = {
    AALEN: ("Abele", "Bauer", "Celik", "Demir", "Ehret", "Frank", "Gross", "Hauber", "Illg", "Jovanovic", "Kaiser",
            "Lutz", "Maier", "Novak", "Ott", "Pfeifle", "Rieger", "Schmid", "Traub", "Uhl", "Vogt", "Weiss", "Yilmaz",
            "Ziegler", "Brenner", "Danner", "Fischer", "Haas", "Kolb"),
    RAPIDS: ("Anderson", "Baker", "Castillo", "DeVries", "Edwards", "Flores", "Garcia", "Huizenga", "Ingram", "Jansen",
             "Kowalski", "Lopez", "Meyer", "Nguyen", "O'Neill", "Peterson", "Quinn", "Ramirez", "Sanders", "Torres",
             "Underwood", "VanDyke", "Walker", "Young", "Zimmer", "Boersma", "Cole", "Dykstra", "Franks"),
}  # fmt: skip
STORY_WELDER = "AA-P0001"
"""The one certified welder on Aalen's nights."""


def make_people(size: Size, luck: Luck) -> Frames:
    """Make skills, crews, persons, their skills and their absences."""
    persons = pl.concat([_persons(AALEN, "AA", size, luck), _persons(RAPIDS, "GR", size, luck)])
    return {
        "skill": pl.DataFrame({"code": list(SKILLS), "name": list(SKILLS.values())}).filter(
            (pl.col("code") != "AA-MAG") | (size.cells > 1)
        ),
        "crew": pl.DataFrame(
            {
                "code": list(CREWS),
                "name": [
                    f"{'Aalen' if crew.startswith('AA') else 'Grand Rapids'}, {crew[3:].lower()}" for crew in CREWS
                ],
                "site": [AALEN if crew.startswith("AA") else RAPIDS for crew in CREWS],
                "calendar": list(CREWS),
            }
        ),
        "person": persons.select("code", "name", "site", "crew", "cost_per_hour", "hired_on"),
        "person_skill": _skills(persons, luck),
        "absence": _absences(persons, luck),
    }


def welding_skill(skill: pl.Expr, cell: pl.Expr) -> pl.Expr:
    """Name the skill that welding takes in a cell: certified TIG in the first, MAG in the others."""
    return pl.when((skill == "AA-TIG") & (cell > 1)).then(pl.lit("AA-MAG")).otherwise(skill)


def _persons(site: str, prefix: str, size: Size, luck: Luck) -> pl.DataFrame:
    slots = [
        {"crew": crew, "skill": skill, "place": place}
        for crew, people in CREWS.items()
        if crew.startswith(prefix)
        for skill, number in people.items()
        for place in range(number)
    ]
    cells = pl.DataFrame({"cell": range(1, size.cells + 1)}, schema={"cell": pl.Int64})
    is_story = (pl.col("crew") == "AA-NIGHT") & (pl.col("skill") == "AA-TIG")
    frame = (
        cells.join(pl.DataFrame(slots), how="cross")
        .filter(~is_story | (pl.col("cell") == 1))
        .sort(is_story.not_(), maintain_order=True)
        .with_columns(skill=welding_skill(pl.col("skill"), pl.col("cell")))
    )
    first, last = FIRST_NAMES[site], LAST_NAMES[site]
    number = frame.height
    place = pl.int_range(0, pl.len())
    # 23 first and 29 last names are coprime in number: the first 667 people all differ.
    return frame.with_columns(
        code=pl.format(f"{prefix}-P{{}}", (place + 1).cast(pl.String).str.zfill(4)),
        name=pl.format(
            "{} {}",
            (place % len(first)).replace_strict(dict(enumerate(first))),
            (place % len(last)).replace_strict(dict(enumerate(last))),
        ),
        site=pl.lit(site),
        cost_per_hour=pl.col("skill").replace_strict(COST, default=34),
        hired_on=pl.lit(date(2026, 1, 5))
        - pl.duration(days=pl.lit(pl.Series(luck.whole(f"hired/{site}", number, 40, 8000)))),
    )


def _skills(persons: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    number = persons.height
    draw = pl.Series(luck.uniform("level", number))
    first = persons.select(
        pl.col("code").alias("person"),
        "skill",
        pl.when((draw < 0.2) | (pl.col("code") == STORY_WELDER)).then(3).otherwise(2).alias("level"),
        # Welding certificates are renewed every two to three years; nobody's runs out within a quarter.
        pl.when(pl.col("skill").is_in(["AA-TIG", "AA-TESTING"]))
        .then(pl.lit(date(2026, 7, 1)) + pl.duration(days=pl.lit(pl.Series(luck.whole("certified", number, 0, 600)))))
        .alias("certified_until"),
    )
    second = (
        persons.filter(pl.col("skill").is_in(list(SECOND_SKILLS)) & ~pl.col("crew").str.ends_with("NIGHT"))
        .filter(pl.col("place") == 0)
        .select(
            pl.col("code").alias("person"),
            pl.col("skill").replace_strict(SECOND_SKILLS),
            pl.lit(2).alias("level"),
            pl.when(pl.col("skill") == "AA-FITTING").then(pl.lit(date(2027, 3, 31))).alias("certified_until"),
        )
    )
    return pl.concat(
        [first.with_columns(pl.col("level").cast(pl.Int64)), second.with_columns(pl.col("level").cast(pl.Int64))]
    )


def _absences(persons: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """One in twelve is away for some days in the coming weeks; sick notes lie in the past half year."""
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    number = persons.height
    away = (
        persons.with_columns(
            draw=pl.Series(luck.uniform("away", number)),
            week=pl.Series(luck.whole("away/week", number, 0, 5)),
            days=pl.lit(pl.Series(luck.whole("away/days", number, 2, 5))),
        )
        .filter((pl.col("draw") < 1 / 12) & (pl.col("code") != STORY_WELDER))
        .select(
            pl.col("code").alias("person"),
            (pl.lit(monday) + pl.duration(weeks="week")).alias("starts_at"),
            (pl.lit(monday) + pl.duration(weeks="week", days="days")).alias("ends_at"),
            pl.when(pl.col("draw") < 1 / 24).then(pl.lit("holiday")).otherwise(pl.lit("training")).alias("reason"),
        )
    )
    sick = (
        persons.with_columns(
            draw=pl.Series(luck.uniform("sick", number)),
            ago=pl.Series(luck.whole("sick/ago", number, 7, 180)),
            days=pl.lit(pl.Series(luck.whole("sick/days", number, 1, 5))),
        )
        .filter(pl.col("draw") < 0.5)
        .select(
            pl.col("code").alias("person"),
            (pl.lit(AS_OF) - pl.duration(days="ago")).alias("starts_at"),
            (pl.lit(AS_OF) - pl.duration(days="ago") + pl.duration(days="days")).alias("ends_at"),
            pl.lit("sick").alias("reason"),
        )
    )
    # A run of sick days that reaches into the past only.
    sick = sick.filter(pl.col("ends_at") <= AS_OF - timedelta(days=1))
    return pl.concat([away, sick])
