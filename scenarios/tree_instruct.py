"""TreeInstruct: a Socratic talk about a buggy program, planned in a space of what has yet to be understood.

Knows no program and no student. The ladder (sibling, child, teach), the early finish and the history that is cleared
between targets follow the authors' code; bounds on turns and teachings, typed verdicts and a count of the fixes that
can come out true are added. In two other modes an instructor without a plan, plain or deciding as in Bridge first, talks
with the same student until the same verifier of fixes is content, so that a sweep over `mode` ranks the three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Judged, Message, Record, Stop, path, usable
from maieutic.agents import Agent
from maieutic.agents.simulated.bug_talk import about, bugs_of, meant, shown
from maieutic.agents.simulated.debugger import Debugger
from maieutic.agents.simulated.instructor import Instructor
from maieutic.agents.simulated.verifier import Verifier
from maieutic.graphs import Ask, Graph, Notes, Offer, State, dialogue, head_of
from maieutic.roles import debugger, instructor, verifier
from maieutic.scenarios.debugging.fixes import (
    complete,
    decisions,
    last_fixes,
    listing,
    mends,
    present,
    verdicts,
)
from maieutic.scenarios.debugging.later import later, mended, repaired, retained
from maieutic.scenarios.debugging.questions import KINDS, aloud, fixed, gives_away, kind_of, quality
from maieutic.scenarios.debugging.unplanned import ROLES, readings, unplanned
from maieutic.scenarios.lesson import Lesson
from maieutic.scenarios.ratings import nothing_twice
from maieutic.scenarios.retention import lessons_later
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.programs import WORLD
from maieutic.worlds.programs.bugs import Bug, patch

WAYS = {
    "question": instructor.QUESTION,
    "sibling": instructor.SIBLING,
    "child": instructor.CHILD,
    "teach": instructor.TEACH,
}


class Settings(Parameters):
    """What the authors fixed, and the bounds that they lack."""

    mode: Literal["tree", "vanilla", "bridge"] = published(
        "tree",
        "who asks: the planned instructor, or one to rank it against: plain, or deciding first (of the bounds only `turns`)",
        added=True,
    )
    tries: int = published(3, "questions of a level before teaching", ge=1)
    deepest: int = published(7, "level from which on a failed question is followed by teaching", ge=1)
    target_turns: int = published(20, "answers heard for one target", verified=False, ge=1)
    teachings: int = published(12, "lessons in a talk", verified=False, ge=0)
    turns: int = published(60, "answers heard in a talk", verified=False, ge=1)
    edit_between_targets: bool = published(
        False, "whether accepted fixes are made in the program that the next target is talked about with"
    )
    later: int = lessons_later()

    @model_validator(mode="after")
    def _planned(self) -> Settings:
        if self.edit_between_targets and self.mode != "tree":
            raise ValueError("edit_between_targets needs mode=tree: without a plan there are no targets")
        return self


def _graph(settings: Settings) -> Graph:
    return (
        _tree(settings)
        if settings.mode == "tree"
        else unplanned(ROLES[settings.mode], settings.turns, settings.later)
    )


def _tree(settings: Settings) -> Graph:
    def decide(state: State) -> str | Stop:
        notes = state["notes"]
        if all(notes["resolved"]):
            return Stop.SOLVED
        if "talk" not in notes or notes["now"]:
            return "question"
        if notes["understood"] is None:
            return Stop.INVALID
        if notes["spent"] >= settings.target_turns:
            return Stop.EXHAUSTED
        if notes["understood"]:
            return "child"
        tried = len(notes["asked"][-1])
        if tried < settings.tries and len(notes["asked"]) - 1 < settings.deepest:
            return "sibling"
        return "teach" if notes["taught"] < settings.teachings else Stop.BUDGET

    def accepted(state: State, events: Sequence[Event]) -> Notes:
        listed, found = last_fixes(state), verdicts(events[-1])
        done = complete(listed, found, len(listing(state.get("fields", {}).get("bug_fixes"))))
        told: Notes = {"accepted": done}
        if done:
            told["resolved"] = [True] * len(state["notes"]["resolved"])
        if settings.edit_between_targets and len(found) == len(listed):
            kept = [fix for fix, one in zip(listed, found, strict=True) if one["present"]]
            told["program"] = patch(_program(state), kept)
        return told

    return dialogue(
        prepare=Ask(verifier.ATTRIBUTES, lambda state: [Offer()], _planned),
        speak={way: Ask(role, _speech(way), _spoken(way)) for way, role in WAYS.items()},
        listen=Ask(
            debugger.ANSWER,
            lambda state: [_offer(state, question=aloud(head_of(state), state["events"]))],
            lambda state, events: {"spent": state["notes"]["spent"] + 1},
        ),
        assess={
            "turn": Ask(verifier.TURN, lambda state: [_offer(state, **_exchange(state))], _judged),
            "attribute": Ask(verifier.ATTRIBUTE, _claims, _resolved, fan=verifier.MOST_ATTRIBUTES),
            "fixes": Ask(
                debugger.FIXES,
                lambda state: [_offer(state, history=_history(state))] if state["notes"]["now"] else [],
                _listed,
            ),
            "acceptance": Ask(
                verifier.FIXES,
                lambda state: [
                    Offer(state["events"][-1].id, {"fixes": fixes, "buggy_code": _program(state)})
                    for fixes in [last_fixes(state)]
                    if fixes
                ],
                accepted,
            ),
            **later(settings.later, decide, settings.turns),
        },
        decide=decide,
        turns=settings.turns,
    )


def _planned(state: State, events: Sequence[Event]) -> Notes:
    plan: Any = events[-1].answer.get("attributes", [])
    attributes = sorted(plan, key=lambda one: one["kind"] != "conceptual")  # stable: conceptual first
    return {
        "plan": events[-1].id,
        "attributes": attributes,
        "resolved": [False] * len(attributes),
        "now": [],
        "taught": 0,
        "turns": [],
        "fixes": [],
        "accepted": False,
    }


def _program(state: State) -> str:
    return str(state["notes"].get("program", state.get("fields", {}).get("buggy_code", "")))


def _offer(state: State, **fields: JsonValue) -> Offer:
    """A turn that answers the last thing said aloud, about the program as it now stands."""
    parent = state["notes"].get("head", state["notes"]["plan"])
    return Offer(parent, {**fields, "buggy_code": _program(state)})


def _history(state: State, *, without_last: bool = False) -> list[JsonValue]:
    """What was said since the present target was taken up; an exchange is two lines."""
    branch = path(state["events"], state["notes"]["head"])
    start = next(place for place, event in enumerate(branch) if event.id == state["notes"]["since"])
    said = [event for event in branch[start + 1 :] if "text" in event.answer]
    lines: list[JsonValue] = [
        {"speaker": event.seat, "text": aloud(event, state["events"])} for event in said
    ]
    return lines[:-2] if without_last else lines


def _exchange(state: State) -> dict[str, JsonValue]:
    answer = head_of(state)
    question = next(event for event in state["events"] if event.id == answer.parent)
    return {"question": aloud(question, state["events"]), "answer": answer.answer["text"]}


def _target(state: State) -> int:
    """The attribute that is talked about: the first unresolved one when a target is to be taken up."""
    notes = state["notes"]
    return int(notes["resolved"].index(False) if notes["now"] or "talk" not in notes else notes["target"])


def _speech(way: str) -> Any:
    def speech(state: State) -> Sequence[Offer]:
        notes = state["notes"]
        fields: dict[str, JsonValue] = {"target": notes["attributes"][_target(state)]["text"]}
        if way != "question":
            asked = notes["asked"][-1]
            fields |= {"earlier_questions": asked, "first_question": asked[0], "history": _history(state)}
            fields |= {"misunderstanding": notes["misunderstanding"]}
        return [_offer(state, **fields)]

    return speech


def _spoken(way: str) -> Any:
    def spoken(state: State, events: Sequence[Event]) -> Notes:
        notes, said = state["notes"], events[-1].answer.get("text")
        if way == "question":
            return {
                "talk": notes.get("talk", -1) + 1,
                "target": _target(state),
                "since": notes.get("head", notes["plan"]),  # history begins after it
                "asked": [[said]],  # questions of each level
                "spent": 0,
                "now": [],
            }
        if way == "child":
            return {"asked": [*notes["asked"], [said]]}
        levels = [*notes["asked"][:-1], [*notes["asked"][-1], said]]
        return {"asked": levels, "taught": notes["taught"] + (way == "teach")}

    return spoken


def _judged(state: State, events: Sequence[Event]) -> Notes:
    notes, verdict = state["notes"], events[-1]
    if verdict.invalid is not None:
        return {"understood": None, "now": []}
    understood = bool(verdict.answer["addresses_question"]) and bool(verdict.answer["no_mistakes"])
    answer = head_of(state)
    record = {
        "talk": notes["talk"],
        "target": notes["target"],
        "level": len(notes["asked"]) - 1,
        "kind": "initial" if notes["way"] == "question" else notes["way"],
        "question": answer.parent,
        "answer": answer.id,
        "verdict": verdict.id,
        "program": notes.get("program"),
        "understood": understood,
        "judged": [],
        "resolved": [],
    }
    told = {"understood": understood, "now": [], "turns": [*notes["turns"], record]}
    return told if understood else {**told, "misunderstanding": verdict.answer["explanation"]}


def _open(state: State) -> list[int]:
    """The target and all unresolved attributes after it."""
    notes = state["notes"]
    return [n for n, done in enumerate(notes["resolved"]) if n >= notes["target"] and not done]


def _claims(state: State) -> Sequence[Offer]:
    """One question an attribute: the target on this exchange alone, later ones with the talk before it."""
    notes = state["notes"]
    if not notes["understood"]:
        return []
    offers = []
    for index, number in enumerate(_open(state)):
        fields = {"attribute": notes["attributes"][number]["text"], **_exchange(state)}
        if number != notes["target"]:
            fields["history"] = _history(state, without_last=True)
        offers.append(Offer(notes["head"], fields, index))
    return offers


def _resolved(state: State, events: Sequence[Event]) -> Notes:
    notes, judged = state["notes"], _open(state)
    now = [n for n, one in zip(judged, events, strict=True) if one.answer.get("understood") is True]
    record = {**notes["turns"][-1], "judged": judged, "resolved": now}
    return {
        "now": now,
        "resolved": [done or n in now for n, done in enumerate(notes["resolved"])],
        "turns": [*notes["turns"][:-1], record],
        "misunderstanding": events[0].answer.get("explanation", ""),
    }


def _listed(state: State, events: Sequence[Event]) -> Notes:
    return {"fixes": [*state["notes"]["fixes"], events[-1].answer.get("fixes", [])]}


def _cast(settings: Settings) -> dict[str, Agent]:
    student = Debugger(forget=0.05) if settings.later else Debugger()
    return {"instructor": Instructor(), "student": student, "verifier": Verifier()}


def reason(episode: Episode) -> str:
    """Which of the stops fired, in words: both good ends, and each bound."""
    if episode.stop is Stop.SOLVED:
        return "all fixes accepted" if episode.notes.get("accepted") else "all attributes resolved"
    words = {
        Stop.TURNS: "bound on turns",
        Stop.EXHAUSTED: "bound on turns for one target",
        Stop.BUDGET: "bound on lessons",
    }
    return words.get(episode.stop, episode.failure or episode.stop.value)


def _turns(episode: Episode) -> list[dict[str, Any]]:
    return listing(episode.notes.get("turns"))


def _score(episode: Episode) -> dict[str, float]:
    """Success (by kind of attribute, or of bug where there is no plan), turns as the instructor's utterances, and what its
    questions were like. The last needs the task's truth, as does `repaired`: the program with all the fixes that the
    verifier found present passes its tests.
    """
    bugs = bugs_of(episode.task.truth)
    said = [event for event in episode.events if event.seat == "instructor" and event.invalid is None]
    scores = {
        "success": float(episode.stop is Stop.SOLVED),
        "accepted": float(bool(episode.notes.get("accepted"))),
        "turns": float(len(said)),
        "lessons": float(sum(event.role == instructor.TEACH.name for event in said)),
        "unusable": float(sum(event.invalid is not None for event in episode.events)),
    }
    ended = _ended(episode, bugs)
    for kind in KINDS:
        if done := [flag for which, flag in ended if which == kind]:
            scores[kind] = fmean(done)
    if not bugs:
        return scores
    asked = [aloud(event, episode.events) for event in said]
    scores["leaks"] = float(sum(gives_away(text, bugs) for text in asked))
    if asked:
        scores["indirect"] = 1 - scores["leaks"] / len(asked)
    scores |= quality(episode, bugs)
    made = [fix for event in episode.by_role(verifier.FIXES.name) for fix in present(event, episode)]
    scores["repaired"] = float(mends(made, episode.task, run=True))
    return scores | repaired(episode)


def _ended(episode: Episode, bugs: Sequence[Bug]) -> list[tuple[str, bool]]:
    """(kind, whether it is resolved) of each attribute of the plan; without a plan of each bug that is known."""
    attributes: Any = episode.notes.get("attributes", [])
    resolved: Any = episode.notes.get("resolved", [])
    if episode.parameters.get("mode", "tree") == "tree":
        return [(one["kind"], flag) for one, flag in zip(attributes, resolved, strict=True)]
    mended = fixed(episode, bugs)
    done = {mended[number] for one in _turns(episode) for number in one["resolved"]}
    return [(kind_of(bug), place in done) for place, bug in enumerate(bugs)]


def _lesson(episode: Episode) -> Lesson | None:
    """What the talk came to: whether the student understands every bug (its true state) after each answer, which of the
    instructor's words spell out a fix, and which entries of the plan are bugs; the tests are the share of the bugs that
    the student understands before, after and later. None where nobody knows the bugs.

    A student without a true state, a model or a person, understands what its answers have said to be wrong so far; its
    tests are the fixes that it lists, and there is none before the talk.
    """
    bugs, by_id = bugs_of(episode.task.truth), {event.id: event for event in episode.events}
    heard = _turns(episode)
    if not bugs or not heard:
        return None
    memories: list[Any] = [by_id[one["answer"]].memory or {} for one in heard]
    remembered = all("understood" in memory for memory in memories)
    attributes: Any = episode.notes.get("attributes", [])
    diagnoses = {"plan": tuple(meant(one["text"], bugs) is not None for one in attributes)}
    diagnoses["error"] = tuple(one.said is one.true for one in readings(episode, bugs))
    start: Any = memories[0].get("start") if remembered else None
    understood: list[Any] = (
        [memory["understood"] for memory in memories]
        if remembered
        else shown([str(by_id[one["answer"]].answer["text"]) for one in heard], bugs)
    )
    # of one without a true state nobody asked before the talk: it has said nothing yet
    begun = start if remembered else [False] * len(bugs)
    states = [*([begun] if begun is not None else []), *understood]
    asked = [aloud(by_id[one["question"]], episode.events) for one in heard]
    lists = usable(episode.events, debugger.FIXES.name)
    listed = mended(lists, bugs) if lists else None  # in each talk about those that were spoken of in it
    return Lesson(
        opened=None if start is None else all(start),
        right=tuple(all(flags) for flags in understood),
        told=tuple(gives_away(text, bugs) for text in asked),
        before=None if start is None else fmean(start),
        after=fmean(understood[-1]) if remembered else listed,
        retained=retained(episode, bugs),
        moves=tuple(one["kind"] for one in heard),
        asks=tuple("?" in text for text in asked),
        diagnoses={name: made for name, made in diagnoses.items() if made},
        guided=tuple(
            (any(not before[bug] for bug in about(text, bugs)), sum(after) > sum(before))
            for text, (before, after) in zip(asked, pairwise(states), strict=False)
            if not all(before)
        )
        if begun is not None
        else (),
    )


def _records(episode: Episode) -> Iterable[Record]:
    """A dialogue for each talk about one target (or without any), and each verdict on an answer; spelt-out fixes are not
    trained on."""
    by_id = {event.id: event for event in episode.events}
    bugs, turns = bugs_of(episode.task.truth), _turns(episode)
    facts: dict[str, JsonValue] = {
        "problem_id": episode.task.id,
        "n_bugs": len(listing(episode.task.fields.get("bug_fixes"))),
        "attributes": episode.notes.get("attributes", []),
        "turns": len(turns),
        "student_fixes": episode.notes.get("fixes", []),
        "accepted": bool(episode.notes.get("accepted")),
        "stop_reason": reason(episode),
    }
    for talk in sorted({one["talk"] for one in turns}):
        here = [one for one in turns if one["talk"] == talk]
        messages = [Message(role="user", content=_opening(episode, here[0]))]
        for one in here:
            text = aloud(by_id[one["question"]], episode.events)
            messages.append(Message(role="assistant", content=text, train=not gives_away(text, bugs)))
            messages.append(Message(role="user", content=str(by_id[one["answer"]].answer["text"])))
        if any(message.train for message in messages):
            yield Dialogue(
                episode=episode.id,
                task=episode.task.id,
                purpose="tutor",
                messages=tuple(messages),
                events=tuple(one[side] for one in here for side in ("question", "answer")),
                meta={
                    **facts,
                    "target": here[0]["target"],
                    "trace": [_spelled(one, by_id, episode) for one in here],
                },
            )
    for one in (turn for turn in turns if turn["verdict"] is not None):
        question = aloud(by_id[one["question"]], episode.events)
        yield Judged(
            episode=episode.id,
            task=episode.task.id,
            purpose="judge",
            prompt=(Message(role="user", content=f"{_opening(episode, one)}\n\n{question}"),),
            response=str(by_id[one["answer"]].answer["text"]),
            critique=str(by_id[one["verdict"]].answer["explanation"]),
            verdict=one["understood"],
            response_event=one["answer"],
            critique_event=one["verdict"],
            meta={"target": one["target"], "level": one["level"], "kind": one["kind"]},
        )


def _spelled(turn: Mapping[str, Any], by_id: Mapping[str, Event], episode: Episode) -> dict[str, JsonValue]:
    """A turn as the session record has it: in words, beside the ids of its events."""
    return {
        **turn,
        "events": {name: turn[name] for name in ("question", "answer", "verdict") if turn[name] is not None},
        "question": aloud(by_id[turn["question"]], episode.events),
        "answer": by_id[turn["answer"]].answer["text"],
        "explanation": "" if turn["verdict"] is None else by_id[turn["verdict"]].answer["explanation"],
    }


def _opening(episode: Episode, turn: Mapping[str, Any]) -> str:
    return f"{episode.task.fields['problem']}\n\n{turn['program'] or episode.task.fields['buggy_code']}"


def _decisions(episode: Episode) -> Iterable[Decision]:
    """Plan entries, turn and attribute verdicts, what was taken for an error, fix verdicts and the early finish, each
    beside the truth.

    A plan entry that no bug asks for is a false yes, a bug that the plan leaves out a false no. What a turn or an
    attribute verdict should have been is read from the simulated student's flags; other students give none.
    """
    bugs = bugs_of(episode.task.truth)
    if not bugs:
        return
    if episode.notes.get("attributes"):
        yield from _planning(episode, bugs)
    yield from readings(episode, bugs)
    yield from decisions(episode, bugs)


def _planning(episode: Episode, bugs: Sequence[Bug]) -> Iterator[Decision]:
    by_id = {event.id: event for event in episode.events}
    attributes: Any = episode.notes["attributes"]
    aims = [meant(one["text"], bugs) for one in attributes]
    plan, missing = str(episode.notes["plan"]), set(range(len(bugs)))
    for aim in aims:
        yield Decision(kind="plan", said=True, true=aim in missing, event=plan)
        missing.discard(-1 if aim is None else aim)
    for _ in missing:
        yield Decision(kind="plan", said=False, true=True, event=plan)
    showed: dict[int, set[int]] = {}
    for one in _turns(episode):
        answer = by_id[one["answer"]]
        if answer.memory is None or "understood" not in answer.memory:
            continue
        memory: Any = answer.memory
        asked = about(aloud(by_id[one["question"]], episode.events), bugs)
        if asked:
            true = all(memory["understood"][bug] for bug in asked)
            yield Decision(kind="turn", said=one["understood"], true=true, event=one["verdict"])
        now = {bug for bug in memory["showed"] if memory["understood"][bug]}
        so_far = showed.setdefault(one["talk"], set())
        so_far |= now
        judged = [e for e in episode.events if e.parent == answer.id and e.role == verifier.ATTRIBUTE.name]
        for number, event in zip(one["judged"], judged, strict=True):
            seen = now if number == one["target"] else so_far
            if event.invalid is None:
                said = bool(event.answer["understood"])
                yield Decision(kind="attribute", said=said, true=aims[number] in seen, event=event.id)


SCENARIO = Scenario(
    name="tree-instruct",
    summary="Socratic debugging: an instructor leads a student from one missing understanding to the next",
    paper=Paper(
        "Instruct, Not Assist: LLM-based Multi-Turn Planning and Hierarchical Questioning for Socratic Code Debugging",
        2024,
        "EMNLP Findings; github.com/agarwalishika/TreeInstruct",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(
        *WAYS.values(),
        *ROLES.values(),
        debugger.ANSWER,
        debugger.FIXES,
        debugger.LATER,
        verifier.ATTRIBUTES,
        verifier.TURN,
        verifier.ATTRIBUTE,
        verifier.FIXES,
    ),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("problem", "buggy_code", "correct_code", "bug_descriptions", "bug_fixes"),
    score=_score,
    lesson=_lesson,
    records=_records,
    decisions=_decisions,
    ratings=nothing_twice,
)
