"""What the demo company makes, from what, on which machines, by whom: literals that the other modules multiply."""

from __future__ import annotations

from dataclasses import dataclass

AALEN, RAPIDS, STUDIO = "AALEN", "RAPIDS", "BANKSIDE"

STORY_FOUNDRY = "VALSESIA"
STORY_MACHINE = "GR-COAT-01"
STORY_FAMILY = "WHITE"
STORY_OVERTIME = "AA-ASSEMBLY"
STORY_CARE = ("GR-ROUTE", "GR-EDGE")
"""Where the hidden stories are; docs/stories.md tells them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Machines of one kind in a cell of a plant."""

    site: str
    prefix: str
    name: str
    capability: str
    count: int
    calendar: str
    matrix: str | None
    skill: str | None
    line: str
    cost: int
    fails_hours: float
    repair_hours: float


GROUPS = (
    Group(AALEN, "AA-SAW", "Band saw", "Sawing", 2, "AA-2SHIFT", None, "AA-PREP", "MACH", 38, 130, 1.5),
    Group(AALEN, "AA-TURN", "Turning centre", "Turning", 2, "AA-3SHIFT", "BAR", "AA-MACHINING", "MACH", 74, 75, 3),
    Group(AALEN, "AA-MILL", "Machining centre", "Milling", 3, "AA-3SHIFT", None, "AA-MACHINING", "MACH", 86, 85, 3),
    Group(AALEN, "AA-GRIND", "Cylindrical grinder", "Grinding", 2, "AA-2SHIFT", None, "AA-PREP", "MACH", 79,
          110, 3),
    Group(AALEN, "AA-WELD", "TIG welding booth", "Welding", 3, "AA-3SHIFT", None, "AA-TIG", "WELD", 52, 150, 1.5),
    Group(AALEN, "AA-ASM", "Assembly bench", "Assembly", 4, "AA-2SHIFT", None, "AA-FITTING", "ASSY", 41, 250, 0.8),
    Group(AALEN, "AA-TEST", "Test rig", "Testing", 2, "AA-2SHIFT", None, "AA-TESTING", "ASSY", 47, 100, 2),
    Group(RAPIDS, "GR-SAW", "Panel saw", "Panel sawing", 2, "GR-2SHIFT", None, "GR-WOOD", "WOOD", 44, 120, 1.5),
    Group(RAPIDS, "GR-ROUTE", "CNC router", "Routing", 3, "GR-2SHIFT", None, "GR-WOOD", "WOOD", 66, 70, 2.5),
    Group(RAPIDS, "GR-EDGE", "Edge bander", "Edge banding", 2, "GR-2SHIFT", "EDGE", "GR-WOOD", "WOOD", 58, 65, 2),
    Group(RAPIDS, "GR-LASER", "Tube laser", "Laser cutting", 2, "GR-2SHIFT", None, "GR-METAL", "METAL", 92, 105, 2.5),
    Group(RAPIDS, "GR-ROBOT", "Welding robot cell", "Robot welding", 2, "GR-2SHIFT", None, "GR-METAL", "METAL", 81,
          90, 2),
    Group(RAPIDS, "GR-COAT", "Powder coating line", "Powder coating", 1, "GR-3SHIFT", "COLOUR", "GR-COATING", "METAL",
          120, 110, 2),
    Group(RAPIDS, "GR-ASM", "Assembly station", "Assembly", 4, "GR-2SHIFT", None, "GR-FITTING", "ASSY", 36, 250, 0.7),
    Group(RAPIDS, "GR-PACK", "Packing line", "Packing", 2, "GR-2SHIFT", None, "GR-FITTING", "ASSY", 39, 130, 1),
)  # fmt: skip

LINES = {
    (AALEN, "MACH"): "Machining",
    (AALEN, "WELD"): "Welding shop",
    (AALEN, "ASSY"): "Pump assembly",
    (RAPIDS, "WOOD"): "Panel shop",
    (RAPIDS, "METAL"): "Frame shop",
    (RAPIDS, "ASSY"): "Desk assembly",
}


@dataclass(frozen=True, slots=True)
class Family:
    """A product family: so many variants a cell, ordered so many times a week in such quantities."""

    prefix: str
    site: str
    variants: int
    lots_per_week: int
    lot: int


