"""Distributions from what a plant's own events say: fitted, chosen, judged, and how unsure they are."""
