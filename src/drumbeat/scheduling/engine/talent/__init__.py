"""Talent scheduling: in which order to shoot scenes so that actors are paid for the least waiting."""
