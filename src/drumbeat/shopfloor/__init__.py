"""What happened on the floor? Machine events, production reports, OEE."""
