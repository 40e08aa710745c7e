"""Who may do what? Users, roles by site, audit."""
