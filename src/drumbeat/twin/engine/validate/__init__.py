"""How good were the twin's predictions: scores, limits in words, and predictions put right."""
