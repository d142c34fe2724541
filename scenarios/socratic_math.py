"""Socratic math: a student's attempt, a teacher who helps without giving the answer away, a critic who sees to it.

Knows no model. Whether an answer is right, and whether a teacher's words give it away, is for the world to say,
exactly; the critic's and the teacher's judgements are held against that, and against the student's true state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Any

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stepwise, Stop, path, usable
from maieutic.agents import Agent
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.imitator import ExamMaker
from maieutic.agents.simulated.problem import Problem, problem
from maieutic.agents.simulated.student import Mind, Student, first_steps
from maieutic.agents.simulated.teacher import Teacher
from maieutic.agents.simulated.working import EXACT, matched
from maieutic.graphs import Ask, Graph, Offer, State, dialogue, goes_on, head_of, next_index, transcript
from maieutic.roles.critic import CRITIC_SCREEN
from maieutic.roles.lesson import VARY
from maieutic.roles.student import STUDENT_REPLY, STUDENT_TEST
from maieutic.roles.teacher import TEACHER_TURN
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.outside import before_help, keeps, openings, planted, states
from maieutic.scenarios.retention import lessons_later, passed
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.word_problems import LIBRARY, WORLD, answers, spell

LADDER = ("probe", "focus", "hint", "tell")  # ways of helping, the least first


class Settings(Parameters):
    """Bounds of a dialogue."""

    turns: int = published(7, "replies of the student after the first attempt (k of success@k)", ge=1, le=100)
    tries: int = published(3, "drafts of one turn before the critic ends the dialogue", verified=False, ge=1)
    tests: int = published(
        0,
        "attempts of the student before and after, outside the dialogue (8 in PedagogicalRL); 0: its true state is the test",
        verified=False,
        added=True,
        ge=0,
        le=64,
    )
    siblings: int = published(
        0,
        "problems of the same kind that are tested too, before and after",
        verified=False,
        added=True,
        ge=0,
        le=8,
    )
    claims: int = published(
        0,
        "wrong answers that are claimed to the student after the dialogue",
        verified=False,
        added=True,
        ge=0,
        le=3,
    )
    later: int = lessons_later()
    patience: int = published(2, "teacher turns on each rung: probe, focus, hint, tell", verified=False, ge=1)


def _right(event: Event, fields: Mapping[str, JsonValue]) -> bool:
    said = event.answer.get("answer")
    return said is not None and answers.equal(str(said), str(fields["answer"]))


def _tells(text: JsonValue, fields: Mapping[str, JsonValue]) -> bool:
    return answers.reveals(str(text), str(fields["answer"]), str(fields["question"]))


def _history(state: State) -> list[JsonValue]:
    head = state["notes"].get("head")
    return transcript(state["events"], head) if head else []


def _listen(state: State) -> Sequence[Offer]:
    return [Offer(state["notes"].get("head"), {"history": _history(state)})]


def _speak(way: str) -> Ask:
    def offers(state: State) -> Sequence[Offer]:
        head, events = state["notes"]["head"], state["events"]
        held = [event for event in events if event.parent == head and event.role == TEACHER_TURN.name]
        reasons = {event.parent: event.answer.get("reason", "") for event in events if event.invalid is None}
        fields: dict[str, JsonValue] = {"way": way, "history": _history(state)}
        if held:
            fields["held_back"] = [
                {"text": one.answer["text"], "reason": reasons.get(one.id, "")} for one in held
            ]
        return [Offer(head, fields, next_index(events, head, TEACHER_TURN.name))]

    return Ask(TEACHER_TURN, offers)


def _screen(state: State) -> Sequence[Offer]:
    draft = next(event for event in state["events"] if event.id == state["notes"]["draft"])
    return [Offer(draft.id, {"history": _history(state), "draft": draft.answer["text"]})]


def _siblings(events: Sequence[Event]) -> tuple[list[str], list[str]]:
    """The sibling problems and their answers; as many of both, none where there are none."""
    exam = next(iter(usable(events, VARY.name)), None)
    if exam is None:
        return [], []
    problems: Any = exam.answer["problems"]
    key: Any = exam.private["answers"]
    both = list(zip(map(str, problems), map(str, key), strict=False))
    return [one for one, _ in both], [one for _, one in both]


def _claimed(answer: str) -> list[str]:
    """Wrong answers near the right one; none where that is no number."""
    number = answers.parse_number(answer)
    return [] if number is None else [spell(number + off) for off in (1, 10, 2)]


def _graph(settings: Settings) -> Graph:
    turns = settings.turns + 1  # the first attempt is a turn of the graph

    def decide(state: State) -> str | Stop:
        """The next rung, or why to stop: a right opening is no success of the teaching, nor is an echoed answer."""
        fields, turn = state.get("fields", {}), state["notes"]["turn"]
        if not _right(head_of(state), fields):
            return LADDER[min((turn - 1) // settings.patience, len(LADDER) - 1)]
        if turn == 1:
            return Stop.ACCEPTED
        heard = path(state["events"], state["notes"]["head"])
        told = any(_tells(event.answer["text"], fields) for event in heard if event.role == TEACHER_TURN.name)
        return Stop.TOLD if told else Stop.SOLVED

    def examine(state: State) -> Sequence[Offer]:
        """The tests: the first are taken when the student has shown its attempt, the others when all is said."""
        turn, over = state["notes"]["turn"], isinstance(goes_on(state, decide, turns), Stop)
        last = turn > 1 and over
        if turn > 1 and not last:
            return []
        problems, _ = _siblings(state["events"])
        told: dict[str, JsonValue] = {"history": _history(state)} if last else {}
        fields: list[dict[str, JsonValue]] = [{} for _ in range(settings.tests)]
        fields += [{"sibling": one} for one in problems for _ in range(max(1, settings.tests))]
        if last:
            right = str(state.get("fields", {})["answer"])
            fields += [
                {"claim": f"I am sure that the answer is {one}."}
                for one in _claimed(right)[: settings.claims]
            ]
            if settings.later:
                fields += [dict(passed(settings.later)) for _ in range(max(1, settings.tests))]
        head = state["notes"]["head"]
        return [Offer(head, told | one, index) for index, one in enumerate(fields)]

    each = max(1, settings.tests)
    tested = settings.tests + (settings.siblings + bool(settings.later)) * each + settings.claims
    return dialogue(
        first="listen",
        prepare=Ask(VARY, lambda state: [Offer(None, {"number": settings.siblings})])
        if settings.siblings
        else None,
        listen=Ask(STUDENT_REPLY, _listen),
        assess={"examine": Ask(STUDENT_TEST, examine, fan=tested, needed=False)} if tested else {},
        speak={way: _speak(way) for way in LADDER},
        screen=Ask(CRITIC_SCREEN, _screen),
        passes=lambda verdict: verdict.answer["leaks"] is False,
        tries=settings.tries,
        decide=decide,
        turns=turns,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    student = Student(forget=0.05) if settings.later else Student()
    return {"student": student, "teacher": Teacher(), "critic": Critic(), "examiner": ExamMaker()}


def _branch(episode: Episode) -> list[Event]:
    """What was said aloud, in order: attempt, teacher, student, teacher, ..."""
    heard = path(episode.events, str(episode.notes.get("head")))
    return [event for event in heard if event.invalid is None]


def _verdicts(episode: Episode) -> Iterable[tuple[Event, Event]]:
    """Each screened draft with its usable verdict."""
    drafts = {event.id: event for event in episode.by_role(TEACHER_TURN.name)}
    return ((drafts[one.parent], one) for one in episode.by_role(CRITIC_SCREEN.name) if one.parent in drafts)


def _mind(event: Event | None) -> Mind | None:
    """The true state of a simulated student after its turn; None for anybody else's."""
    if event is None or event.memory is None or not {"known", "marks"} <= event.memory.keys():
        return None
    return Mind.model_validate(event.memory)


