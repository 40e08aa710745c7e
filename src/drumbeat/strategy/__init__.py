"""What should we change? Hidden weaknesses, with their evidence."""
