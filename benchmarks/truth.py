"""Truth: how right the decisions of each scenario are, beside what the published protocols predict.

    python benchmarks/truth.py            # 300 episodes of each scenario
    python benchmarks/truth.py 1000

Every figure is a share with its 95 % Wilson interval. `predicted` is the closed form: a majority of five votes at judge
accuracy a; for a pair, Bayes' rule f m / (f m + (1 - f)(1 - m)) with fix rate f and majority accuracy m; three quarters
for labels of which half are left to a coin; the binomial tail for critiques of which 3 in 10 refinements are right;
for a checklist, the two sums of ticks, each question by itself.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from statistics import NormalDist
from typing import Any

from machine import machine

from maieutic import Episode, Stop, Task
from maieutic.agents.simulated.annotator import Annotator
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.curriculum import Rater
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.explainer import Explainer
from maieutic.agents.simulated.problem import problem
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.agents.simulated.solver import Solver
from maieutic.agents.simulated.student import Mind, Student, fidelity
from maieutic.agents.simulated.walker import Walker
from maieutic.agents.simulated.writer import Writer
from maieutic.runs.measures import Agreement, wilson
from maieutic.scenarios import assemble, catalogue
from maieutic.worlds.text_constraints import judge

SCENARIOS = tuple(catalogue.names())


def share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits / n:.3f} ({low:.3f}-{high:.3f}) of {n}" if n else "none"


def played(
    name: str, tasks: Iterable[Task], *, cast: dict[str, Any] | None = None, **parameters: Any
) -> Iterator[Episode]:
    company = assemble(catalogue.load(name), parameters=parameters, cast=cast)
    for place, task in enumerate(tasks):
        yield asyncio.run(company.play(task, seed=place))


def stream(name: str, seed: int = 1) -> Iterator[Task]:
    world = catalogue.load(name).world
    return (world.generate(seed, index) for index in range(10**9))


def decided(name: str, n: int) -> None:
    """Precision and recall of every kind of decision, with the default cast."""
    scenario = catalogue.load(name)
    kinds: dict[str, Agreement] = {}
    scores: dict[str, list[float]] = {}
    for episode in played(name, islice(stream(name), n)):
        for decision in scenario.decisions(episode):
            kinds.setdefault(decision.kind, Agreement()).add(decision)
        for key, value in episode.scores.items():
            scores.setdefault(key, []).append(value)
    print(f"\n{name}: {n} episodes, default cast")
    print(f"  {'decision':<12} {'precision':<30} {'recall':<30} accuracy")
    for kind, one in sorted(kinds.items()):
        columns = [share(*one.precision), share(*one.recall), share(*one.accuracy)]
        print(f"  {kind:<12} {columns[0]:<30} {columns[1]:<30} {columns[2]}")
    if "changed" in scores and "changed_between_drafts" in scores:
        edited, drafted = (
            sum(scores[key]) / len(scores[key]) for key in ("changed", "changed_between_drafts")
        )
        print(
            f"  words changed from rejected to chosen {edited:.3f}, between two independent drafts {drafted:.3f}: "
            f"ratio {edited / drafted:.3f}"
        )


def majority(accuracy: float, votes: int = 5) -> float:
    """Probability that a majority of independent votes is right."""
    return sum(
        math.comb(votes, right) * accuracy**right * (1 - accuracy) ** (votes - right)
        for right in range(votes // 2 + 1, votes + 1)
    )


def line(what: str, predicted: float, hits: int, n: int) -> None:
    low, high = wilson(hits, n, z=3.29)
    inside = "within" if low <= predicted <= high else "OUTSIDE"
    print(
        f"  {what:<46} predicted {predicted:.3f}   measured {share(hits, n):<32} {inside} its 99.9 % interval"
    )


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


def labels(n: int) -> None:
    """Labels of faultless annotators, half of them left to a coin."""
    scenario, one, noisy, asked = catalogue.load("alpaca-farm"), Agreement(), 0, 0
    sure = Annotator(slope=1e12, length=0, slot=0)
    for episode in played("alpaca-farm", islice(stream("alpaca-farm", 4), n), cast={"annotator": sure}):
        for decision in scenario.decisions(episode):
            if decision.kind == "label":
                one.add(decision)
        for event in episode.by_role("noise.draw"):
            noisy, asked = noisy + bool(event.answer["noisy"]), asked + 1
    line("label agrees with the truth, label noise 0.25", 0.75, *one.accuracy)
    line("label is left to the coin", 0.5, noisy, asked)


def coded(n: int) -> None:
    """A tutor that misreads one turn in five; and a learner whose errors are all to make pairs."""
    right = rounds = made = wanted = 0
    cast = {"tutor": Coder(evaluation=0.2), "learner": Coder()}
    for episode in played("class-spock", islice(stream("class-spock", 6), n), cast=cast):
        minds = {event.id: event.memory or {} for event in episode.by_role("student.remark")}
        for turn in episode.by_role("tutor.turn")[1:]:
            rounds += 1
            right += turn.private["evaluation"] == minds[turn.parent].get("code")
    line("coded tutor reads the student rightly, errors 0.2", 0.8, right, rounds)
    for kind in ("unparsable", "missing", "evaluation", "action", "progress"):
        cast = {"tutor": Coder(), "learner": Coder(**{kind: 1.0})}
        for episode in played("class-spock", islice(stream("class-spock", 7), n // 10 + 1), cast=cast):
            wanted += len(episode.by_role("tutor.turn")) - 1
            reasons = [record.meta.get("reason") for record in catalogue.load("class-spock").records(episode)]
            made += reasons.count(kind)
    print(f"  injected template errors that made a pair with their reason: {share(made, wanted)}")


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


def refined(n: int) -> None:
    """Requests of which every constraint fails at first: clean after rounds of an oracle's criticism."""
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


