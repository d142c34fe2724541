"""Closed forms of the systems that prefer and judge."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from statistics import NormalDist

from closed.share import line, played, stream

from maieutic.agents.simulated.annotator import Annotator
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.runs.measures import Agreement
from maieutic.scenarios import catalogue


def labels(n: int) -> None:
    """Labels of faultless annotators, half of them left to a coin."""
    scenario, one, noisy, asked = catalogue.load("alpaca-farm"), Agreement(), 0, 0
    sure = Annotator(slope=1e12, length=0, slot=0)
    for episode in played("alpaca-farm", islice(stream("alpaca-farm", 4), 4 * n), cast={"annotator": sure}):
        for decision in scenario.decisions(episode):
            if decision.kind == "label":
                one.add(decision)
        for event in episode.by_role("noise.draw"):
            noisy, asked = noisy + bool(event.answer["noisy"]), asked + 1
    line("label agrees with the truth, label noise 0.25", 0.75, *one.accuracy)
    line("label is left to the coin", 0.5, noisy, asked)


def gate(n: int) -> None:
    """A score of noise 0.12: how many responses pass the threshold, and how many of these are worth it."""
    scorer, one, passes = Scorer(gain=0.6, bias=0.2, noise=0.12), Agreement(), []
    for episode in played("self-judge", islice(stream("self-judge", 8), n), cast={"judge": scorer}):
        (response,) = episode.by_role("policy.sample")
        quality = share_met(str(response.answer["text"]), episode.task.truth)
        passes.append((quality, NormalDist().cdf((0.6 * quality + 0.2 - 6 / 9) / 0.12)))
        for decision in catalogue.load("self-judge").decisions(episode):
            one.add(decision)
    total = sum(chance for _, chance in passes)
    right = sum(chance for quality, chance in passes if quality == 1.0)
    line("response passes the gate, noise 0.12", total / n, one.precision[1], n)
    line("accepted response meets every constraint", right / total, *one.precision)


FORMS: tuple[Callable[[int], None], ...] = (
    labels,
    gate,
)
