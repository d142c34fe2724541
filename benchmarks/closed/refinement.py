"""Closed forms of the systems that criticise and refine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import islice
from statistics import NormalDist
from typing import Any

from closed.share import line, majority, played, share, stream, tail

from maieutic import Pair, Stop, Task
from maieutic.agents.simulated.comparer import Classifier, Comparer
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.evolver import Evolver
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.inspector import Inspector, Locator
from maieutic.agents.simulated.mentor import Mentor
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.scientist import Scientist
from maieutic.agents.simulated.solver import Solver
from maieutic.agents.simulated.trainee import Trainee
from maieutic.agents.simulated.walker import Walker
from maieutic.agents.simulated.writer import Writer, met
from maieutic.runs.measures import Agreement
from maieutic.scenarios import catalogue
from maieutic.worlds.text_constraints import judge, told


def votes(n: int) -> None:
    """Five votes at a judge's accuracy: the majority verdict on every response that was judged."""
    for accuracy in (0.6, 0.7, 0.8, 0.9):
        scenario, one = catalogue.load("spar"), Agreement()
        cast = {"refiner": Refiner(accuracy=accuracy), "actor": Writer(skill=0.7)}
        for episode in played("spar", islice(stream("spar", 2), n), cast=cast, depth=1):
            for decision in scenario.decisions(episode):
                if decision.kind == "verdict":
                    one.add(decision)
        line(f"majority of five, judge accuracy {accuracy}", majority(accuracy), *one.accuracy)


def pairs(n: int) -> None:
    """Children of a root that fails its one constraint, accepted by the votes: how many are truly good."""
    single = [task for task in islice(stream("spar", 3), 12 * n) if len(task.truth["items"]) == 1][:n]
    for accuracy in (0.7, 0.8, 0.9):
        m = majority(accuracy)
        predicted = 0.4 * m / (0.4 * m + 0.6 * (1 - m))
        cast = {"refiner": Refiner(accuracy=accuracy, fix=0.4, spoil=0.0), "actor": Writer(skill=0.0)}
        scenario, accepted = catalogue.load("spar"), Agreement()
        for episode in played("spar", single, cast=cast, depth=1, responses=1):
            children = {event.id for event in episode.events if event.role == "refiner.refine"}
            parents = {event.id: event.parent for event in episode.events}
            for decision in scenario.decisions(episode):
                if decision.kind == "verdict" and parents[decision.event] in children:
                    accepted.add(decision)
        line(f"accepted child is good, f 0.4, judge accuracy {accuracy}", predicted, *accepted.precision)