def taught(n: int) -> None:
    """How an answer is chosen among workings by students' exams, against a reckoning of the same odds; 16 workings,
    a right one in 0.3 of them, 9 sittings, success 0.6 after a right working and 0.3 after a wrong one."""
    hits, asked = Counter[str](), 0
    for episode in played(
        "learning-by-teaching", islice(stream("learning-by-teaching", 9), n // 5), samples=16
    ):
        if episode.stop is Stop.SOLVED:
            asked += 1
            hits.update(name for name in ("MAJ", "SUM", "MAX", "AVG") if episode.scores[name])
    for name, predicted in {"MAJ": 0.40, "SUM": 0.78, "MAX": 0.89, "AVG": 0.97}.items():
        line(f"answer chosen by {name} among 16 workings", predicted, hits[name], asked)


def tailored(n: int) -> None:
    """Rules named by a teacher after an exam, and the filter by the answer."""
    cause, kept = Agreement(), Agreement()
    cast = {"teacher": Explainer(tailored=0.8, astray=0.2, flawed=0.0)}
    for episode in played("learn-to-reason", islice(stream("learn-to-reason", 10), n // 2), cast=cast):
        for decision in catalogue.load("learn-to-reason").decisions(episode):
            {"cause": cause, "kept": kept}.get(decision.kind, Agreement()).add(decision)
    line("teacher names the rule behind the mistake, rate 0.8", 0.8, *cause.precision)
    line("working passes the filter, astray 0.2", 0.8, kept.precision[1], kept.accuracy[1])
    print(f"  kept workings whose answer and lines are right: {share(*kept.precision)}")


def hard(n: int) -> None:
    """The hard set by a threshold of 2 on scores 3 apart, noise 1.4, a bonus for the first slot."""
    one = Agreement()
    rater = Rater(noise=1.4, bonus=0.8, right=7, wrong=4)
    for episode in played("tapir", islice(stream("tapir", 11), n), cast={"judge": rater}, expansions=0):
        for decision in catalogue.load("tapir").decisions(episode):
            if decision.kind == "hard":
                one.add(decision)
    line("hard instruction found, both orders, noise 1.4", 1 - NormalDist(3.0, 1.4).cdf(2.0), *one.recall)


def tail(n: int, k: int, p: float) -> float:
    """Probability of k or more of n."""
    return sum(math.comb(n, hits) * p**hits * (1 - p) ** (n - hits) for hits in range(k, n + 1))


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


def student(n: int) -> None:
    """A student's first attempts: right as often as the knowledge state says, wrong as its misconceptions have it."""
    learner = Student()
    minds = []
    for episode in played("socratic-math", islice(stream("socratic-math", 5), n), cast={"student": learner}):
        first = next(event for event in episode.events if event.seat == "student")
        task = problem(episode.task.fields, episode.task.truth)
        assert task is not None
        assert first.memory is not None
        minds.append((task, Mind.model_validate(first.memory)))
    found = fidelity(learner, minds)
    line("student's first steps right, by its state", found.expected / found.steps, found.right, found.steps)
    print(
        f"  wrong steps of skills not known that are a misconception's value: {share(found.misconceived, found.wrong)}"
    )
    print(
        f"  of these the misconception that it holds for the skill:           {share(found.own, found.misconceived)}"
    )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(machine())
    for each in SCENARIOS:
        decided(each, count)
    print("\nclosed forms")
    votes(count)
    pairs(count)
    labels(4 * count)
    coded(count)
    gate(count)
    refined(count)
    ticked(count)
    student(count)
    taught(count)
    tailored(count)
    hard(count)
    criticised(count)
