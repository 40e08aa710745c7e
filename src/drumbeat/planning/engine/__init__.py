"""Planning as pure computation: a problem in, a plan out, and a judge that trusts neither."""
