"""Correcting: what becomes of worked answers that are wrong, read off a log."""
