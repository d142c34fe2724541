"""Learning by teaching: a teacher's working is worth what students make of it in an exam of the same kind.

Knows no words and no programs, which are kinds of problems in a table (`teaching/domains.py`). M1 chooses an answer by the
scores of the workings that lead to it; M2 makes pairs of them, by which the teacher learns in outer rounds, or, as their rival,
of workings that are right and wrong by their answer. M3, the reflection on examples, is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from statistics import StatisticsError, correlation, fmean
from typing import Any, Literal

from pydantic import JsonValue, field_validator

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stop, Task, rng, usable
from maieutic.agents import Agent
from maieutic.agents.simulated.imitator import ExamMaker, Imitator
from maieutic.agents.simulated.lecturer import Lecturer
from maieutic.graphs import Ask, Graph, Notes, Offer, State, Step, flow
from maieutic.roles.exam import marks_of
from maieutic.roles.lesson import PICK, SITTERS
from maieutic.roles.retrieval import picked
from maieutic.scenarios.outer import Outer, Taught
from maieutic.scenarios.probing.probes import Probe, chosen, readable
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published, settings_of
from maieutic.scenarios.teaching.domains import (
    DOMAINS,
    Domain,
    Exercise,
    Kind,
    answers,
    bank,
    carried,
    grader,
    grouped,
    programs_of,
    related,
    right,
)

Mode = Literal["MAX", "SUM", "AVG", "MAJ"]
MODES: tuple[Mode, ...] = ("MAX", "SUM", "AVG", "MAJ")
BANK = 100  # problems of the world that an exam is chosen from, where no others are given
_SITS = tuple(role.name for domain in DOMAINS.values() for role in domain.sitters)


class Settings(Parameters):
    """What is taught, and how much is explained and examined."""

    domain: Kind = published("words", "the kind of problems: word problems, or programs to write", added=True)
    samples: int = published(
        8, "workings of the teacher (published: 8 for code, 256 for mathematics)", ge=2, le=512
    )
    exams: int = published(3, "exam problems for each taught one", ge=1, le=8)
    sittings: int = published(
        3,
        "times that each is sat by each student; of programs, which models write greedily, one is enough for them",
        ge=1,
        le=16,
    )
    students: int = published(
        1, "students who are taught and examined; a score is their mean", added=True, ge=1, le=len(SITTERS)
    )
    shots: int = published(4, "fixed examples before the taught one", ge=0, le=16)
    mode: Mode = published("MAX", "how the answer is chosen; all four are kept")
    more: int = published(
        0,
        "further workings for a majority at equal compute; they are not examined",
        verified=False,
        ge=0,
        le=4096,
    )
    pairs: int = published(4, "pairs of workings of one problem", verified=False, ge=0, le=64)
    paired: Literal["score", "correct"] = published(
        "score", "what pairs go by: the exam, or its published rival, whether the answer is right", added=True
    )
    maker: Literal["variants", "nearest"] = published(
        "variants",
        "where exam problems come from: the taught one with other numbers, or those of `bank` that are nearest by their "
        "words (published: by embeddings, exams=1 and sittings=8); records that nobody can vary are refused without",
        added=True,
    )
    bank: tuple[Exercise | Probe, ...] = published(
        (),
        "problems with answers (programs: with tests), or a file of them; by default reserved ones of the world",
        verified=False,
        added=True,
    )
    shuffle: bool = published(
        False, "whether scores are dealt out anew by chance, which must undo all gain", verified=False
    )

    @field_validator("bank", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        return bank(value)

    @property
    def of(self) -> Domain:
        """What is to be known of that kind of problems."""
        return DOMAINS[self.domain]

    @property
    def problems(self) -> tuple[Probe, ...]:
        """What exams are chosen from."""
        return self.bank or self.of.exams(BANK)


def _bank(question: str, settings: Settings) -> list[Probe]:
    """What an exam is chosen from: never the problem itself."""
    every = settings.problems
    return chosen(every, len(every), [question])


def _exam(events: Sequence[Event], question: str, settings: Settings) -> tuple[list[str], list[str]]:
    """The problems of the exam, and its key."""
    if settings.maker == "variants":
        made: Any = usable(events, settings.of.vary.name)[0]
        return made.answer["problems"], made.private["answers"]
    found, bank = usable(events, PICK.name)[0].answer, _bank(question, settings)
    texts = ([one.question for one in bank], [one.answer for one in bank])
    problems, key = (picked(found, one, settings.exams) for one in texts)
    return problems, key


def _examined(events: Sequence[Event], settings: Settings) -> list[Event]:
    """The workings that are examined: those that come to an answer."""
    told = answers(settings.of, events)
    return [one for one in events if one.id in told and one.index < settings.samples]


def scored(events: Sequence[Event], settings: Settings) -> dict[str, float]:
    """Id of a working -> share of its sittings that were correct; a sitting that could not be marked is not."""
    found = sat(events)
    every = {one.id: [mark for marks in found.get(one.id, {}).values() for mark in marks] for one in events}
    return {one.id: fmean(every[one.id]) for one in _examined(events, settings) if every[one.id]}


def sat(events: Sequence[Event]) -> dict[str, dict[str, list[bool]]]:
    """Id of a working -> student -> whether each of its sittings was correct, in their order."""
    marks = marks_of(events)
    found: dict[str, dict[str, list[bool]]] = {}
    for event in events:
        if event.role in _SITS:
            rows = found.setdefault(event.parent, {})
            rows.setdefault(event.seat, []).append(marks.get(event.id, False))
    return found


def winner(mode: Mode, found: Mapping[str, Sequence[str]], scores: Mapping[str, float]) -> str | None:
    """The answer that is chosen; ties go to the more frequent one, then to the earlier one."""
    worth: Mapping[Mode, Callable[[Sequence[float]], float]] = {
        "MAX": max,
        "SUM": sum,
        "AVG": fmean,
        "MAJ": len,
    }
    told = {answer: [scores.get(name, 0.0) for name in names] for answer, names in found.items()}
    return max(told, key=lambda one: (worth[mode](told[one]), len(told[one])), default=None)


def _graph(settings: Settings) -> Graph:
    domain = settings.of
    shown = domain.examples(settings.shots)
    explained = settings.samples + settings.more

    def exam(state: State) -> tuple[str, list[str], list[str]]:
        question = str(state.get("fields", {}).get("question"))
        return question, *_exam(state["events"], question, settings)

    def sit(state: State) -> Sequence[Offer]:
        question, problems, _ = exam(state)
        return [
            Offer(
                event.id,
                {
                    "demos": shown,
                    "taught": {"question": question, "working": event.text},
                    "problem": problem,
                },
                place * settings.sittings + time,
            )
            for event in _examined(state["events"], settings)
            for place, problem in enumerate(problems)
            for time in range(settings.sittings)
        ]

    def mark(state: State) -> Sequence[Offer]:
        _, problems, key = exam(state)
        return [
            Offer(
                event.id,
                {
                    "question": problems[event.index // settings.sittings],
                    "answer": key[event.index // settings.sittings],
                    "response": event.text,
                },
            )
            for event in usable(state["events"], *_SITS)
        ]

    def set_up(state: State) -> str | Stop:
        _, problems, key = exam(state)
        enough = len(problems) == len(key) == settings.exams and all(map(domain.marks, key))
        told = domain.examinable(str(state.get("fields", {}).get(domain.key)))
        # a problem without its variants is left out, never padded; so is one whose answers cannot be told apart
        return "explain" if enough and told else Stop.REFUSED

    def run(state: State) -> Sequence[Offer]:
        fields = state.get("fields", {})
        told: dict[str, JsonValue] = {"question": fields.get("question"), "answer": fields.get(domain.key)}
        made = usable(state["events"], domain.explain.name)
        return [Offer(one.id, told | {"response": one.text}) for one in made if domain.stated(one.text)]

    def conclude(state: State, events: Sequence[Event]) -> Notes:
        every, scores = answers(domain, state["events"]), scored(state["events"], settings)
        found = grouped(domain, {one.id: every[one.id] for one in _examined(state["events"], settings)})
        if settings.shuffle:
            dealt = list(scores.values())
            rng("shuffle", *scores).shuffle(dealt)
            scores = dict(zip(scores, dealt, strict=True))
        return {
            "scores": scores,
            "winner": {mode: winner(mode, found, scores) for mode in MODES}
            | ({"MAJ_more": winner("MAJ", grouped(domain, every), scores)} if settings.more else {}),
        }

    def pick(state: State) -> Sequence[Offer]:
        question = str(state.get("fields", {}).get("question"))
        textbook: list[JsonValue] = [one.question for one in _bank(question, settings)]
        return [Offer(None, {"query": question, "textbook": textbook, "number": settings.exams})]

    def any_left(state: State) -> str | Stop:
        return "sit" if _examined(state["events"], settings) else Stop.EXHAUSTED

    vary = Ask(domain.vary, lambda state: [Offer(None, {"number": settings.exams})])
    explain = Ask(domain.explain, lambda state: [Offer(None, {}, k) for k in range(explained)], fan=explained)
    fan = settings.samples * settings.exams * settings.sittings
    names = ["sit", *(f"sit{number}" for number in range(2, settings.students + 1))]
    after = [*names[1:], "mark"]
    sitting = {
        name: Step(Ask(role, sit, fan=fan), lambda state, goal=goal: goal, [goal])  # type: ignore[misc]
        for name, role, goal in zip(names, domain.sitters, after, strict=False)
    }
    explaining = {"explain": Step(explain, any_left, ["sit"])}
    if domain.run is not None:
        explaining = {
            "explain": Step(explain, lambda state: "run" if run(state) else Stop.EXHAUSTED, ["run"]),
            "run": Step(Ask(domain.run, run, fan=explained), any_left, ["sit"]),
        }
    return flow(
        {
            "examine": Step(vary if settings.maker == "variants" else Ask(PICK, pick), set_up, ["explain"]),
            **explaining,
            **sitting,
            "mark": Step(
                Ask(domain.grade, mark, conclude, fan=fan * settings.students), lambda state: Stop.SOLVED
            ),
        },
        start="examine",
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    problems = settings.problems if settings.maker == "nearest" else ()
    known, programs = readable(problems), programs_of(problems)
    return {
        "teacher": Lecturer(),
        "examiner": ExamMaker(),
        **{role.seat: Imitator(problems=known, programs=programs) for role in SITTERS},
        "grader": grader(settings.of),
    }


def _concluded(episode: Episode) -> tuple[dict[str, float], dict[str, Any]]:
    notes: Any = episode.notes
    return dict(notes.get("scores", {})), dict(notes.get("winner", {}))


def _workings(episode: Episode) -> tuple[Domain, list[Event]]:
    domain = settings_of(Settings, episode).of
    return domain, episode.by_role(domain.explain.name)


def score(episode: Episode) -> dict[str, float]:
    """Whether each mode chooses the right answer, how far scores and truth agree, and the calls that each way takes.

    `correlation` is that of the scores of the workings with whether they are right, `gap` the difference of the means.
    """
    scores, chosen = _concluded(episode)
    domain, explained = _workings(episode)
    correct = right(domain, episode)
    made: dict[str, float] = {mode: float(correct(answer)) for mode, answer in chosen.items()}
    if explained:
        made["accuracy"] = fmean(correct(domain.stated(one.text)) for one in explained)
    if chosen:
        made["chosen"] = made[str(episode.parameters["mode"])]
        told = [(scores[one.id], correct(domain.stated(one.text))) for one in explained if one.id in scores]
        good, bad = ([one for one, true in told if true is kind] for kind in (True, False))
        if good and bad:
            made["gap"] = fmean(good) - fmean(bad)
            with suppress(StatisticsError):  # all scores are the same: there is none
                made["correlation"] = correlation([*good, *bad], [1.0] * len(good) + [0.0] * len(bad))
        made["teacher_calls"] = float(sum(one.role == domain.explain.name for one in episode.events))
        made |= _related(episode)
        made["student_calls"] = float(sum(one.role in _SITS for one in episode.events))
    return made


def _related(episode: Episode) -> dict[str, float]:
    """Of the problems that were chosen for an exam, the share that takes the same steps as the one that was taught."""
    settings, question = settings_of(Settings, episode), str(episode.task.fields["question"])
    if settings.maker == "variants":
        return {}
    problems, _ = _exam(episode.events, question, settings)
    known = {one.question: one for one in _bank(question, settings)}
    same = related(episode.task, [known[one] for one in problems])
    return {"related": fmean(same)} if same else {}


def decisions(episode: Episode) -> Iterable[Decision]:
    """What each mode chose, beside whether it is right; each pair, beside whether the chosen working is the right one;
    and each answer of the exam's key that the steps of the problem can be carried over to."""
    _, chosen = _concluded(episode)
    domain, _ = _workings(episode)
    last, correct = episode.events[-1].id if episode.events else "", right(domain, episode)
    if not domain.key_of(episode.task):
        return
    for mode, answer in chosen.items():
        yield Decision(kind=mode, said=answer is not None, true=correct(answer), event=last)
    for exam in episode.by_role(domain.vary.name):
        made: Any = exam.answer["problems"]
        key: Any = exam.private["answers"]
        for true in carried(domain, episode.task, made, key):
            yield Decision(kind="exam", said=True, true=true, event=exam.id)
    for record in records(episode):
        if isinstance(record, Pair):
            better, worse = (correct(domain.stated(one)) for one in (record.chosen, record.rejected))
            if better != worse:
                yield Decision(kind="pair", said=True, true=better, event=record.chosen_event)


