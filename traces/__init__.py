"""Traces: looking at what agents did."""

from maieutic.traces.text import episode_view, pair_view, plain, talk_view, tree_view
from maieutic.traces.words import changes, distance

__all__ = ["changes", "distance", "episode_view", "pair_view", "plain", "talk_view", "tree_view"]
