"""Closed forms of outer rounds: what a learner knows after its lessons, and how it then does on held-out tasks.

Players learn by laws of their own; these are reckoned here once more from nothing but the lessons that they were given.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from closed.share import binomials, estimate, line, mean, played, stream

from maieutic import Episode, Record
from maieutic.agents.simulated.annotator import Annotator, Rewarder, Taste, logistic
from maieutic.agents.simulated.curriculum import Apprentice, task_of
from maieutic.agents.simulated.lecturer import MANNERS, Lecturer
from maieutic.agents.simulated.scorer import share_met
from maieutic.agents.simulated.solver import Solver
from maieutic.agents.simulated.trainee import Trainee
from maieutic.agents.simulated.working import chain
from maieutic.agents.simulated.writer import Writer
from maieutic.roles.annotator import POOL
from maieutic.runs import Journal, Recipe, Simulated, rounds
from maieutic.runs.rounds import Round
from maieutic.scenarios import Drawn, catalogue
from maieutic.scenarios.outer import target
from maieutic.worlds.text_constraints import told
from maieutic.worlds.text_constraints.utility import utility

Lessons = list[Sequence[Drawn]]


class Noted(Simulated):
    """The learner of a simulated player, who notes the lessons of each round."""

    def learn(self, state: Any, lessons: Sequence[Drawn], folder: Path, seed: int) -> Any:
        NOTED.append(lessons)
        return super().learn(state, lessons, folder, seed)


NOTED: Lessons = []


def loop(
    scenario: str,
    players: dict[str, Any],
    n: int,
    number: int,
    parameters: dict[str, Any] | None = None,
    **cast: str,
) -> tuple[list[Round], Lessons, list[list[Episode]], list[Episode]]:
    """The rounds, the lessons of each, what each played, and the last exam's episodes; 4 n tasks are held out."""
    NOTED.clear()
    n = max(3, n)  # fewer teach nothing
    recipe = Recipe(scenario=scenario, n=n, seed=3, parameters=parameters or {}, cast=cast)
    who = {seat: Noted(player) for seat, player in players.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = asyncio.run(rounds(recipe, who, folder, number=number, tests=4 * n))

        def kept(run: str) -> list[Episode]:
            with Journal(folder / run) as journal:
                return [episode for _, episode in sorted(journal.episodes(), key=lambda one: one[0])]

        turns = [kept(f"round-{one.number}") for one in done[1:]]
        return done, list(NOTED), turns, kept(f"exam-{done[-1].number}")


def _hard(records: Iterable[Record]) -> str | None:
    """The kind of a hard instruction that was made into records."""
    first = next(iter(records), None)
    return str(first.meta["task"]) if first is not None and first.purpose == "hard" else None


def curriculum(n: int) -> None:
    """Each record leaves 3 in 100 fewer failures at its task; what is not hard does not come back."""
    player = Apprentice(rates={"addition": 0.5, "subtraction": 0.4, "multiplication": 0.3}, gain=0.03)
    done, lessons, turns, exam = loop("tapir", {"student": player}, n // 4, 3)
    told = Counter(str(record.meta["task"]) for part in lessons for one in part for record in one.records)
    start = {**dict.fromkeys(told, player.other), **player.rates}
    rates = {task: 1 - (1 - rate) * 0.97 ** told[task] for task, rate in start.items()}
    chances = [rates.get(task_of(chain(one.task.truth)), player.other) for one in exam]
    line(
        f"tapir: right after {sum(told.values())} records of known tasks",
        sum(chances) / len(chances),
        round(sum(done[-1].scores)),
        len(exam),
    )
    aimed, hits, hard = 0.0, 0, 0
    for part, asked in zip(lessons, turns, strict=False):
        favoured = [str(kind) for kind in asked[0].parameters["favoured"]]
        found = Counter(kind for one in asked if (kind := _hard(catalogue.load("tapir").records(one))))
        aim = target(found, favoured, float(asked[0].parameters["weight"]))
        kinds = [kind for one in part if (kind := _hard(one.records))]
        aimed += len(kinds) * sum(share for kind, share in aim.items() if kind in favoured)
        hits += sum(kind in favoured for kind in kinds)
        hard += len(kinds)
    line("tapir: favoured kinds among the hard", aimed / max(1, hard), hits, hard)
    gone = [
        (set(one.retired), {e.task.id for e in after})
        for one, after in zip(done[1:], turns[1:], strict=False)
    ]
    retired = sum(len(old) for old, _ in gone)
    line("tapir: a retired task does not come back", 1.0, sum(len(old - new) for old, new in gone), retired)


def layout(n: int) -> None:
    """Worked answers leave 2 in 100 fewer wrong solutions, pairs fewer reviews in which the mistake is not found or mended."""
    player = Trainee(right=0.3, mends=0.3, notices=0.4, doubts=0.05)
    for number in (1, 2):
        done, lessons, _, exam = loop("supercorrect", {"student": player}, n // 6, number)
        kinds = Counter(record.kind for part in lessons for one in part for record in one.records)
        right = 1 - 0.7 * 0.98 ** kinds["dialogue"]
        mends, notices = (1 - (1 - rate) * 0.98 ** kinds["pair"] for rate in (0.3, 0.4))
        line(
            f"supercorrect: right after {kinds['dialogue']} answers, {kinds['pair']} pairs",
            right * (1 - 0.05 * (1 - mends)) + (1 - right) * notices * mends,
            round(sum(done[-1].scores)),
            len(exam),
        )


def pool(n: int) -> None:
    """Each solution leaves so many fewer wrong ones of its kind; a round learns from the start on what all have made."""
    player = Solver(right=0.4, hard=0.2)
    done, lessons, _, exam = loop("automathcritique", {"actor": player}, n // 8, 2)
    told = Counter[bool]()
    for one in lessons[-1]:  # the last round learns on everything
        for record in one.records:
            told[len(chain(one.episode.task.truth)) >= player.many] += 1
            assert record.kind == "dialogue"
    after = {
        hard: 1 - (1 - (player.hard if hard else player.right)) * (1 - player.gain) ** told[hard]
        for hard in (True, False)
    }
    chances = [after[len(chain(one.task.truth)) >= player.many] for one in exam]
    line(
        f"automathcritique: right after {told.total()} solutions",
        sum(chances) / len(chances),
        round(sum(done[-1].scores)),
        len(exam),
    )


def teaching(n: int) -> None:
    """A manner's odds shift with the share of the pairs that it wins, with word problems and with programs."""
    player = Lecturer()
    for domain in ("words", "programs"):
        _, lessons, _, exam = loop(
            "learning-by-teaching", {"teacher": player}, n // 20, 1, parameters={"domain": domain}
        )
        pairs: Any = [record for one in lessons[0] for record in one.records]
        odds = []
        for manner, weight in zip(MANNERS, player.weights, strict=False):
            won = sum((manner in one.chosen) - (manner in one.rejected) for one in pairs)
            odds.append(weight * math.exp(player.rate * won / len(pairs)))
        workings = [
            event for one in exam for event in one.events if event.seat == "teacher" and event.invalid is None
        ]
        right = sum(bool((event.memory or {})["right"]) for event in workings)
        line(
            f"learning-by-teaching, {domain}: right after {len(pairs)} pairs",
            odds[0] / sum(odds),
            right,
            len(workings),
        )


def feedback(n: int) -> None:
    """Words that fit the student's mistake weaken the rule behind it; words about another rule leave it where it was, and
    so do the plain workings of the first round."""
    player = Recipe(scenario="learn-to-reason").company().cast["student"]
    for tailored in (0.0, 0.9):
        teacher = f"simulated:tailored={tailored},flawed=0"
        done, _, _, exam = loop("learn-to-reason", {"student": player}, n // 5, 3, teacher=teacher)
        assert done[1].scores == done[0].scores
        gain = done[-1].gain(done[0])
        print(
            f"  learn-to-reason: gain on {len(exam)} held-out tasks, fitting words {tailored}: {gain.mean:+.3f} "
            f"({gain.low:+.3f} to {gain.high:+.3f})"
        )


def imitation(n: int) -> None:
    """A reward takes over what pairs are preferred for; the best of n by it meet as many constraints as the highest of n
    binomials, and draw the policy there; it then wins against a reference where it meets more, and half of the rest."""
    taste, slope, length = Annotator(tastes=(Taste(slope=3, length=1),) * len(POOL), slot=0), 3.0, 1.0
    made = played(
        "alpaca-farm", islice(stream("alpaca-farm", 9), n), cast={"annotator": taste}, label_noise=0
    )
    pairs = [one for episode in made for one in catalogue.load("alpaca-farm").records(episode)]
    reward = Rewarder().studied(pairs, 0)
    error = spread(pairs, slope, length)
    estimate(
        "alpaca-farm: weight of length in a fitted reward", length / (slope + length), reward.length, error
    )

    policy, many = Writer(skill=0.3, gain=0.05), 8
    players = {"reward": Rewarder(noise=0, worth=0, length=1), "policy": policy}
    done, lessons, _, exam = loop(
        "alpaca-farm", players, n // 4, 2, {"n": many}, annotator="simulated:slope=1e12,length=0,slot=0"
    )
    best, shares = [], []
    for one in lessons[-1]:
        (record,), count = one.records, len(one.episode.task.truth["items"])
        best.append(highest(many, count, policy.skill) / count)
        shares.append(share_met(record.messages[-1].content, one.episode.task.truth))
    mean("alpaca-farm: the best of 8 meets", sum(best) / len(best), shares)
    skill = policy.skill
    skill += (1 - (1 - policy.gain) ** len(shares)) * (sum(shares) / len(shares) - skill)
    wins = []
    for episode in exam:
        count = len(episode.task.truth["items"])
        own, other = (binomials([p] * count) for p in (skill, Writer(skill=0.8).skill))
        wins.append(
            sum(
                p * q * (1 if k > j else 0.5 if k == j else 0)
                for k, p in enumerate(own)
                for j, q in enumerate(other)
            )
        )
    line(
        f"alpaca-farm: wins after {len(shares)} to imitate",
        sum(wins) / len(wins),
        round(sum(done[-1].scores)),
        len(exam),
    )


def highest(n: int, count: int, p: float) -> float:
    """The expected highest of n binomial draws, each of `count` chances `p`."""
    below = list(accumulate(binomials([p] * count)))
    return sum(1 - one**n for one in below[:-1])


def spread(pairs: Sequence[Any], slope: float, length: float) -> float:
    """The standard error of the weight of length, over the sum of both, of a fit to choices by these odds: from the
    information of a logistic choice, to first order."""
    xx = xy = yy = 0.0
    for pair in pairs:
        truth = told(None, pair.prompt[-1].content)
        x = utility(pair.chosen, truth) - utility(pair.rejected, truth)
        y = math.log((1 + len(pair.chosen.split())) / (1 + len(pair.rejected.split())))
        p = logistic(slope * x + length * y)
        xx, xy, yy = xx + p * (1 - p) * x * x, xy + p * (1 - p) * x * y, yy + p * (1 - p) * y * y
    det, total = xx * yy - xy * xy, (slope + length) ** 2
    a, b = -length / total, slope / total  # how the share changes with either weight
    return math.sqrt((a * a * yy - 2 * a * b * xy + b * b * xx) / det)


FORMS: tuple[Callable[[int], None], ...] = (curriculum, layout, pool, teaching, feedback, imitation)
