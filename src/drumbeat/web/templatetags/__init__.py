"""Template tags of the look and feel."""
