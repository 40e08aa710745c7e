"""Exact methods: models for CP-SAT of all that problems use, proofs, conflicts, and windows around a schedule."""
