"""Socratic math: a student's attempt, a teacher who helps without giving the answer away, a critic who sees to it.

Knows no model. Whether an answer is right, and whether a teacher's words give it away, is for the world to say,
exactly; the critic's and the teacher's judgements are held against that, and against the student's true state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stepwise, Stop, path
from maieutic.agents import Agent
from maieutic.agents.simulated.critic import Critic
from maieutic.agents.simulated.imitator import ExamMaker
from maieutic.agents.simulated.problem import problem
from maieutic.agents.simulated.student import Mind, Student
from maieutic.agents.simulated.teacher import Teacher
from maieutic.agents.simulated.working import EXACT, matched
from maieutic.graphs import Ask, Graph, Offer, State, dialogue, goes_on, head_of, next_index, transcript
from maieutic.roles.critic import CRITIC_SCREEN
from maieutic.roles.lesson import VARY
from maieutic.roles.student import STUDENT_REPLY, STUDENT_TEST
from maieutic.roles.teacher import TEACHER_TURN
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.retention import lessons_later, passed
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.scenarios.socratic.minds import (
    by_memory,
    by_words,
    diagnosed,
    guided,
    insight,
    mind_of,
    remembered_of,
    shown,
)
from maieutic.scenarios.socratic.outside import keeps, planted
from maieutic.scenarios.socratic.talk import (
    branch_of,
    claimed,
    replies_of,
    right,
    siblings_of,
    tells,
    tests_of,
    verdicts_of,
)
from maieutic.worlds.word_problems import WORLD

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


def _graph(settings: Settings) -> Graph:
    turns = settings.turns + 1  # the first attempt is a turn of the graph

    def decide(state: State) -> str | Stop:
        """The next rung, or why to stop: a right opening is no success of the teaching, nor is an echoed answer."""
        fields, turn = state.get("fields", {}), state["notes"]["turn"]
        if not right(head_of(state), fields):
            return LADDER[min((turn - 1) // settings.patience, len(LADDER) - 1)]
        if turn == 1:
            return Stop.ACCEPTED
        heard = path(state["events"], state["notes"]["head"])
        told = any(tells(event.answer["text"], fields) for event in heard if event.role == TEACHER_TURN.name)
        return Stop.TOLD if told else Stop.SOLVED

    def examine(state: State) -> Sequence[Offer]:
        """The tests: the first are taken when the student has shown its attempt, the others when all is said."""
        turn, over = state["notes"]["turn"], isinstance(goes_on(state, decide, turns), Stop)
        last = turn > 1 and over
        if turn > 1 and not last:
            return []
        problems, _ = siblings_of(state["events"])
        told: dict[str, JsonValue] = {"history": _history(state)} if last else {}
        fields: list[dict[str, JsonValue]] = [{} for _ in range(settings.tests)]
        fields += [{"sibling": one} for one in problems for _ in range(max(1, settings.tests))]
        if last:
            right = str(state.get("fields", {})["answer"])
            fields += [
                {"claim": f"I am sure that the answer is {one}."} for one in claimed(right)[: settings.claims]
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


def score(episode: Episode) -> dict[str, float]:
    """Measures of one dialogue; those that need a teacher's turn, a success or a known truth are left out without.

    `success` counts SOLVED and TOLD, `net_success` only what was not told; a right opening counts as neither.
    `gain` is the share of the skills not known at first that are known in the end, by the student's true state:
    an echoed answer adds nothing to it.
    """
    fields, branch = episode.task.fields, branch_of(episode)
    taught = [event for event in branch if event.role == TEACHER_TURN.name]
    verdicts = [
        (tells(draft.answer["text"], fields), bool(one.answer["leaks"]))
        for draft, one in verdicts_of(episode)
    ]
    scores = {
        "initial_right": float(episode.stop is Stop.ACCEPTED),
        "success": float(episode.stop in (Stop.SOLVED, Stop.TOLD)),
        "told": float(episode.stop is Stop.TOLD),
        "net_success": float(episode.stop is Stop.SOLVED),
        "turns": float(len(taught)),
        "leaks_passed": float(sum(tells(event.answer["text"], fields) for event in taught)),
        "leaks_stopped": float(verdicts.count((True, True))),
        "false_alarms": float(verdicts.count((False, True))),
    }
    if scores["success"]:
        scores["turns_to_success"] = float(len(taught))
    if taught:
        scores["telling_share"] = fmean(event.answer["move"] == "telling" for event in taught)
        scores["question_share"] = fmean("?" in str(event.answer["text"]) for event in taught)
    return scores | _insight(episode)


def _insight(episode: Episode) -> dict[str, float]:
    seen, gains = insight(episode, remembered_of(episode)), list[bool]()
    minds = [one for event in branch_of(episode) if (one := mind_of(event)) is not None]
    if len(minds) > 1:
        gains += [minds[-1].known[skill] for skill, known in minds[0].known.items() if not known]
    found: dict[str, Sequence[float]] = {
        "diagnosis_step": seen.steps,
        "diagnosis_misconception": seen.names,
        "belief_brier": [(belief - known) ** 2 for belief, known in seen.beliefs],
        "gain": gains,
    }
    return {name: fmean(values) for name, values in found.items() if values}


def _share(flags: Sequence[bool], otherwise: float | None = None) -> float | None:
    return fmean(flags) if flags else otherwise


def lesson(episode: Episode) -> Lesson | None:
    """What the dialogue came to. The tests are attempts outside the dialogue where the student was asked for such; else its
    true state: the share of the task's skills that are known before, after and later, which an echoed answer does not
    change.

    A student without a true state, a model or a person, is known by what its words show (`maieutic.scenarios.socratic.outside`),
    beside the state that the task gives it to play; what it gained is then for the tests alone to say.
    """
    fields, branch, replies = episode.task.fields, branch_of(episode), replies_of(episode)
    if not replies:
        return None
    remembered = remembered_of(episode)
    minds = remembered or shown(episode)
    seen, memories = insight(episode, minds), [remembered.get(event.id) for event in replies]
    first, last = memories[0], memories[-1]
    settings = Settings.model_validate(episode.parameters)
    tests = tests_of(episode, settings.tests, settings.claims)
    taught = [event for event in branch if event.role == TEACHER_TURN.name]
    known = None if first is None else fmean(first.known.values())
    learnt = None if last is None else fmean(last.known.values())
    late = [right(event, fields) for event in tests.late]
    left = [fmean(mind.known.values()) for event in tests.late if (mind := mind_of(event)) is not None]
    tested = bool(tests.own[False])  # then the state is no test beside the attempts
    return Lesson(
        opened=right(replies[0], fields),
        right=tuple(right(event, fields) for event in replies[1:]),
        told=tuple(tells(event.answer["text"], fields) for event in taught),
        before=_share(tests.own[False], known),
        after=_share(tests.own[True], None if tested else learnt),
        transfer_before=_share(tests.others[False]),
        transfer=_share(tests.others[True]),
        retained=(_share(late) if tested else fmean(left) if left else None),
        moves=tuple(str(event.answer["move"]) for event in taught),
        asks=tuple("?" in str(event.answer["text"]) for event in taught),
        rung=min((len(taught) - 1) // settings.patience, len(LADDER) - 1)
        if taught and episode.stop in (Stop.SOLVED, Stop.TOLD)
        else None,
        urged=tuple(tests.urged),
        leaks=tuple(
            (bool(one.answer["leaks"]), tells(draft.answer["text"], fields))
            for draft, one in verdicts_of(episode)
        ),
        diagnoses={"step": tuple(seen.steps), "misconception": tuple(seen.names)},
        beliefs=tuple(seen.beliefs),
        guided=tuple(guided(episode, [minds.get(event.id) for event in replies])),
        **(by_memory(episode, memories) if first is not None else {}) | by_words(episode, first is None),
    )


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what was so.

    `leak`: the critic on a draft, against the world. `diagnosis`: for each step, whether the teacher takes it for
    the first wrong one, against the student's true working. `knows`: whether the teacher believes that the student
    knows the step's skill, against the true state; a student without memory is known by what its words show. `keeps`:
    whether a simulated student's words show it go wrong as the task has it, against its memory. `solved`: how the dialogue
    ended, against the world.
    """
    fields = episode.task.fields
    for draft, verdict in verdicts_of(episode):
        true = tells(draft.answer["text"], fields)
        yield Decision(kind="leak", said=bool(verdict.answer["leaks"]), true=true, event=verdict.id)
    remembered = remembered_of(episode)
    yield from _kept(episode, remembered)
    for draft, mind, task in diagnosed(episode, remembered or shown(episode)):
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
        true = right(replies[-1], {"answer": episode.task.truth["answer"]})
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
            learn = train and mine and not tells(text, episode.task.fields)
            messages.append(Message(role="assistant" if mine else "user", content=text, train=learn))
    return messages


def records(episode: Episode) -> Iterable[Record]:
    """The dialogue (teacher turns that give the answer away are not to be learnt), pairs and labelled workings."""
    branch, meta = branch_of(episode), {"stop": episode.stop.value}
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
    verdicts = list(verdicts_of(episode))
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
                    "chosen_leaks": tells(good.answer["text"], fields),
                    "rejected_leaks": tells(bad.answer["text"], fields),
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
