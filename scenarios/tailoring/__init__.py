"""Tailoring: what becomes of instructions that are made harder, read off a log."""
