"""Stress tests of a production network: how long it survives a loss, what that costs, and the cheapest way out."""

from drumbeat.strategy.engine.stress.close_gap import StockRemedy, exposure_index, find_backup, place_cover
from drumbeat.strategy.engine.stress.flow_program import (
    LONGEST_WEEKS,
    FlowProgram,
    Loss,
    find_loss,
    find_survival,
    find_sustainable,
    find_usual_flows,
    write_program,
)
from drumbeat.strategy.engine.stress.problem import Disruption, Network, combine, undisturbed

__all__ = [
    "LONGEST_WEEKS",
    "Disruption",
    "FlowProgram",
    "Loss",
    "Network",
    "StockRemedy",
    "combine",
    "exposure_index",
    "find_backup",
    "find_loss",
    "find_survival",
    "find_sustainable",
    "find_usual_flows",
    "place_cover",
    "undisturbed",
    "write_program",
]  # fmt: skip
