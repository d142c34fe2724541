"""Closed forms of the systems that prefer and judge."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from statistics import NormalDist

from closed.share import binomials, line, played, stream

from maieutic.agents.simulated.annotator import Annotator
from maieutic.agents.simulated.responder import Responder, Weigher
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.runs.measures import Agreement
from maieutic.scenarios import catalogue
from maieutic.worlds.graded_requests import read


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


def separation(n: int) -> None:
    """Two responders of known curves, a score of noise 0.5 on a scale of 4: what the gate keeps, and how much of it parts
    them truly; and how often the target does as well."""
    strong, target = Responder(other=5), Responder(other=2)
    scorer = Weigher(low=3.5, high=7.5, noise=0.5, bonus=0.3)
    cast = {"strong": strong, "target": target, "scorer": scorer}
    scenario, one = catalogue.load("codeclm"), Agreement()
    kept = both = apart = 0.0
    settings = {"theta": 1.5, "rounds": 1, "audit": False}
    for episode in played("codeclm", islice(stream("codeclm", 6), n), cast=cast, **settings):
        for decision in scenario.decisions(episode):
            if decision.kind == "separates":
                one.add(decision)
        rated = {event.parent for event in episode.by_role("scorer.rate")}
        for event in episode.by_role("improver.improve"):
            if event.id in rated:
                for share, gap in _gaps(str(event.answer["instruction"]), strong, target):
                    scored = NormalDist(4 * gap, 0.5)
                    passes = scored.cdf(-1.5) + 1 - scored.cdf(1.5)
                    true = 9 * abs(gap) > 1.5
                    kept, both, apart = (
                        kept + share * passes,
                        both + share * passes * true,
                        apart + share * true,
                    )
    line("instruction passes the gate at theta 1.5", kept / one.n, one.precision[1], one.n)
    line("kept instruction truly parts the two", both / kept, *one.precision)
    line("instruction that parts them is kept", both / apart, *one.recall)
    sure, shares, recovered = Weigher(low=2, high=8, noise=0, bonus=0.5), [], 0.0
    for episode in played(
        "codeclm", islice(stream("codeclm", 7), n), cast={**cast, "scorer": sure}, mode="evaluate"
    ):
        gaps = _gaps(str(episode.task.fields["prompt"]), strong, target)
        shares.append(sum(share for share, gap in gaps if gap <= 0))
        recovered += episode.scores["recovery"]
    line("target does as well or better", sum(shares) / len(shares), round(recovered), len(shares))


def _gaps(instruction: str, strong: Responder, target: Responder) -> list[tuple[float, float]]:
    """(chance, true gap of the shares that are met) for each pair of numbers of demands that the two meet."""
    asked = read(instruction)
    if asked is None:
        raise ValueError(f"no graded request: {instruction!r:.80}")
    left, right = (
        binomials([who.chance(one.skill, one.level) for one in asked.demands]) for who in (strong, target)
    )
    return [(p * q, (k - j) / len(asked.demands)) for k, p in enumerate(left) for j, q in enumerate(right)]


FORMS: tuple[Callable[[int], None], ...] = (
    labels,
    gate,
    separation,
)
