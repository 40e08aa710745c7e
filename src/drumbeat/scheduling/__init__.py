"""When does each task run, and on what? A finite-capacity schedule that breaks no rule."""
