"""Specialists for problems whose answer is a sequence: flow shops, single machines, machines side by side."""
