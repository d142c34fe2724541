"""Socratic: what was said in a dialogue about a word problem, and the state of its student, by memory or by words."""
