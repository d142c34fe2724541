"""Runs: many episodes, kept as they finish."""

from maieutic.runs.crew import Crew
from maieutic.runs.humans import answer, waiting
from maieutic.runs.inbox import OpenTurn
from maieutic.runs.journal import Journal
from maieutic.runs.learner import Learner, Learns, Simulated
from maieutic.runs.ledger import DROPPED, Ledger
from maieutic.runs.measures import Agreement, Measures, wilson
from maieutic.runs.playing import checked_records
from maieutic.runs.ranking import pearson, spearman
from maieutic.runs.recipe import Recipe
from maieutic.runs.rounds import Round, Stopped, rounds
from maieutic.runs.run import (
    default_folder,
    manifest,
    measure,
    origin_facts,
    run,
    scenario_of,
)
from maieutic.runs.status import Status, read_status, replace_file
from maieutic.runs.tasks import Source, parse_source
from maieutic.runs.tutoring import tutoring

__all__ = [
    "DROPPED",
    "Agreement",
    "Crew",
    "Journal",
    "Learner",
    "Learns",
    "Ledger",
    "Measures",
    "OpenTurn",
    "Recipe",
    "Round",
    "Simulated",
    "Source",
    "Status",
    "Stopped",
    "answer",
    "checked_records",
    "default_folder",
    "manifest",
    "measure",
    "origin_facts",
    "parse_source",
    "pearson",
    "read_status",
    "replace_file",
    "rounds",
    "run",
    "scenario_of",
    "spearman",
    "tutoring",
    "waiting",
    "wilson",
]
