"""What strategy stores: weaknesses, initiatives and roadmaps, decisions, commitments, reviews of the KPIs."""

from drumbeat.strategy.models.commitments import Commitment, KpiTarget, PriorityRating
from drumbeat.strategy.models.decision import (
    Assumption,
    Criterion,
    Decision,
    DecisionEvent,
    DecisionOption,
    FunctionPlan,
    GapOwner,
    Judgement,
    OptionScore,
    Signature,
)
from drumbeat.strategy.models.director import StoredReview
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
from drumbeat.strategy.models.stress import StoredFlexibility, StoredStress
from drumbeat.strategy.models.weakness import Weakness

__all__ = [
    "Absorption",
    "Assumption",
    "Commitment",
    "Criterion",
    "Decision",
    "DecisionEvent",
    "DecisionOption",
    "DemandOutlook",
    "FunctionPlan",
    "GapOwner",
    "ImprovementBudget",
    "Initiative",
    "InitiativeChange",
    "InitiativeCost",
    "InitiativeLink",
    "Judgement",
    "KpiTarget",
    "OptionScore",
    "PriorityRating",
    "RoadmapPlan",
    "Signature",
    "StageGate",
    "StoredFlexibility",
    "StoredReview",
    "StoredStress",
    "Weakness",
]
