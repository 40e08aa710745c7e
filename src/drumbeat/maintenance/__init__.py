"""How do machines fail, and is their care done? Failure modes, maintenance plans and orders."""
