"""What has been promised to be done? Production orders and projects, their tasks, links and gates."""
