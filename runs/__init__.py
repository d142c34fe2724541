"""Runs: many episodes, kept as they finish."""

from maieutic.runs.journal import Journal
from maieutic.runs.measures import Agreement, Measures, wilson
from maieutic.runs.run import (
    DROPPED,
    Ledger,
    checked_records,
    default_folder,
    manifest,
    measure,
    origin_facts,
    run,
    scenario_of,
)
from maieutic.runs.tasks import Source, parse_source

__all__ = [
    "DROPPED",
    "Agreement",
    "Journal",
    "Ledger",
    "Measures",
    "Source",
    "checked_records",
    "default_folder",
    "manifest",
    "measure",
    "origin_facts",
    "parse_source",
    "run",
    "scenario_of",
    "wilson",
]