def _remembered(episode: Episode) -> dict[str, Mind]:
    """The true states of a simulated student, by its replies; none of anybody else."""
    replies = episode.by_role(STUDENT_REPLY.name)
    return {event.id: mind for event in replies if (mind := _mind(event)) is not None}


def _replies(episode: Episode) -> list[Event]:
    return [event for event in _branch(episode) if event.role == STUDENT_REPLY.name]


def shown(episode: Episode) -> dict[str, Mind]:
    """The states that the words of a student show, by its replies, whoever plays it; none where the task brings neither
    steps nor an answer."""
    task = problem(episode.task.fields, episode.task.truth)
    if task is None:
        return {}
    replies = _replies(episode)
    said = [
        (str(one.answer["text"]), None if one.answer.get("answer") is None else str(one.answer["answer"]))
        for one in replies
    ]
    heard = [str(one.answer["text"]) for one in _branch(episode) if one.role == TEACHER_TURN.name]
    minds = states(task, said, heard, planted(task))
    return {one.id: mind for one, mind in zip(replies, minds, strict=True)}


def _diagnoses(episode: Episode, minds: Mapping[str, Mind]) -> Iterable[tuple[Event, Mind, Problem]]:
    """Each usable draft with the student's state behind it, where that is known, and the problem."""
    task = problem(episode.task.fields, episode.task.truth)
    for draft in episode.by_role(TEACHER_TURN.name):
        mind = minds.get(draft.parent)
        if task is not None and mind is not None and mind.clear:
            yield draft, mind, task


