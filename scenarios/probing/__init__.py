"""Probing: what teaching is worth to a student, by the items that it solves afterwards; and which items tell most."""
