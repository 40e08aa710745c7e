"""Is it good? Characteristics, samples, nonconformances."""
