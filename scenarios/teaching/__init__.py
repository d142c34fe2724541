"""Teaching: what a scenario that teaches and examines knows of the kinds of problems."""
