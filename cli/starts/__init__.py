"""Starts: the files that `maieutic new` writes; `{name}` and `{file}` in them are filled in."""