def _sheet(episode: Episode) -> dict[str, Any]:
    """All that was taught and examined, as M1 keeps it: what each working says and how each student did after it."""
    scores, chosen = _concluded(episode)
    settings = settings_of(Settings, episode)
    stated = settings.of.stated
    problems, key = _exam(episode.events, str(episode.task.fields["question"]), settings)
    by_id, found = {event.id: event for event in episode.events}, sat(episode.events)
    details: dict[str, Any] = {}
    for seat in dict.fromkeys(seat for rows in found.values() for seat in rows):
        texts = {
            name: [
                one.text if one.invalid is None else ""
                for one in episode.events
                if one.role in _SITS and (one.seat, one.parent) == (seat, name)
            ]
            for name in scores
        }
        details[seat] = {
            "rationales": [texts[name] for name in scores],
            "answers": [[stated(text) for text in texts[name]] for name in scores],
            "scores": [found[name].get(seat, []) for name in scores],
        }
    return {
        "teaching_items": [
            {
                "rationale": by_id[name].text,
                "answer": stated(by_id[name].text),
                "score": scores[name],
            }
            for name in scores
        ],
        "exam_questions": problems,
        "exam_gt_answers": key,
        "exam_details": details,
        "scores": {
            seat: fmean(mark for marks in told["scores"] for mark in marks)
            for seat, told in details.items()
            if any(told["scores"])
        },
        "winner": chosen,
        "mode": episode.parameters["mode"],
    }


