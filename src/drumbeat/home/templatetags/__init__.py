"""Template filters of the joined pages."""
