"""Simulated players: people with known knowledge and known error rates, who act on what their role sees."""