def learnt(n: int) -> None:
    """A kind of constraint that is forced, heeded at a known rate; a skill after lessons that are right or wrong."""
    plain = [
        Task(id=f"plain:{k}", world="text-constraints", fields={"prompt": f"Tell me something new. ({k})"})
        for k in range(n)
    ]
    small: dict[str, Any] = {"responses": 1, "votes": 1, "depth": 1, "branch": 1, "keep": 1}
    cast: dict[str, Any] = {"evolver": Evolver(heed=0.7)}
    made = list(played("spar", plain, cast=cast, mode="evolved", **small))
    line("forced kind is among what is added, heed 0.7", 0.7, round(sum(e.scores["forced"] for e in made)), n)
    drawn = [
        record
        for episode in played("spar", islice(stream("spar", 5), n // 4), cast={"actor": Writer(skill=0.4)})
        for record in catalogue.load("spar").records(episode)
        if isinstance(record, Pair)
    ]
    more = [
        met(one.chosen, truth) - met(one.rejected, truth)
        for one in drawn
        for truth in [told(None, one.prompt[-1].content)]
    ]
    writer = Writer(skill=0.4, gain=0.02)
    right, wrong = sum(one > 0 for one in more), sum(one < 0 for one in more)
    skill = (1 - 0.6 * 0.98**right) * 0.98**wrong
    single = [task for task in islice(stream("spar", 6), 12 * n) if len(task.truth["items"]) == 1][:n]
    after = {"actor": writer.studied(drawn, 0)}
    strict = sum(e.scores["strict"] for e in played("spar", single, cast=after, **small))
    line(f"one constraint met after {right} right, {wrong} wrong pairs", skill, round(strict), len(single))


def refined(n: int) -> None:
    """Requests of which every constraint fails at first: clean after rounds of an oracle's criticism; and faulty responses
    that a critic clears, each fault by itself."""
    fix, oracle = 0.4, {"decomposer": Decomposer(drop=0, invent=0), "examiner": Examiner(miss=0, alarm=0)}
    for rounds in (1, 2, 4):
        clean, chances = 0, []
        cast = {**oracle, "actor": Writer(skill=0.0, fix=fix, spoil=0.0)}
        tasks = islice(stream("decrim", 9), n)
        for episode in played("decrim", tasks, cast=cast, rounds=rounds, repeats=0):
            first = next(event for event in episode.events if event.role == "actor.respond")
            failures = [one.ok for one in judge(str(first.answer["text"]), episode.task.truth)].count(False)
            chances.append((1 - (1 - fix) ** rounds) ** failures)
            clean += episode.stop in (Stop.SOLVED, Stop.ACCEPTED)
        line(f"clean after {rounds} rounds, oracle critic, fix 0.4", sum(chances) / n, clean, n)
    for miss in (0.3, 0.7):
        released, chances = 0, []
        cast = {
            "decomposer": oracle["decomposer"],
            "examiner": Examiner(miss=miss, alarm=0),
            "actor": Writer(skill=0.3),
        }
        for episode in played("decrim", islice(stream("decrim", 10), n), cast=cast):
            first = next(event for event in episode.events if event.role == "actor.respond")
            failures = [one.ok for one in judge(str(first.answer["text"]), episode.task.truth)].count(False)
            if failures:
                chances.append(miss**failures)
                released += episode.stop is Stop.ACCEPTED
        line(
            f"faulty response released at once, misses {miss}",
            sum(chances) / len(chances),
            released,
            len(chances),
        )


def better(left: list[float], right: list[float]) -> float:
    """Probability that of two lists of chances more come true in the first."""

    def counts(chances: list[float]) -> list[float]:
        found = [1.0]
        for one in chances:
            found = [a * (1 - one) + b * one for a, b in zip([*found, 0.0], [0.0, *found], strict=True)]
        return found

    pairs = ((i > j, p * q) for i, p in enumerate(counts(left)) for j, q in enumerate(counts(right)))
    return sum(chance for more, chance in pairs if more)


def ticked(n: int) -> None:
    """Preferences by a whole checklist and a ticker that flips; the best of eight; what a list leaves out."""
    several = [task for task in islice(stream("tick-stick", 12), 4 * n) if len(task.truth["items"]) > 1][:n]  # type: ignore[arg-type]
    whole = Decomposer(drop=0, invent=0, turn=0)
    for flip in (0.1, 0.3):
        examiner = Examiner(miss=flip, alarm=flip, confuse=0)
        right, chances = 0, []
        cast: dict[str, Any] = {"decomposer": whole, "examiner": examiner}
        for episode in played("tick-stick", several, cast=cast, mode="evaluate"):
            first, second = (
                [one.ok is True for one in judge(str(event.answer["text"]), episode.task.truth)]
                for event in episode.by_role("actor.respond")
            )
            if sum(first) != sum(second):
                more, less = (first, second) if sum(first) > sum(second) else (second, first)
                chances.append(better(*([1 - flip if met else flip for met in one] for one in (more, less))))
                right += episode.notes["preference"] == ("a" if more is first else "b")
        line(
            f"the better response is preferred, ticks flip {flip}",
            sum(chances) / len(chances),
            right,
            len(chances),
        )
    sure = Examiner(miss=0, alarm=0, confuse=0)
    pairs = [task for task in several if len(task.truth["items"]) == 2][: n // 2]  # type: ignore[arg-type]
    cast = {"decomposer": whole, "examiner": sure, "actor": Writer(skill=math.sqrt(0.3))}
    chosen = [one.scores["all_taken"] for one in played("tick-stick", pairs, cast=cast, mode="select")]
    line("best of 8 is a full pass, 0.3 of samples are", 1 - 0.7**8, round(sum(chosen)), len(chosen))
    drop = 0.3
    cast = {
        "decomposer": Decomposer(drop=drop, invent=0, turn=0),
        "examiner": sure,
        "actor": Writer(skill=0, fix=1, spoil=0),
    }
    full, chances, gaps, left = 0, [], [], []
    for episode in played("tick-stick", several, cast=cast):
        if not episode.notes["direct"]:
            items: Any = episode.task.truth["items"]
            questions: Any = episode.notes["questions"]
            m = len(items)
            used = 1 - drop**m - m * (1 - drop) * drop ** (m - 1)
            chances.append((1 - drop) ** m / used)
            left.append(1 - ((1 - drop) - (1 - drop) * drop ** (m - 1)) / used)  # 1 - E[K | K >= 2] / m
            full += len(questions) == m
            gaps.append(episode.scores["own_gain"] - episode.scores["gain"])
    line("a list that is used is whole, drop 0.3", sum(chances) / len(chances), full, len(chances))
    print(
        f"  gain of refining by its own ticks above the true gain, drop 0.3: {sum(gaps) / len(gaps):.3f}; "
        f"where nothing left out is met by luck {sum(left) / len(left):.3f}"
    )


def criticised(n: int) -> None:
    """Critiques kept where 3 of 10 refinements are right by them; lucky refinements; best of 8; an oracle's turns."""
    name, one = "automathcritique", catalogue.load("automathcritique")
    sure = Walker(miss=0, alarm=0, leak=0, skips=0)
    for p in (0.1, 0.2, 0.3, 0.5):
        cast: dict[str, Any] = {"annotator": sure, "actor": Solver(fix=p, luck=p)}
        made = list(played(name, islice(stream(name, 12), n // 2), cast=cast, ways=("insert",)))
        line(
            f"critique is kept, 3 of 10, success {p}",
            tail(10, 3, p),
            sum(e.scores["kept"] for e in made),
            len(made),
        )
    kept = Agreement()
    cast = {"annotator": Walker(miss=0, alarm=0.4, leak=0, skips=0), "actor": Solver(fix=0.5, luck=0.2)}
    for episode in played(name, islice(stream(name, 13), n), cast=cast, ways=("insert",)):
        for decision in one.decisions(episode):
            if decision.kind == "critique":
                kept.add(decision)
    true, total = kept.recall[1] * tail(10, 3, 0.5), kept.accuracy[1]
    lucky = (total - kept.recall[1]) * tail(10, 3, 0.2)
    line("kept critique is true, success 0.5, luck 0.2", true / (true + lucky), *kept.precision)
    line("true critique is kept, success 0.5", tail(10, 3, 0.5), *kept.recall)
    actor = Solver(right=0.3, hard=0.3, fix=0.4)
    tests = {"actor": actor, "critic": sure}
    best = list(
        played(name, islice(stream(name, 14), n), cast=tests, mode="parallel", critic=False, samples=8)
    )
    line("any of 8 solutions is right, success 0.3", 1 - 0.7**8, sum(e.scores["pass_at_n"] for e in best), n)
    for turns in (1, 3):
        given = {"mode": "sequential", "turns": turns, "know_answer": True}
        right = sum(
            e.scores["accuracy_with_oracle"]
            for e in played(name, islice(stream(name, 15), n), cast=tests, **given)
        )
        line(f"right after {turns} critiques, oracle, 0.3 then 0.4", 1 - 0.7 * 0.6**turns, right, n)
    learner = {"actor": Solver(right=0.9, hard=0.1)}
    for critic in (False, True):
        pool = Counter[bool]()
        for episode in played(name, islice(stream(name, 16), n), cast=learner, mode="train", critic=critic):
            hard = len(episode.task.truth["steps"]) >= 4
            pool[hard] += sum(record.purpose == "solve" for record in one.records(episode))
        what = "with" if critic else "without"
        print(
            f"  hard questions among what is learnt from, {what} a critic: {share(pool[True], pool.total())}"
        )


def stepwise(n: int) -> None:
    """First wrong steps and their corrections: by a locator, a teacher who gets it wrong four times in ten, an inspector
    who errs, a student who mends its own step four times in ten; and a student who looks its own answer over."""
    name, one = "supercorrect", catalogue.load("supercorrect")
    sure: dict[str, Any] = {"locator": Locator(miss=0, off=0), "inspector": Inspector(miss=0, alarm=0)}
    fails = Trainee(right=0, mends=0)
    hits, near, chances = 0, 0, []
    cast: dict[str, Any] = {"locator": Locator(miss=0.1, off=0.4), "student": fails}
    for episode in played(name, islice(stream(name, 17), n), cast=cast):
        (solution,) = episode.by_role("student.solve")
        place: Any = (solution.memory or {})["place"]
        steps: Any = solution.answer["steps"]
        if len(steps) > 1:
            hits += episode.scores["located"] == 1
            near += episode.scores["located_near"] == 1
            beside = (place > 0) + (place + 1 < len(steps))
            chances.append(0.6 + 0.4 * beside / (len(steps) - 1))
    count = len(chances)
    line("first wrong step located, missed 0.1, off 0.4", 0.9 * 0.6, hits, count)
    line("located or off by one", 0.9 * sum(chances) / count, near, count)
    for cap in (1, 3):
        cast = {**sure, "student": fails, "teacher": Mentor(wrong=0.4)}
        made = list(played(name, islice(stream(name, 18), n), cast=cast, inspections=cap))
        line(
            f"a pair within {cap} corrections, wrong 0.4",
            1 - 0.4**cap,
            sum(e.stop is Stop.SOLVED for e in made),
            n,
        )
    pairs = Agreement()
    cast = sure | {
        "inspector": Inspector(miss=0.3, alarm=0.2),
        "student": Trainee(right=0, mends=0.4),
        "teacher": Mentor(wrong=0.4),
    }
    for episode in played(name, islice(stream(name, 19), n), cast=cast):
        for decision in one.decisions(episode):
            if decision.kind == "pair":
                pairs.add(decision)
    true = (0.6 * 0.8 / (0.6 * 0.8 + 0.4 * 0.3)) * (0.6 * 0.7 / (0.6 * 0.7 + 0.4 * 0.2))
    line("pair is true, inspector misses 0.3, alarms 0.2", true, *pairs.precision)
    student = Trainee(right=0.5, notices=0.6, doubts=0.5, mends=0.4)
    tests = list(played(name, islice(stream(name, 20), n), cast={"student": student}, mode="test"))
    line("wrong turned right by a review", 0.5 * 0.6 * 0.4, round(sum(e.scores["righted"] for e in tests)), n)
    line("right turned wrong by a review", 0.5 * 0.5 * 0.6, round(sum(e.scores["spoiled"] for e in tests)), n)
    print(f"  self-correction: {sum(e.scores['self_correction'] for e in tests) / n:+.3f}, predicted -0.030")
    rejects = sum(
        e.scores["rejects"]
        for e in played(
            name,
            islice(stream(name, 21), n),
            cast={"teacher": Mentor(sloppy=0.5, garbled=0.1)},
            mode="template",
            form="tagged",
        )
    )
    line("tagged text is rejected, garbled 0.1, sloppy 0.5", 0.1, round(rejects), n)


def let_through(p: float, r: float, stay: float, u: float, v: float) -> tuple[float, float]:
    """Shares of right and of wrong solutions that a comparer with error rates u and v lets through over three stages."""
    good, bad = p * (1 - u), (1 - p) * v
    right, wrong = p * u, (1 - p) * (1 - v)
    right, wrong = right * stay + wrong * r, right * (1 - stay) + wrong * (1 - r)
    good, bad = good + right * (1 - u), bad + wrong * v
    return good + (right * u + wrong * (1 - v)) * (1 - u), bad


def reflected(n: int) -> None:
    """The yield of each stage; what a comparer that errs lets through; a classifier's thresholds, held against the steps."""
    name, one = "sciglm", catalogue.load("sciglm")
    sure: dict[str, Any] = {"unmarked": 0, "vague": 0, "respelled": 0}

    def people(**given: Any) -> dict[str, Any]:
        return dict.fromkeys(("solver", "reviser", "informed"), Scientist(**sure, **given))

    p, r = 0.6, 0.5
    made = list(played(name, islice(stream(name, 17), n), cast=people(right=p, fix=r), classify=False))
    for stage, chance in (("first", p), ("revised", (1 - p) * r), ("informed", (1 - p) * (1 - r))):
        line(
            f"answer right, stage {stage}, p {p}, r {r}", chance, round(sum(e.scores[stage] for e in made)), n
        )
    for u, v in ((0.05, 0.05), (0.1, 0.3)):
        cast = people(right=0.5, fix=0.6, stay=0.8) | {
            "comparer": Comparer(miss=u, alarm=v, unsure=0, garbled=0)
        }
        right = Agreement()
        for episode in played(name, islice(stream(name, 18), n), cast=cast, numeric=False, classify=False):
            through = [d for d in one.decisions(episode) if d.kind == "match" and d.said]
            for decision in through:
                right.add(decision)
        good, bad = let_through(0.5, 0.6, 0.8, u, v)
        line(f"let through is right, comparer u {u}, v {v}", good / (good + bad), *right.precision)
    classifier = Classifier(gain=0.8, bias=0.2, noise=1.0)
    swept: dict[str, Agreement] = {}
    cast = people(right=1, luck=0.5) | {"classifier": classifier}
    for episode in played(name, islice(stream(name, 19), n), cast=cast):
        for decision in one.decisions(episode):
            if decision.kind.startswith("kept>"):
                swept.setdefault(decision.kind, Agreement()).add(decision)
    for kind, found in sorted(swept.items(), key=lambda each: float(each[0].partition(">")[2])):
        at = float(kind.partition(">")[2])
        keeps, errs = (NormalDist().cdf(side * 0.8 + 0.2 - at) for side in (1, -1))
        sound = found.recall[1] / found.accuracy[1]
        line(f"sound is kept, threshold {at:g}", keeps, *found.recall)
        precise = sound * keeps / (sound * keeps + (1 - sound) * errs)
        line(f"kept is sound, threshold {at:g}", precise, *found.precision)


FORMS: tuple[Callable[[int], None], ...] = (
    votes,
    pairs,
    learnt,
    refined,
    ticked,
    criticised,
    stepwise,
    reflected,
)
