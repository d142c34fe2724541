"""Exports: records in the formats that trainers read, chosen, described and read back."""

from maieutic.exports.card import Counts
from maieutic.exports.catalogue import load, names
from maieutic.exports.choice import Balance, OnePerPrompt, parse_balance
from maieutic.exports.contamination import Contamination, contamination
from maieutic.exports.entry import Entry, Origin, Tally, entries_of
from maieutic.exports.export import Plan, export, lines
from maieutic.exports.filters import Filter, parse_filter
from maieutic.exports.format import KINDS, Format, Layout, Row, Unfit
from maieutic.exports.judges import Judges, asked_at_once
from maieutic.exports.near_duplicates import NearDuplicates, near_duplicates
from maieutic.exports.provenance import provenance
from maieutic.exports.read import entry_of, is_export, read, run_of
from maieutic.exports.selection import Dropped, Step, through
from maieutic.exports.splits import Split, parse_split
from maieutic.exports.statistics import Statistics
from maieutic.exports.tables import dataset, frame, graph

__all__ = [
    "KINDS",
    "Balance",
    "Contamination",
    "Counts",
    "Dropped",
    "Entry",
    "Filter",
    "Format",
    "Judges",
    "Layout",
    "NearDuplicates",
    "OnePerPrompt",
    "Origin",
    "Plan",
    "Row",
    "Split",
    "Statistics",
    "Step",
    "Tally",
    "Unfit",
    "asked_at_once",
    "contamination",
    "dataset",
    "entries_of",
    "entry_of",
    "export",
    "frame",
    "graph",
    "is_export",
    "lines",
    "load",
    "names",
    "near_duplicates",
    "parse_balance",
    "parse_filter",
    "parse_split",
    "provenance",
    "read",
    "run_of",
    "through",
]
