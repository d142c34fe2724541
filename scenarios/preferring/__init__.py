"""Preferring: what an annotator pool is shown, apart from the graphs that ask it: one pair, or several at once."""