def records(episode: Episode) -> Iterable[Record]:
    """The working that is taken, with the whole sheet; and pairs of workings of one problem, the best-scored against the
    worst-scored, the next best against the next worst, as long as scores differ; or right ones against wrong ones."""
    settings = settings_of(Settings, episode)
    scores, winners = _concluded(episode)
    by_id = {event.id: event for event in episode.events}
    taken = winners.get(settings.mode)
    domain, _ = _workings(episode)
    told = answers(domain, episode.events)
    same = [] if taken is None else grouped(domain, {name: told[name] for name in scores}).get(taken, [])
    if same:
        best = max(same, key=lambda name: scores[name])
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="choose",
            meta=_sheet(episode),
            messages=(
                Message(role="user", content=str(episode.task.fields["question"])),
                Message(role="assistant", content=by_id[best].text, train=True),
            ),
            events=(best,),
        )
    worth = scores
    if settings.paired == "correct":
        correct = right(domain, episode)
        worth = {name: float(correct(domain.stated(by_id[name].text))) for name in scores}
    ranked = sorted(worth, key=lambda name: -worth[name])
    for best, worst in list(zip(ranked, reversed(ranked), strict=True))[: len(ranked) // 2][: settings.pairs]:
        if worth[best] > worth[worst] and by_id[best].text != by_id[worst].text:
            yield Pair(
                episode=episode.id,
                task=episode.task.id,
                purpose="teach",
                prompt=(Message(role="user", content=str(episode.task.fields["question"])),),
                chosen=by_id[best].text,
                rejected=by_id[worst].text,
                chosen_event=best,
                rejected_event=worst,
                chosen_verdict=worth[best],
                rejected_verdict=worth[worst],
            )


def _lacks(task: Task, settings: Settings) -> str | None:
    return None if settings.of.key_of(task) else settings.of.key


def _turns(episode: Episode, record: Record) -> Taught:
    """A pair of workings, as the teacher is asked for one."""
    assert isinstance(record, Pair)
    domain, _ = _workings(episode)
    return Taught(domain.explain, {}, ({"text": record.chosen}, {"text": record.rejected}))


SCENARIO = Scenario(
    name="learning-by-teaching",
    summary="workings are scored by how students do in an exam of the same kind: an answer is chosen, the teacher learns",
    paper=Paper(
        "Can LLMs Learn by Teaching for Better Reasoning? A Preliminary Study",
        2024,
        "NeurIPS 2024, imagination-research/lbt",
    ),
    world=DOMAINS["words"].world,
    worlds=lambda settings: settings.of.world,
    parameters=Settings,
    roles=tuple(dict.fromkeys(role for one in DOMAINS.values() for role in one.roles)),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", settings.of.key),
    score=score,
    records=records,
    decisions=decisions,
    outer=Outer(
        learns={"teacher": ("teach",)},
        measure="accuracy",
        lacks=_lacks,
        rounds=3,
        verified=False,
        exam={"exams": 1, "sittings": 1},
        turns=_turns,
    ),
)