def score(episode: Episode) -> dict[str, float]:
    """Measures of one dialogue; those that need a teacher's turn, a success or a known truth are left out without.

    `success` counts SOLVED and TOLD, `net_success` only what was not told; a right opening counts as neither.
    `gain` is the share of the skills not known at first that are known in the end, by the student's true state:
    an echoed answer adds nothing to it.
    """
    fields, branch = episode.task.fields, _branch(episode)
    taught = [event for event in branch if event.role == TEACHER_TURN.name]
    verdicts = [
        (_tells(draft.answer["text"], fields), bool(one.answer["leaks"])) for draft, one in _verdicts(episode)
    ]
    scores = {
        "initial_right": float(episode.stop is Stop.ACCEPTED),
        "success": float(episode.stop in (Stop.SOLVED, Stop.TOLD)),
        "told": float(episode.stop is Stop.TOLD),
        "net_success": float(episode.stop is Stop.SOLVED),
        "turns": float(len(taught)),
        "leaks_passed": float(sum(_tells(event.answer["text"], fields) for event in taught)),
        "leaks_stopped": float(verdicts.count((True, True))),
        "false_alarms": float(verdicts.count((False, True))),
    }
    if scores["success"]:
        scores["turns_to_success"] = float(len(taught))
    if taught:
        scores["telling_share"] = fmean(event.answer["move"] == "telling" for event in taught)
        scores["question_share"] = fmean("?" in str(event.answer["text"]) for event in taught)
    return scores | _insight(episode)


@dataclass
class _Insight:
    """What the teacher made of the student, turn by turn: whether the first wrong step and the misconception behind it were
    found, and the chance given to a skill beside whether it is known."""

    steps: list[bool] = field(default_factory=list)
    names: list[bool] = field(default_factory=list)
    beliefs: list[tuple[float, bool]] = field(default_factory=list)


def _seen(episode: Episode, minds: Mapping[str, Mind]) -> _Insight:
    seen = _Insight()
    for draft, mind, task in _diagnoses(episode, minds):
        wrong, aim = task.first_wrong(mind.marks), draft.private.get("target_step")
        if task.chain and wrong is not None:
            seen.steps.append(aim == wrong)
        index = wrong if wrong is not None and (aim == wrong or not task.chain) else None
        if index is not None and (name := mind.marks[index].name) is not None:
            said = _called(draft.private.get("diagnosis"), task)
            if said != "":
                seen.names.append(said == name)
        belief, at = draft.private.get("belief"), aim if isinstance(aim, int) else 0
        if isinstance(belief, int | float) and at < task.length:
            seen.beliefs.append((belief, mind.known[task.skill(at)]))
    return seen


def _called(diagnosis: JsonValue, task: Problem) -> str | None:
    """The misconception that a teacher names, by its name or its statement; empty where the words are its own, which nobody
    can hold against a name, None where it names none."""
    if diagnosis is None:
        return None
    plain = re.sub(r"\W+", " ", str(diagnosis).casefold()).strip()
    if task.misconception is not None and plain == re.sub(r"\W+", " ", task.misconception.casefold()).strip():
        return task.misconception
    for one in LIBRARY:
        if plain in (one.name.replace("-", " "), re.sub(r"\W+", " ", one.statement.casefold()).strip()):
            return one.name
    return ""


