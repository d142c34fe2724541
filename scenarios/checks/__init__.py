"""Checks: what is wrong with a scenario, found over its graph before anybody is asked anything."""

from maieutic.scenarios.checks.check import Report, check, recast
from maieutic.scenarios.checks.finding import Finding, finding_of
from maieutic.scenarios.checks.shape import as_mermaid, as_text

__all__ = ["Finding", "Report", "as_mermaid", "as_text", "check", "finding_of", "recast"]
