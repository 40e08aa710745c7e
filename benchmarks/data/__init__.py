"""How fast data come in and out."""
