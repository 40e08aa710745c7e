"""Can I practise? The Decision Lab: scenarios, or one's own plant, played on the twin, with an honest debrief.

>>> from drumbeat import lab
>>> from drumbeat.lab.engine.policies import Constant
>>> game = lab.play("record-quarter", Constant(1), seed=3)  # doctest: +SKIP
>>> game.value, game.made[0].option, game.history[-1].on_time  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drumbeat.lab.engine.game import Position
    from drumbeat.lab.engine.policies import Policy
    from drumbeat.lab.engine.scenario import Scenario

__all__ = ["play"]


def play(scenario: str | Path | Scenario, policy: Policy, *, seed: int = 1) -> Position:
    """Play a scenario to its end as a policy would; nothing is stored.

    Parameters
    ----------
    scenario
        Name of a shipped one, a file, or one that was read.
    policy
        Who plays: see `drumbeat.lab.engine.policies`, or anything with `buys` and `chooses`.
    seed
        Of all luck; equal seeds give equal games.

    Returns
    -------
    Position
        Where the game ended: `value`, `made`, `history`, `mistakes`.

    Raises
    ------
    InputError
        When the scenario is not right.
    """
    from drumbeat.lab.engine.make_move import begin_game
    from drumbeat.lab.engine.policies import play_out
    from drumbeat.lab.engine.scenario import Scenario as Read
    from drumbeat.lab.read_scenario import read_scenario

    read = scenario if isinstance(scenario, Read) else read_scenario(scenario)
    return play_out(begin_game(read, seed), policy)
