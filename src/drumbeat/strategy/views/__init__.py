"""Strategy's pages, one module a subject. They cover the enterprise: who sees them has a role for all sites."""
