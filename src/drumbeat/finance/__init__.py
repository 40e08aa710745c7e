"""What does it cost, and what was planned? Cost centres, budgets, actuals."""
