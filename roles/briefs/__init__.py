"""Briefs: what a language model is told of a role, one Markdown file each, named like the role."""
