"""How good and how fast forecasts are."""
