"""The look and feel: theme, navigation, tables, charts, background jobs."""
