"""Sandbox: strangers' programs run in isolation, within limits, and come back as verdicts."""

from maieutic.worlds.sandbox.pool import Sandbox, shared
from maieutic.worlds.sandbox.verdict import Limits, Verdict, same

__all__ = ["Limits", "Sandbox", "Verdict", "same", "shared"]
