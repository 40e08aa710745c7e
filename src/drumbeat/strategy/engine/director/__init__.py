"""The seven KPIs of a director: each with an interval, its formula, and what is behind it; never merged into one."""
