"""The command `maieutic`: thin; all it does, the packages below can do without it."""

from maieutic.cli.app import main

__all__ = ["main"]