FAMILIES = (
    Family("TP", AALEN, 4, 5, 42),
    Family("LC", AALEN, 3, 4, 112),
    Family("DK", RAPIDS, 4, 6, 100),
    Family("SD", RAPIDS, 2, 2, 68),
    Family("CB", RAPIDS, 3, 4, 68),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Something made in one variant for each variant of its family; `early_days` = due before the product is."""

    prefix: str
    family: str
    name: str
    per_product: int
    parent: str | None
    early_days: float
    cost: float
    price: float


PARTS = (
    Part("TP", "TP", "Transfer pump", 1, None, 0, 640, 1180),
    Part("HS", "TP", "Pump housing", 1, "TP", 3.5, 128, 0),
    Part("SH", "TP", "Pump shaft", 1, "TP", 3.5, 46, 0),
    Part("IM", "TP", "Impeller", 1, "TP", 3.5, 57, 0),
    Part("BF", "TP", "Base frame, welded", 1, "TP", 3.5, 74, 0),
    Part("BR", "TP", "Frame bracket", 4, "BF", 6.5, 6, 0),
    Part("LC", "LC", "Lift column", 1, None, 0, 118, 205),
    Part("IT", "LC", "Inner tube", 1, "LC", 3.5, 17, 0),
    Part("SP", "LC", "Lead screw", 1, "LC", 3.5, 21, 0),
    Part("FW", "LC", "Flange weldment", 1, "LC", 3.5, 19, 0),
    Part("DK", "DK", "Desk Fjord", 1, None, 0, 172, 389),
    Part("DT", "DK", "Desk top", 1, "DK", 2.5, 58, 0),
    Part("CF", "DK", "Coated frame", 1, "DK", 2.5, 64, 0),
    Part("WF", "DK", "Welded frame", 1, "CF", 5.0, 44, 0),
    Part("SD", "SD", "Sit-stand desk Ridge", 1, None, 0, 468, 899),
    Part("ST", "SD", "Ridge desk top", 1, "SD", 2.5, 61, 0),
    Part("SC", "SD", "Ridge coated frame", 1, "SD", 2.5, 70, 0),
    Part("SW", "SD", "Ridge welded frame", 1, "SC", 5.0, 49, 0),
    Part("CB", "CB", "Cabinet Cove", 1, None, 0, 149, 329),
    Part("CP", "CB", "Cabinet panel set", 1, "CB", 2.5, 63, 0),
    Part("DF", "CB", "Coated drawer front", 1, "CB", 2.5, 27, 0),
)

COLOURS = {
    "DK": ("BLACK", "WHITE", "GRAPHITE", "SILVER"),
    "SD": ("GRAPHITE", "WHITE"),
    "CB": ("SILVER", "WHITE", "BLACK"),
}
"""Colour of each variant of a family."""

COATED = ("CF", "SC", "DF")

OPERATIONS: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "TP": (("AA-ASM", 15, 36, 1), ("AA-TEST", 20, 12, 0.99)),
    "HS": (("AA-MILL", 45, 22, 0.98), ("AA-MILL", 30, 11, 0.99)),
    "SH": (("AA-SAW", 10, 2, 1), ("AA-TURN", 20, 14, 0.99), ("AA-GRIND", 25, 8, 0.985)),
    "IM": (("AA-TURN", 20, 12, 0.98), ("AA-MILL", 30, 9, 0.99)),
    "BF": (("AA-SAW", 10, 4, 1), ("AA-WELD", 20, 27, 0.985)),
    "BR": (("AA-SAW", 5, 1, 1), ("AA-MILL", 20, 2.6, 0.99)),
    "LC": (("AA-ASM", 10, 15, 1), ("AA-TEST", 5, 5, 0.99)),
    "IT": (("AA-SAW", 10, 1.5, 1), ("AA-MILL", 25, 6, 0.99)),
    "SP": (("AA-TURN", 20, 9, 0.985), ("AA-GRIND", 20, 6, 0.99)),
    "FW": (("AA-SAW", 5, 1, 1), ("AA-WELD", 15, 10.5, 0.985)),
    "DK": (("GR-ASM", 10, 14, 1), ("GR-PACK", 5, 6.2, 1)),
    "DT": (("GR-SAW", 10, 2.4, 1), ("GR-ROUTE", 20, 8, 0.985), ("GR-EDGE", 5, 5, 0.99)),
    "CF": (("GR-COAT", 10, 5.4, 0.985),),
    "WF": (("GR-LASER", 15, 5, 1), ("GR-ROBOT", 20, 9, 0.99)),
    "SD": (("GR-ASM", 15, 20, 1), ("GR-PACK", 5, 7.2, 1)),
    "ST": (("GR-SAW", 10, 2.6, 1), ("GR-ROUTE", 20, 9, 0.985), ("GR-EDGE", 5, 5.5, 0.99)),
    "SC": (("GR-COAT", 10, 5.8, 0.985),),
    "SW": (("GR-LASER", 15, 5.5, 1), ("GR-ROBOT", 20, 10, 0.99)),
    "CB": (("GR-ASM", 10, 18, 1), ("GR-PACK", 5, 7.2, 1)),
    "CP": (("GR-SAW", 10, 6, 1), ("GR-ROUTE", 20, 14, 0.985), ("GR-EDGE", 5, 9, 0.99)),
    "DF": (("GR-LASER", 10, 3, 1), ("GR-COAT", 10, 4.4, 0.985)),
}
"""By part: machine group, setup minutes, run minutes a unit, yield."""


@dataclass(frozen=True, slots=True)
class Bought:
    """Something bought; `each_variant` = its own code for each variant of its first parent's family.

    `parents` gives the part that it goes into, the quantity in one of them, and the share lost.
    """

    code: str
    name: str
    site: str
    each_variant: bool
    unit: str
    cost: float
    parents: tuple[tuple[str, float, float], ...]
    suppliers: tuple[tuple[str, int, float], ...]
    cover_weeks: int = 2


BOUGHT = (
    Bought("CH", "Housing casting", AALEN, True, "pc", 62, (("HS", 1, 0),),
           ((STORY_FOUNDRY, 28, 2.0), ("BRENZ", 32, 3.5))),
    Bought("CI", "Impeller casting", AALEN, True, "pc", 24, (("IM", 1, 0),), (("BRENZ", 30, 3.5), ("ODLEW", 36, 4.0))),
    Bought("MO", "Motor", AALEN, True, "pc", 138, (("TP", 1, 0),), (("VOLTARA", 35, 3.0), ("MOTEC", 38, 3.5))),
    Bought("BAR-35", "Round bar 35 mm", AALEN, False, "m", 9.4, (("SH", 0.42, 0.04),),
           (("STAHLWEG", 10, 1.5), ("ROHRHOF", 12, 1.5)), 1),
    Bought("BAR-20", "Round bar 20 mm", AALEN, False, "m", 4.1, (("SP", 0.65, 0.04),),
           (("STAHLWEG", 10, 1.5), ("ROHRHOF", 12, 1.5)), 1),
    Bought("TUBE-60", "Square tube 60 x 4", AALEN, False, "m", 7.2, (("BF", 3.2, 0.03), ("IT", 0.7, 0.03)),
           (("ROHRHOF", 12, 1.5), ("STAHLWEG", 11, 1.5)), 1),
    Bought("PLATE-8", "Steel plate 8 mm", AALEN, False, "kg", 1.6, (("BR", 0.9, 0.06), ("FW", 1.4, 0.06)),
           (("STAHLWEG", 10, 1.5), ("ROHRHOF", 12, 1.5)), 1),
    Bought("GM-24", "Gear motor 24 V", AALEN, False, "pc", 38, (("LC", 1, 0),),
           (("MOTEC", 35, 3.0), ("VOLTARA", 35, 3.0))),
    Bought("SEAL-A", "Seal kit, nitrile", AALEN, False, "set", 12, (("TP", 1, 0),),
           (("DICHTA", 14, 1.5), ("SEALCO", 21, 2.5))),
    Bought("BEAR-6206", "Ball bearing 6206", AALEN, False, "pc", 6.5, (("TP", 2, 0), ("LC", 1, 0)),
           (("SEALCO", 21, 2.5), ("DICHTA", 18, 2.0))),
    Bought("FAST-M8", "Fastener set M8", AALEN, False, "set", 0.35, (("TP", 4, 0), ("LC", 2, 0)),
           (("SCHRAUB", 7, 1.0), ("DICHTA", 10, 1.5))),
    Bought("MDF-25", "MDF board 25 mm", RAPIDS, False, "m2", 14.8,
           (("DT", 1.35, 0.08), ("ST", 1.45, 0.08), ("CP", 1.9, 0.08)),
           (("LAKEBOARD", 9, 1.5), ("PENINSULA", 11, 2.0)), 1),
    Bought("EDGE-22", "Edge tape 22 mm", RAPIDS, False, "m", 0.6,
           (("DT", 4.8, 0.05), ("ST", 5.0, 0.05), ("CP", 6.0, 0.05)),
           (("PENINSULA", 11, 2.0), ("LAKEBOARD", 10, 1.5)), 1),
    Bought("STEEL-40", "Steel tube 40 x 2", RAPIDS, False, "m", 3.9, (("WF", 5.4, 0.03), ("SW", 6.1, 0.03)),
           (("GREATLAKES", 12, 2.0), ("TOLEDO", 14, 2.0)), 1),
    Bought("SHEET-1", "Steel sheet 1 mm", RAPIDS, False, "kg", 1.8, (("DF", 2.2, 0.05),),
           (("GREATLAKES", 12, 2.0), ("TOLEDO", 14, 2.0)), 1),
    Bought("CTRL-2", "Desk control box", RAPIDS, False, "pc", 46, (("SD", 1, 0),),
           (("HUDSON", 30, 2.5), ("SHENLI", 42, 3.5))),
    Bought("SLIDE-45", "Drawer slide pair", RAPIDS, False, "pr", 5.5, (("CB", 3, 0),),
           (("HUDSON", 21, 2.5), ("SHENLI", 42, 3.5))),
    Bought("HWSET", "Hardware set", RAPIDS, False, "set", 0.9, (("DK", 1, 0), ("SD", 1, 0), ("CB", 1, 0)),
           (("HUDSON", 21, 2.5), ("PENINSULA", 14, 2.0))),
    Bought("CARTON", "Carton", RAPIDS, False, "pc", 2.4, (("DK", 1, 0), ("SD", 1, 0), ("CB", 1, 0)),
           (("MICHPACK", 6, 1.0), ("PENINSULA", 10, 1.5)), 1),
)  # fmt: skip

POWDERS = ("BLACK", "WHITE", "GRAPHITE", "SILVER")
POWDER_KG = {"CF": 0.35, "SC": 0.4, "DF": 0.12}
POWDER_SUPPLIERS = (("COLORANT", 12, 1.5), ("TOLEDO", 16, 2.0))

SUPPLIERS = {
    "VALSESIA": ("Fonderia Valsesia", "IT"),
    "BRENZ": ("Giesserei Brenz", "DE"),
    "ODLEW": ("Odlewnia Sanok", "PL"),
    "VOLTARA": ("Voltara Antriebe", "AT"),
    "MOTEC": ("Motec Brno", "CZ"),
    "STAHLWEG": ("Stahlweg Handel", "DE"),
    "ROHRHOF": ("Rohrhof Metalle", "DE"),
    "DICHTA": ("Dichta Technik", "DE"),
    "SEALCO": ("Sealco Rotterdam", "NL"),
    "SCHRAUB": ("Schraubenwerk Jagst", "DE"),
    "LAKEBOARD": ("Lakeboard Panels", "US"),
    "PENINSULA": ("Peninsula Supply", "US"),
    "GREATLAKES": ("Great Lakes Tube", "US"),
    "TOLEDO": ("Toledo Coil & Coat", "US"),
    "SHENLI": ("Shenli Electronics", "CN"),
    "HUDSON": ("Hudson Hardware", "US"),
    "MICHPACK": ("Michigan Packaging", "US"),
    "COLORANT": ("Colorant Powders", "US"),
}

CUSTOMERS = {
    AALEN: ("Rheinwasser Technik", "Nordbrau", "Chimie du Rhone", "Aqualis", "Hospitalia Moebel", "Klinik Systeme Ulm",
            "Aarhus Dairy", "Tessin Pharma"),
    RAPIDS: ("Lakeshore Offices", "Prairie State Schools", "Meridian Interiors", "Union Street Workspaces",
             "Great Plains Health", "Harbor & Main", "Cascade Furnishing", "Blue Ridge Contract"),
    STUDIO: ("Rheinwasser Technik", "Meridian Interiors", "Foxglove Teas", "Tidewater Bikes", "Ottery Outdoor"),
}  # fmt: skip


def colour_of(prefix: str, variant: int) -> str:
    """Colour of a product's variant, or "" where it has none."""
    colours = COLOURS.get(prefix, ())
    return colours[variant % len(colours)] if colours else ""
