"""Closed forms of the systems that prefer and judge."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from itertools import islice
from statistics import NormalDist
from typing import Any

from closed.share import binomials, line, mean, played, stream

from maieutic import Episode, Task, rng
from maieutic.agents import Program
from maieutic.agents.simulated.annotator import Annotator, Rewarder, logistic
from maieutic.agents.simulated.responder import Responder, Weigher
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.roles.policy import SAMPLE
from maieutic.runs.measures import Agreement
from maieutic.scenarios import catalogue
from maieutic.worlds.graded_requests import read
from maieutic.worlds.text_constraints.utility import utility


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


def pool(n: int) -> None:
    """Each member by its own odds: how often it is right, what stands first is preferred, and the output wins against a
    reference; without a weakness for a slot each place is preferred as often."""
    scenario = catalogue.load("alpaca-farm")
    for what, annotator in (("the pool", Annotator()), ("without slots", Annotator(slot=0))):
        right, first, n_first = Agreement(), 0, 0
        chances: list[float] = []
        places: list[float] = []
        tasks = islice(stream("alpaca-farm", 5), 2 * n)
        for episode in played("alpaca-farm", tasks, cast={"annotator": annotator}, label_noise=0):
            for label in _labels(episode):
                odds, flipped = _odds(annotator, episode, label), label["flipped"]
                chance = logistic(odds)
                places.append(1 - chance if flipped else chance)
                first, n_first = first + ((label["preference"] == 1) != flipped), n_first + 1
            for decision in scenario.decisions(episode):
                if decision.kind == "annotation":
                    right.add(decision)
                    chances.append(chance if decision.true else 1 - chance)
        line(f"{what}: a member is right", sum(chances) / len(chances), *right.accuracy)
        line(f"{what}: what stands first is preferred", sum(places) / len(places), first, n_first)
    line("without slots: likewise, whatever the outputs", 0.5, first, n_first)
    annotator, wins, chances = Annotator(), 0.0, []
    tasks = islice(stream("alpaca-farm", 6), n)
    for episode in played("alpaca-farm", tasks, cast={"annotator": annotator}, mode="evaluate"):
        for label in _labels(episode):
            chances.append(logistic(_odds(annotator, episode, label)))
            wins += episode.scores["win"]
    line(
        "output wins against the reference, by the pool",
        sum(chances) / len(chances),
        round(wins),
        len(chances),
    )


def _labels(episode: Episode) -> list[dict[str, Any]]:
    found: Any = episode.notes.get("labels", [])
    return list(found)


def _odds(annotator: Annotator, episode: Episode, label: dict[str, Any]) -> float:
    """The log-odds with which the member of a label prefers the first output of the pair, as the pool's law has it."""
    by_id, names = {event.id: event for event in episode.events}, episode.notes["pair"]
    assert isinstance(names, list)
    one, other = (by_id[str(name)].text for name in names)
    taste, truth = annotator.tastes[label["annotator"] - 1], episode.task.truth
    longer = math.log((1 + len(one.split())) / (1 + len(other.split())))
    odds = annotator.slope * taste.slope * (utility(one, truth) - utility(other, truth))
    odds += annotator.length * taste.length * longer
    return odds + annotator.slot * taste.slot * (-1 if label["flipped"] else 1)


def best(n: int) -> None:
    """The best of 16 by a reward: of which each is good with 0.1, and the reward is right, or noisy and taken in by nothing;
    and the best of 32 by a score that goes with quality as r says, in standard deviations."""
    numbers = itertools.count()
    good, bad = "An oak stands here.", "An oak, an elm."

    def say(view: Mapping[str, Any]) -> dict[str, Any]:
        number = next(numbers)  # no two alike, so that none is left out as a copy
        return {"text": f"{good if rng('best', number).random() < 0.1 else bad} {number:07d}"}

    truth: dict[str, Any] = {"items": [{"id": "punctuation:no_comma"}], "registry": "repaired", "topic": ""}
    tasks = [
        Task(
            id=f"b{k}",
            world="text-constraints",
            fields={"prompt": f"Write without a comma. ({k})"},
            truth=truth,
        )
        for k in range(n)
    ]
    highest = utility(f"{good} 0000000", truth)
    cast = {"policy": Program("trees", {SAMPLE.name: say}), "reward": Rewarder(noise=0)}
    made = list(played("alpaca-farm", tasks, cast=cast, mode="best-of-n", n=16))
    for size in (1, 4, 16):
        hits = sum(episode.scores[f"best_of_{size}"] == highest for episode in made)
        line(f"best of {size} by true utility is good, 0.1 are", 1 - 0.9**size, hits, n)
    for r in (0.5, 0.9):
        mean(f"gain of the best of 32, correlation {r}", r * maximum(32), gained(max(2, n // 6), r))


def maximum(n: int) -> float:
    """The expected maximum of n standard normal draws."""
    normal = NormalDist()
    steps = [x / 500 for x in range(-2500, 2500)]
    return sum(n * x * normal.pdf(x) * normal.cdf(x) ** (n - 1) / 500 for x in steps)


def gained(n: int, r: float) -> list[float]:
    """By how many standard deviations the chosen of 32 responses is better than their mean, where quality is nearly normal
    and the score goes with it by r."""
    words = [
        f"{a}{b}"
        for a in ("bra", "clo", "dri", "fle", "gru", "pla")
        for b in ("ck", "nd", "mp", "st", "lt", "sk")
    ]
    items: Any = [{"id": "keywords:forbidden_words", "params": {"forbidden_words": [word]}} for word in words]
    numbers, spread = itertools.count(), 0.5 / math.sqrt(len(words))

    def say(view: Mapping[str, Any]) -> dict[str, Any]:
        chance = rng("scattered", next(numbers))
        return {"text": " ".join(["Well", *(word for word in words if chance.random() < 0.5)])}

    truth = {"items": items, "registry": "repaired", "topic": ""}
    tasks = [
        Task(id=f"w{k}", world="text-constraints", fields={"prompt": "Write."}, truth=truth) for k in range(n)
    ]
    scorer = Scorer(gain=0.5, bias=0.25, noise=0.5 * spread * math.sqrt(1 / r**2 - 1))
    cast = {"policy": Program("scattered", {SAMPLE.name: say}), "judge": scorer}
    return [
        (episode.scores["quality_of_best"] - 0.5) / spread
        for episode in played("self-judge", tasks, cast=cast, n=32)
    ]


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
    for level in (4.0, 7.0):
        swept = Agreement()
        for episode in played(
            "self-judge", islice(stream("self-judge", 8), n), cast={"judge": scorer}, threshold=level
        ):
            for decision in catalogue.load("self-judge").decisions(episode):
                swept.add(decision)
        chance = NormalDist().cdf((0.6 + 0.2 - level / 9) / 0.12)
        line(f"what meets every constraint passes, threshold {level:g}", chance, *swept.recall)


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
    pool,
    best,
    gate,
    separation,
)
