"""Benchmarks of the twin, each against a peer on the same model in one run."""
