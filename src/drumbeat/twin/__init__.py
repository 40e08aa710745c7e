"""Will it hold? A stochastic twin of the schedule, and what threatens it."""
