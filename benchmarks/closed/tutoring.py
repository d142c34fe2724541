"""Closed forms of the systems that tutor."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from statistics import NormalDist, fmean
from typing import Any

from closed.share import estimate, line, mean, played, share, stream

from maieutic import Episode, Stop, rng
from maieutic.agents import Program
from maieutic.agents.simulated.author import Author
from maieutic.agents.simulated.bug_talk import bugs_of
from maieutic.agents.simulated.coder import Coder
from maieutic.agents.simulated.curriculum import Rater
from maieutic.agents.simulated.debugger import Debugger
from maieutic.agents.simulated.expert import Expert
from maieutic.agents.simulated.explainer import Explainer
from maieutic.agents.simulated.gauge import Gauge
from maieutic.agents.simulated.instructor import Instructor
from maieutic.agents.simulated.lecturer import Lecturer
from maieutic.agents.simulated.panel import planted
from maieutic.agents.simulated.problem import problem
from maieutic.agents.simulated.pupil import Pupil
from maieutic.agents.simulated.scriptwriter import Scriptwriter
from maieutic.agents.simulated.silent import Silent
from maieutic.agents.simulated.student import Mind, Student, fidelity
from maieutic.agents.simulated.tailor import Drafter
from maieutic.agents.simulated.verifier import Verifier
from maieutic.roles.expert import AXES
from maieutic.roles.retrieval import SEARCH
from maieutic.runs import tutoring as measured_as_tutoring
from maieutic.runs.agreement import weighted_kappa
from maieutic.runs.contrast import Estimate
from maieutic.runs.measures import Agreement
from maieutic.runs.ranking import standings
from maieutic.runs.tutoring import retention_share
from maieutic.scenarios import assemble, catalogue
from maieutic.scenarios.arte import worth
from maieutic.scenarios.probing.drafts import Sheet
from maieutic.scenarios.probing.irt import rank_correlation
from maieutic.scenarios.probing.probes import measured
from maieutic.worlds import catalogue as worlds
from maieutic.worlds.word_problems import sections
from maieutic.worlds.word_problems.textbook import textbook


def coded(n: int) -> None:
    """A tutor that misreads one turn in five; and a learner whose errors are all to make pairs."""
    right = rounds = made = wanted = 0
    cast = {"tutor": Coder(evaluation=0.2), "learner": Coder()}
    for episode in played("class-spock", islice(stream("class-spock", 6), n), cast=cast):
        lesson = catalogue.load("class-spock").lesson(episode)
        graded = lesson.codes.get("evaluation", ()) if lesson else ()
        rounds += len(graded)
        right += sum(said == true for said, true in graded)
    line("coded tutor reads the student rightly, errors 0.2", 0.8, right, rounds)
    for kind in ("unparsable", "missing", "evaluation", "action", "progress"):
        cast = {"tutor": Coder(), "learner": Coder(**{kind: 1.0})}
        for episode in played("class-spock", islice(stream("class-spock", 7), n // 10 + 1), cast=cast):
            wanted += len(episode.by_role("tutor.turn")) - 1
            reasons = [record.meta.get("reason") for record in catalogue.load("class-spock").records(episode)]
            made += reasons.count(kind)
    print(f"  injected template errors that made a pair with their reason: {share(made, wanted)}")


def scripted(n: int) -> None:
    """A talk that one author wrote, errors planted in its codes, and how often it speaks of a mistake that is to come,
    beside a tutor who speaks before a separate student."""
    rates = {"illegal": 0.1, "inconsistent": 0.1, "misread": 0.1, "opening": 0.1, "foresees": 0.3}
    kinds: dict[str, Agreement] = {}
    for episode in played(
        "class-spock",
        islice(stream("class-spock", 16), n),
        cast={"scriptwriter": Scriptwriter(**rates)},
        mode="script",
        learner=False,
    ):
        for decision in catalogue.load("class-spock").decisions(episode):
            kinds.setdefault(decision.kind, Agreement()).add(decision)
    line("scripted turn kept is by the book, errors 3 x 0.1", 0.7 / 0.8, *kinds["kept"].precision)
    line("scripted turn by the book is kept", 1.0, *kinds["kept"].recall)
    line("scripted opening as it must be, errors 0.1", 0.9, kinds["opening"].precision[1], kinds["opening"].n)
    seen = kinds["foreknown"]
    line("scripted turn foresees the mistake, rate 0.3", 0.3, seen.recall[1], seen.n)
    print(f"  found where it does: {share(*seen.recall)}; does where found: {share(*seen.precision)}")
    apart = Agreement()
    for episode in played("class-spock", islice(stream("class-spock", 16), n), learner=False):
        for decision in catalogue.load("class-spock").decisions(episode):
            if decision.kind == "foreknown":
                apart.add(decision)
    print(f"  found beside a separate student, by coincidence: {share(apart.precision[1], apart.n)}")


def computed(n: int) -> None:
    """A tutor who takes 3 results in 10 for what they are not, alone, and with a program that works them out, which is
    asked in all but 1 of 10 turns that need it."""
    for gauge, predicted in ((None, 0.7), (Gauge(overlooked=0.1, needless=0, miswritten=0), 1 - 0.1 * 0.3)):
        cast: dict[str, Any] = {"tutor": Coder(slip=0.3)} | ({"checker": gauge} if gauge else {})
        right, asked = list[bool](), Agreement()
        for episode in played(
            "class-spock",
            islice(stream("class-spock", 17), n),
            cast=cast,
            computation=gauge is not None,
            learner=False,
        ):
            lesson = catalogue.load("class-spock").lesson(episode)
            graded = lesson.codes.get("evaluation", ()) if lesson else ()
            right += [said == true for said, true in graded if true in ("a", "b")]
            for decision in catalogue.load("class-spock").decisions(episode):
                if decision.kind == "computation":
                    asked.add(decision)
        line(
            f"results graded rightly, slip 0.3, {'computed' if gauge else 'alone'}",
            predicted,
            sum(right),
            len(right),
        )
        if gauge:
            line("a computation is asked for where it is due", 0.9, *asked.recall)


def retrieved(n: int) -> None:
    """The right passage of the textbook among k that are found, by chance and by BM25."""

    def by_chance(view: Mapping[str, Any]) -> dict[str, Any]:
        return {"numbers": rng("chance", view["query"]).sample(range(len(view["textbook"])), view["number"])}

    for k in (1, 3):
        for name, cast in (
            ("chance", {"retriever": Program("chance", {SEARCH.name: by_chance})}),
            ("BM25", {}),
        ):
            one = Agreement()
            for episode in played(
                "class-spock",
                islice(stream("class-spock", 18), n // 2),
                cast=cast,
                passages=k,
                learner=False,
            ):
                for decision in catalogue.load("class-spock").decisions(episode):
                    if decision.kind == "passage":
                        one.add(decision)
            if name == "chance":
                line(f"right passage among {k} by chance", k / len(textbook()), *one.recall)
            else:
                print(f"  right passage among {k} by BM25: {share(*one.recall)}")


def composed(n: int) -> None:
    """Problems that an author writes for a section, 1 part in 10 with an answer that is off by one and 1 problem in 5 of another
    section; and a tutor of such problems that misreads one turn in five."""
    kinds: dict[str, Agreement] = {}
    right = rounds = 0
    cast = {"author": Author(careless=0.1, stray=0.2), "tutor": Coder(evaluation=0.2)}
    tasks = (sections.generate(27, index) for index in range(n))
    for episode in played("class-spock", tasks, cast=cast, problem="composed", learner=False):
        lesson = catalogue.load("class-spock").lesson(episode)
        graded = lesson.codes.get("evaluation", ()) if lesson else ()
        rounds += len(graded)
        right += sum(said == true for said, true in graded)
        for decision in catalogue.load("class-spock").decisions(episode):
            kinds.setdefault(decision.kind, Agreement()).add(decision)
    line("a composed part's answer is right, errors 0.1", 0.9, *kinds["part"].precision)
    line("a composed problem is of its section, astray 0.2", 0.8, *kinds["section"].precision)
    line("tutor of it reads the student rightly, errors 0.2", 0.8, right, rounds)


def rated(n: int) -> None:
    """Three experts who give every axis half a point too little, with noise 0.8, for talks that differ: the mean rating, and how far
    they agree, beside what severity, noise and the ends of the scale make of the talks' true quality."""
    expert = Expert(severity=0.5, noise=0.8)
    cast = {
        "expert": expert,
        "tutor": Coder(evaluation=0.25, action=0.1),
        "student": Pupil(wrong=0.7, asks=0.3),
    }
    tasks = islice(stream("class-spock", 28), n)
    lessons = [
        lesson
        for episode in played("class-spock", tasks, cast=cast, experts=3, turns=6, learner=False)
        if (lesson := catalogue.load("class-spock").lesson(episode)) is not None and lesson.ratings
    ]
    for axis in AXES:
        means, squares = list[float](), list[float]()
        for lesson in lessons:
            chances = expert.chances(lesson.qualities[axis])
            means.append(sum(point * chance for point, chance in chances.items()))
            squares.append(sum(point**2 * chance for point, chance in chances.items()))
        inner = fmean(square - one**2 for square, one in zip(squares, means, strict=True))
        error = math.sqrt(inner / (3 * len(lessons)))
        found = fmean(fmean(lesson.ratings[axis]) for lesson in lessons)
        estimate(f"mean rating, {axis}", fmean(means), found, error, f" of {len(lessons)} talks")
        kappa = weighted_kappa([lesson.ratings[axis]] for lesson in lessons)
        assert kappa is not None
        assert kappa.high is not None
        predicted = 1 - inner / (fmean(squares) - fmean(means) ** 2)
        estimate(
            f"weighted kappa of 3 experts, {axis}", predicted, kappa.mean, (kappa.high - kappa.mean) / 1.96
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


def outside(n: int) -> None:
    """A planted student by its words alone, beside its memory; and infidelity at stated rates, by the words alone."""
    world, scenario = worlds.load("planted-problems"), catalogue.load("socratic-math")

    def talks(seed: int, **cast: Any) -> list[Episode]:
        tasks = (world.generate(seed, index) for index in range(n))
        return list(played("socratic-math", tasks, cast=cast))

    def words(episodes: list[Episode]) -> dict[str, Estimate]:
        found = (scenario.lesson(masked(one)) for one in episodes)
        return measured_as_tutoring([one for one in found if one is not None])

    noisy, one = talks(30, student=Student()), Agreement()
    for episode in noisy:
        for decision in scenario.decisions(episode):
            if decision.kind == "keeps":
                one.add(decision)
    line("words that show the misconception mean it", 1.0, *one.precision)
    line("a misconception that is held shows in words", 1.0, *one.recall)
    lessons = [scenario.lesson(one) for one in noisy]
    inside, said = measured_as_tutoring([one for one in lessons if one is not None]), words(noisy)
    for name in (
        "student_faithful",
        "student_misconceived",
        "student_keeps",
        "diagnosis_step",
        "responds_to_help",
    ):
        mine, theirs = said[name], inside[name]
        print(
            f"  {name}, by words {mine.mean:.3f} ({mine.low:.3f}-{mine.high:.3f}), by memory {theirs.mean:.3f}"
        )
    exact = {"slip": 0.0, "guess": 0.0, "echo": 0.0}
    for q in (0.1, 0.3):
        for what, name, predicted, rates in (
            ("right where it should not be", "student_overreach", q, {"guess": q}),
            ("wrong otherwise than planted", "student_misconceived", 1 - q, {"astray": q}),
            ("given up unasked, a turn", "responds_to_other", q, {"lapse": q}),
        ):
            found = words(talks(31, student=Student(**exact | rates), teacher=Silent()))[name]
            line(f"{what}, rate {q}", predicted, round(found.mean * found.n), found.n)


def masked(episode: Episode) -> Episode:
    """The same words without anybody's memory."""
    return episode.model_copy(
        update={"events": tuple(one.model_copy(update={"memory": None}) for one in episode.events)}
    )


def retained(n: int) -> None:
    """Skills (and bugs) that are still known after 5 other lessons, forgetting 0.1 with each; and the late tests of somebody who is
    right just where all skills are known."""
    student = Student(slip=0.0, guess=0.0, forget=0.1)
    understood = list[bool]()
    for episode in played(
        "tree-instruct",
        islice(stream("tree-instruct", 26), n // 3),
        cast={"student": Debugger(forget=0.1)},
        later=5,
    ):
        memories: dict[str, Any] = {one.id: one.memory or {} for one in episode.events}
        for event in episode.by_role("student.later"):
            then, now = (memories[name]["understood"] for name in (event.parent, event.id))
            understood += [still for still, had in zip(now, then, strict=True) if had]
    line("a bug is understood after 5 lessons, forgetting 0.1", 0.9**5, sum(understood), len(understood))
    kept, right, expected = list[bool](), list[bool](), 0.0
    lessons = []
    for episode in played(
        "socratic-math", islice(stream("socratic-math", 15), n), cast={"student": student}, tests=1, later=5
    ):
        lesson = catalogue.load("socratic-math").lesson(episode)
        assert lesson is not None
        lessons.append(lesson)
        minds = {one.id: one.memory or {} for one in episode.events}
        for event in episode.by_role("student.test"):
            then, now = (Mind.model_validate(minds[name]).known for name in (event.parent, event.id))
            if lesson.retained is not None and event.index == len(episode.by_role("student.test")) - 2:
                kept += [now[skill] for skill, known in then.items() if known]
                right.append(lesson.retained == 1)
                expected += all(then.values()) * 0.9 ** (5 * len(then))
    line("a skill is known after 5 lessons, forgetting 0.1", 0.9**5, sum(kept), len(kept))
    line("a late test is right, of one who forgets", expected / len(right), sum(right), len(right))
    share_left = retention_share(lessons)
    assert share_left is not None
    print(
        f"  of what the first post-tests had right, the late ones: {share_left.mean:.3f} "
        f"({share_left.low:.3f}-{share_left.high:.3f}) in {share_left.n} lessons"
    )


def taught(n: int) -> None:
    """How an answer is chosen among workings by students' exams, of word problems and of programs that are run, against a
    reckoning of the same odds; 16 workings, a right one in 0.3 of them, 9 sittings, success 0.6 after a right working and 0.3
    after a wrong one."""
    name = "learning-by-teaching"

    def chosen(domain: str, **options: Any) -> list[dict[str, float]]:
        tasks = islice(stream(name, 9, domain=domain), n // 5)
        episodes = played(name, tasks, samples=16, domain=domain, **options)
        return [one.scores for one in episodes if one.stop is Stop.SOLVED]

    def told(what: str, found: list[dict[str, float]], predicted: Mapping[str, float]) -> None:
        for mode, chance in predicted.items():
            line(what.format(mode), chance, round(sum(one[mode] for one in found)), len(found))

    wrong = {"teacher": Lecturer(weights=(0.3, 0.7))}
    for domain, what in (("words", "answer"), ("programs", "program")):
        published = {"MAJ": 0.40, "SUM": 0.78, "MAX": 0.89, "AVG": 0.97}
        told(what + " chosen by {} among 16 workings", chosen(domain), published)
        common = {"MAJ": 0.05, "SUM": 0.38, "MAX": 0.86}
        told(what + " likewise by {} where one wrong way is common", chosen(domain, cast=wrong), common)
        dealt = chosen(domain, sittings=1, shuffle=True)
        told(what + " likewise by {} of scores dealt out by chance", dealt, {"SUM": 0.40})


def debugged(n: int) -> None:
    """A talk about one bug with a student who learns from a question with 0.4 and from a lesson with 0.7; the fewest
    questions; and a student who cannot learn."""
    sure = Verifier(false_yes=0, false_no=0, misjudge=0)
    plain = Instructor(stray=0, leak=0, tell=0)
    true = dict.fromkeys(("guess", "slip", "shallow", "volunteer", "careless", "echo"), 0.0)

    def talks(seed: int, count: int, bugs: int | None = None, **student: float) -> list[Episode]:
        cast = {"instructor": plain, "verifier": sure, "student": Debugger(**{**true, **student})}
        tasks = (
            task for task in stream("tree-instruct", seed) if bugs is None or len(bugs_of(task.truth)) == bugs
        )
        return list(played("tree-instruct", islice(tasks, count), cast=cast))

    turns = Counter(int(episode.scores["turns"]) for episode in talks(20, n, 1, learn=0.4, taught=0.7))
    for number, predicted in ((1, 0.4), (2, 0.4 * 0.6), (4, 0.6**3 * 0.7)):
        line(f"one bug is understood with turn {number}", predicted, turns[number], n)
    least = talks(21, n // 3, learn=1.0)
    fewest = sum(one.scores["turns"] == len(bugs_of(one.task.truth)) for one in least)
    line("who learns at once needs one question a bug", 1.0, fewest, len(least))
    never = talks(22, n // 10 + 1, learn=0.0, taught=0.0)
    bounded = sum(one.stop in (Stop.TURNS, Stop.EXHAUSTED, Stop.BUDGET) for one in never)
    line("a talk with one who cannot learn ends by a bound", 1.0, bounded, len(never))
    mended = [one for one in least if one.scores["accepted"]]
    line(
        "accepted fixes pass the tests",
        1.0,
        round(sum(one.scores["repaired"] for one in mended)),
        len(mended),
    )


def ranked(n: int) -> None:
    """Instructors without a plan beside the planned one, on the same programs: what each needs, what its questions are
    like, and how often each is the best on a program.

    The planned one learns of an understood bug at once and never goes back. The plain one goes back to a bug that is
    understood with 0.3 and spells out a fix with 0.2; the one that decides first misreads an answer with 0.1.
    """
    sure = Verifier(false_yes=0, false_no=0, misjudge=0)
    true = dict.fromkeys(("guess", "slip", "shallow", "volunteer", "careless", "echo"), 0.0)

    def talks(seed: int, mode: str, learn: float, taught: float = 1.0, **rates: float) -> list[Episode]:
        rates = {**dict.fromkeys(("stray", "leak", "tell", "spill", "back", "misread"), 0.0), **rates}
        student = Debugger(**{**true, "learn": learn, "taught": taught})
        cast = {"instructor": Instructor(**rates), "verifier": sure, "student": student}
        return list(played("tree-instruct", islice(stream("tree-instruct", seed), n), cast=cast, mode=mode))

    def bugs(episode: Episode) -> int:
        return len(bugs_of(episode.task.truth))

    needs: dict[str, Callable[[int], float]] = {
        "tree": lambda k: k * (1 + 0.5 + 0.5**2 + 0.5**3 / 0.8),
        "vanilla": lambda k: 1 / 0.5 + (k - 1) / (0.5 * 0.7),
        "bridge": lambda k: k / 0.5 + (k - 1) * 0.1 / 0.9,
    }
    for mode, needed in needs.items():
        made = talks(23, mode, 0.5, 0.8, back=0.3, misread=0.1)
        over = [one.scores["turns"] - needed(bugs(one)) for one in made]
        mean(f"questions beyond those predicted, {mode}", 0.0, over)
    for mode, rates in (("vanilla", {"spill": 0.2}), ("bridge", {"leak": 0.1})):
        (leak,) = rates.values()
        made = talks(24, mode, 0.5, 0.5, stray=0.1, back=0.3, misread=0.1, **rates)
        asked = round(sum(one.scores["turns"] for one in made))
        for name, predicted in (("relevant", 0.9), ("indirect_questions", 1 - 0.9 * leak)):
            hits = round(sum(one.scores["turns"] * one.scores[name] for one in made))
            line(f"{name}, {mode}", predicted, hits, asked)
    same = [talks(25, mode, 1.0, back=0.3, misread=0.1) for mode in needs]
    for mode, made, flows in zip(needs, same, (1.0, 0.7, 0.9), strict=True):
        later = round(sum(one.scores["turns"] - 1 for one in made))
        hits = round(sum(one.scores["turns"] * one.scores["logical_flow"] - 1 for one in made))
        line(f"logical flow after the first question, {mode}", flows, hits, later)
    quality = [[one.scores["quality"] for one in each] for each in zip(*same, strict=True)]
    never = [(0.7 ** (bugs(one) - 1), 0.9 ** (bugs(one) - 1)) for one in same[0]]
    shares = (
        fmean((1 - a) * (1 - b) + (a * (1 - b) + (1 - a) * b) / 2 + a * b / 3 for a, b in never),
        fmean(a * (1 - b) / 2 + a * b / 3 for a, b in never),
        fmean((1 - a) * b / 2 + a * b / 3 for a, b in never),
    )
    best = [[(value == max(each)) / each.count(max(each)) for value in each] for each in quality]
    for place, (mode, predicted) in enumerate(zip(needs, shares, strict=True)):
        mean(f"best questions on a program, ties shared, {mode}", predicted, [one[place] for one in best])
    for mode, one in zip(needs, standings(quality), strict=True):
        print(f"  mean rank by quality of questions, {mode}: {one.rank:.2f}")


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


def agreement(accuracy: float, ways: int = 3, styles: int = 4, least: int = 2) -> tuple[float, float]:
    """(share of right workings that are kept, share of kept ones that are right), by the answer on which most of them
    agree, where wrong ones go one of some ways."""
    chances = [accuracy, *([(1 - accuracy) / ways] * ways)]
    kept = right = 0.0
    for drawn in itertools.product(range(ways + 1), repeat=styles):
        p = math.prod(chances[one] for one in drawn)
        counts = [drawn.count(one) for one in range(ways + 1)]
        if max(counts) >= least and counts.count(max(counts)) == 1:
            kept += p * max(counts)
            right += p * counts[0] * (counts[0] == max(counts))
    return right / (styles * accuracy), right / kept


def aligned(n: int) -> None:
    """The filter of workings by agreement, and a student's scores beside its true chances; pairs far apart."""
    company = assemble(catalogue.load("arte"))
    student = company.cast["student"].model_copy(update={"steady": 0.0})  # type: ignore[attr-defined]  # a Person
    cast = {"teacher": Drafter(accuracy=0.6), "student": student}
    kept, hits, asked, expected = Agreement(), 0, 0, 0.0
    for episode in played("arte", islice(stream("arte", 12), n // 10 + 1), cast=cast):
        for decision in catalogue.load("arte").decisions(episode):
            if decision.kind == "kept":
                kept.add(decision)
        chances = worth(episode)
        for count in episode.by_role("scorer.count"):
            hits, asked = hits + count.answer["n_correct"], asked + count.answer["n_probe"]
            expected += chances[count.parent] * count.answer["n_probe"]
    recall, precision = agreement(0.6)
    line("right working kept by agreement, accuracy 0.6", recall, *kept.recall)
    line("kept working right, accuracy 0.6", precision, *kept.precision)
    line("probe solved after a working", expected / asked, hits, asked)
    far: dict[str, list[bool]] = {"workings": [], "lists": []}
    for episode in played("arte", islice(stream("arte", 13), n // 5)):
        chances, found = worth(episode), Sheet.model_validate(episode.notes.get("sheet", {}))
        for kind, pairs in (("workings", found.workings), ("lists", found.lists)):
            for pair in pairs:
                if pair.errors > 2:
                    better, worse = (
                        fmean(chances[name] for name in side.events) for side in (pair.chosen, pair.rejected)
                    )
                    far[kind].append(better > worse)
    for kind, right in far.items():
        print(
            f"  pairs of {kind} more than 2 standard errors apart that are right: {share(sum(right), len(right))}"
        )


def told_apart(n: int) -> None:
    """Planted discriminations of items, from the answers of 5 models with 0 to 3 solved problems before them."""
    company = catalogue.load("arte")
    items = islice(stream("arte", 14), min(n, 100))
    found = measured(record for one in played("arte", items, mode="items") for record in company.records(one))
    true = [planted(one.question) for one in found]
    for name, mine, theirs in (
        ("discrimination", [one.alpha or 0.0 for one in found], [alpha for alpha, _ in true]),
        ("difficulty", [one.beta or 0.0 for one in found], [beta for _, beta in true]),
    ):
        rank = rank_correlation(mine, theirs)
        print(f"  {name} of {len(found)} items, rank correlation with what was planted: {rank:.3f}")


FORMS: tuple[Callable[[int], None], ...] = (
    coded,
    scripted,
    computed,
    retrieved,
    composed,
    rated,
    student,
    outside,
    retained,
    debugged,
    ranked,
    taught,
    tailored,
    hard,
    aligned,
    told_apart,
)
