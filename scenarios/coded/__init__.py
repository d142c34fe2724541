"""Coded: tutoring talks in the decision template of CLASS: as data, as episodes have them, and what stands beside them."""
