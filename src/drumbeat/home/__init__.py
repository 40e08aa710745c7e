"""Everything on one page: the home of each role, the whole run and its report, the Python door."""