def _insight(episode: Episode) -> dict[str, float]:
    seen, gains = _seen(episode, _remembered(episode)), list[bool]()
    minds = [one for event in _branch(episode) if (one := _mind(event)) is not None]
    if len(minds) > 1:
        gains += [minds[-1].known[skill] for skill, known in minds[0].known.items() if not known]
    found: dict[str, Sequence[float]] = {
        "diagnosis_step": seen.steps,
        "diagnosis_misconception": seen.names,
        "belief_brier": [(belief - known) ** 2 for belief, known in seen.beliefs],
        "gain": gains,
    }
    return {name: fmean(values) for name, values in found.items() if values}


@dataclass
class _Tests:
    """What was right in the tests before and after, on the problem and on its siblings, which claims were taken over, and
    the late tests: what was right, and the student's true state then."""

    own: dict[bool, list[bool]] = field(default_factory=lambda: {False: [], True: []})
    others: dict[bool, list[bool]] = field(default_factory=lambda: {False: [], True: []})
    urged: list[bool] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    minds: list[Mind | None] = field(default_factory=list)


def _tests(episode: Episode) -> _Tests:
    found, fields = _Tests(), episode.task.fields
    settings = Settings.model_validate(episode.parameters)
    branch, (problems, key) = _branch(episode), _siblings(episode.events)
    each = max(1, settings.tests)
    claims = _claimed(str(fields["answer"]))[: settings.claims]
    for event in usable(episode.events, STUDENT_TEST.name):
        after = event.parent != branch[0].id
        place = event.index - settings.tests
        if place < 0:
            found.own[after].append(_right(event, fields))
        elif place < len(problems) * each:
            found.others[after].append(_right(event, {"answer": key[place // each]}))
        elif place < len(problems) * each + len(claims):
            said, claim = event.answer.get("answer"), claims[place - len(problems) * each]
            found.urged.append(said is not None and answers.equal(str(said), claim))
        else:
            found.late.append(_right(event, fields))
            found.minds.append(_mind(event))
    return found


def _share(flags: Sequence[bool], otherwise: float | None = None) -> float | None:
    return fmean(flags) if flags else otherwise


def lesson(episode: Episode) -> Lesson | None:
    """What the dialogue came to. The tests are attempts outside the dialogue where the student was asked for such; else its
    true state: the share of the task's skills that are known before, after and later, which an echoed answer does not
    change.

    A student without a true state, a model or a person, is known by what its words show (`maieutic.scenarios.outside`),
    beside the state that the task gives it to play; what it gained is then for the tests alone to say.
    """
    fields, branch, replies = episode.task.fields, _branch(episode), _replies(episode)
    if not replies:
        return None
    remembered = _remembered(episode)
    minds = remembered or shown(episode)
    seen, memories = _seen(episode, minds), [remembered.get(event.id) for event in replies]
    first, last = memories[0], memories[-1]
    tests, taught = _tests(episode), [event for event in branch if event.role == TEACHER_TURN.name]
    known = None if first is None else fmean(first.known.values())
    learnt = None if last is None else fmean(last.known.values())
    left = [fmean(one.known.values()) for one in tests.minds if one is not None]
    tested = bool(tests.own[False])  # then the state is no test beside the attempts
    patience = Settings.model_validate(episode.parameters).patience
    return Lesson(
        opened=_right(replies[0], fields),
        right=tuple(_right(event, fields) for event in replies[1:]),
        told=tuple(_tells(event.answer["text"], fields) for event in taught),
        before=_share(tests.own[False], known),
        after=_share(tests.own[True], None if tested else learnt),
        transfer_before=_share(tests.others[False]),
        transfer=_share(tests.others[True]),
        retained=(_share(tests.late) if tested else fmean(left) if left else None),
        moves=tuple(str(event.answer["move"]) for event in taught),
        asks=tuple("?" in str(event.answer["text"]) for event in taught),
        rung=min((len(taught) - 1) // patience, len(LADDER) - 1)
        if taught and episode.stop in (Stop.SOLVED, Stop.TOLD)
        else None,
        urged=tuple(tests.urged),
        leaks=tuple(
            (bool(one.answer["leaks"]), _tells(draft.answer["text"], fields))
            for draft, one in _verdicts(episode)
        ),
        diagnoses={"step": tuple(seen.steps), "misconception": tuple(seen.names)},
        beliefs=tuple(seen.beliefs),
        guided=tuple(_guided(episode, [minds.get(event.id) for event in replies])),
        **(_of_memory(episode, memories) if first is not None else {}) | _as_planted(episode, first is None),
    )


def _guided(episode: Episode, minds: Sequence[Mind | None]) -> Iterable[tuple[bool, bool]]:
    task = problem(episode.task.fields, episode.task.truth)
    for mind, one in pairwise(minds):
        if task and mind and one and not all(mind.known.values()):
            about = one.heard is not None and not mind.known[task.skill(one.heard)]
            yield about, len(one.learned) > len(mind.learned)


def _of_memory(episode: Episode, memories: Sequence[Mind | None]) -> dict[str, Any]:
    """Whether a simulated student was who its memory says."""
    task, first = problem(episode.task.fields, episode.task.truth), memories[0]
    begun = [] if task is None or first is None else list(first_steps(task, first))
    return {
        "planned": tuple((float(first.known[skill]), well) for skill, well, _ in begun if first),
        "abided": tuple(
            (sum(not known for known in mind.known.values()), _right(event, episode.task.fields))
            for event, mind in list(zip(_replies(episode), memories, strict=True))[1:]
            if mind is not None
        ),
        "misconceived": tuple(
            name is not None and name == first.holds.get(skill)
            for skill, well, name in begun
            if first and not well and not first.known[skill]
        ),
    }


def _as_planted(episode: Episode, alone: bool) -> dict[str, Any]:
    """Whether any student was, by its words, who the task says; `alone` where no memory says more."""
    task = problem(episode.task.fields, episode.task.truth)
    plan = None if task is None else planted(task)
    if task is None or plan is None:
        return {}
    replies, minds = _replies(episode), list(shown(episode).values())
    held = before_help(task, minds, plan)
    made: dict[str, Any] = {
        "kept": tuple(
            keeps(task, plan, mind)
            for event, mind in zip(replies, held, strict=False)
            if event.answer.get("answer") is not None
        )
    }
    if not alone:
        return made
    begun = [] if plan.given else list(openings(task, minds[0], plan))
    fields = episode.task.fields
    return made | {
        "planned": tuple((float(has), well) for has, well, _ in begun),
        "abided": tuple((1, _right(event, fields)) for event, _ in zip(replies[1:], held[1:], strict=False)),
        "misconceived": tuple(meant for has, well, meant in begun if not has and not well),
    }


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `leak`: the critic on a draft, against the world. `diagnosis`: for each step, whether the teacher takes it for
    the first wrong one, against the student's true working. `knows`: whether the teacher believes that the student
    knows the step's skill, against the true state; a student without memory is known by what its words show. `keeps`:
    whether a simulated student's words show it go wrong as the task has it, against its memory. `solved`: how the dialogue
    ended, against the world.
    """
    fields = episode.task.fields
    for draft, verdict in _verdicts(episode):
        true = _tells(draft.answer["text"], fields)
        yield Decision(kind="leak", said=bool(verdict.answer["leaks"]), true=true, event=verdict.id)
    remembered = _remembered(episode)
    yield from _kept(episode, remembered)
    for draft, mind, task in _diagnoses(episode, remembered or shown(episode)):
        wrong, aim = task.first_wrong(mind.marks), draft.private.get("target_step")
        if task.chain and wrong is not None and isinstance(aim, int):
            for index in range(task.length):
                yield Decision(kind="diagnosis", said=index == aim, true=index == wrong, event=draft.id)
        belief, at = draft.private.get("belief"), aim if isinstance(aim, int) else 0
        if isinstance(belief, int | float) and at < task.length:
            true = mind.known[task.skill(at)]
            yield Decision(kind="knows", said=belief >= 0.5, true=true, event=draft.id)
    replies = episode.by_role(STUDENT_REPLY.name)
    if replies and "answer" in episode.task.truth:
        said = episode.stop in (Stop.SOLVED, Stop.TOLD, Stop.ACCEPTED)
        true = _right(replies[-1], {"answer": episode.task.truth["answer"]})
        yield Decision(kind="solved", said=said, true=true, event=replies[-1].id)


def _kept(episode: Episode, remembered: Mapping[str, Mind]) -> Iterable[Decision]:
    task = problem(episode.task.fields, episode.task.truth)
    plan = None if task is None or not remembered else planted(task)
    if task is None or plan is None:
        return
    for name, mind in shown(episode).items():
        if name in remembered:
            true = keeps(task, plan, remembered[name])
            yield Decision(kind="keeps", said=keeps(task, plan, mind), true=true, event=name)


def _conversation(
    episode: Episode, said: Sequence[Event], learner: str, train: bool = False
) -> list[Message]:
    """The messages of a branch as `learner` (a role) has them: its own are the assistant's, to `train` on or not."""
    messages = [Message(role="user", content=str(episode.task.fields["question"]))]
    for event in said:
        mine, text = event.role == learner, str(event.answer["text"])
        if messages[-1].role == "user" and not mine:
            messages[-1] = Message(role="user", content=f"{messages[-1].content}\n\n{text}")
        else:
            learn = train and mine and not _tells(text, episode.task.fields)
            messages.append(Message(role="assistant" if mine else "user", content=text, train=learn))
    return messages


def records(episode: Episode) -> Iterable[Record]:
    """The dialogue (teacher turns that give the answer away are not to be learnt), pairs and labelled workings."""
    branch, meta = _branch(episode), {"stop": episode.stop.value}
    messages = _conversation(episode, branch, TEACHER_TURN.name, train=True)
    if episode.failure is None and any(message.train for message in messages):
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="tutor",
            meta=dict(meta),
            messages=tuple(messages),
            events=tuple(event.id for event in branch),
        )
    yield from _pairs(episode)
    yield from _workings(episode, branch)


def _pairs(episode: Episode) -> Iterable[Pair]:
    verdicts = list(_verdicts(episode))
    for good, passing in verdicts:
        for bad, stopping in verdicts:
            if good.parent != bad.parent or passing.answer["leaks"] or not stopping.answer["leaks"]:
                continue
            if good.answer["text"] == bad.answer["text"]:
                continue
            said, fields = path(episode.events, good.parent), episode.task.fields
            yield Pair(
                episode=episode.id,
                task=episode.task.id,
                purpose="tutor",
                meta={
                    "chosen_leaks": _tells(good.answer["text"], fields),
                    "rejected_leaks": _tells(bad.answer["text"], fields),
                },
                prompt=tuple(_conversation(episode, said, TEACHER_TURN.name)),
                chosen=str(good.answer["text"]),
                rejected=str(bad.answer["text"]),
                chosen_event=good.id,
                rejected_event=bad.id,
                chosen_verdict=1.0,
                rejected_verdict=0.0,
            )


def _workings(episode: Episode, branch: Sequence[Event]) -> Iterable[Stepwise]:
    """The student's lines that are the very calculations of true steps, labelled by the true results.

    A working in which a line cannot be told to be such a calculation gives no record.
    """
    task = problem(episode.task.fields, episode.task.truth)
    before: list[Any] = []
    for place, event in enumerate(branch):
        if task is None or not task.chain or event.role != STUDENT_REPLY.name:
            continue
        text = str(event.answer["text"])
        found = matched(text, task.chain, before)
        values = before or [None] * len(task.chain)
        for index, equation, _ in found:
            values[index] = equation.right
        before = values
        lines = [line for line in text.splitlines() if "=" in line]
        if not found or len(found) != len(lines) or any(likeness < EXACT for _, _, likeness in found):
            continue
        yield Stepwise(
            episode=episode.id,
            task=episode.task.id,
            purpose="verify",
            prompt=tuple(_conversation(episode, branch[:place], STUDENT_REPLY.name)),
            steps=tuple(equation.line for _, equation, _ in found),
            labels=tuple(equation.right == task.chain[index].value for index, equation, _ in found),
            events=(event.id,),
        )


SCENARIO = Scenario(
    name="socratic-math",
    summary="a teacher helps with a word problem, a critic holds back drafts that give the answer away",
    paper=Paper(
        "MathDial: A Dialogue Tutoring Dataset with Rich Pedagogical Properties Grounded in Math Reasoning Problems",
        2023,
        "Findings of EMNLP 2023, eth-nlped/mathdial",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(STUDENT_REPLY, TEACHER_TURN, CRITIC_SCREEN, VARY, STUDENT_TEST),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("question", "answer"),
    score=score,
    lesson=lesson,
    records=records,
    decisions=decisions,
)
