"""The ground: calendars, units, random streams, parallel runs, findings and progress.

Every room may import from here; this room imports from nobody.
"""
