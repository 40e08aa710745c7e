"""What strategy stores: weaknesses that were found; initiatives, and roadmaps made of them."""

from drumbeat.strategy.models.roadmap import (
    Absorption,
    DemandOutlook,
    ImprovementBudget,
    Initiative,
    InitiativeChange,
    InitiativeCost,
    InitiativeLink,
    RoadmapPlan,
    StageGate,
)
from drumbeat.strategy.models.weakness import Weakness

__all__ = [
    "Absorption",
    "DemandOutlook",
    "ImprovementBudget",
    "Initiative",
    "InitiativeChange",
    "InitiativeCost",
    "InitiativeLink",
    "RoadmapPlan",
    "StageGate",
    "Weakness",
]
