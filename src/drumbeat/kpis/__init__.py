"""How are we doing? Scorecards from the facts."""
