"""Who agrees: weights by pairs, options ranked by them, gaps between the functions' plans."""
