"""The `drumbeat` command, one module a verb."""
