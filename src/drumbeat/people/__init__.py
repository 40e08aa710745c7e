"""Who can do it, and who is here? Persons, skills, crews, rosters, absence."""
