"""DeCRIM: a request is taken apart, every constraint is checked by itself, and only what failed is refined.

Knows no model. No code was published, so caps and wordings are choices and stand among the parameters. Verdicts that
cannot be used take no part; what the decomposer listed is held against what was asked.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import JsonValue

from maieutic import Episode, Event, Judged, Pair, Record, Stop
from maieutic.agents import Agent
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.writer import Writer, known
from maieutic.graphs import Ask, Graph, Offer, State, refine
from maieutic.roles.actor import RESPOND, REVISE, refinement, request, responses
from maieutic.roles.decomposer import SPLIT
from maieutic.roles.examiner import ITEM, judgement
from maieutic.scenarios.ratings import nothing_twice
from maieutic.scenarios.scenario import Decision, Overall, Paper, Parameters, Scenario, published
from maieutic.worlds.text_constraints import WORLD, coverage, judge, which


class Settings(Parameters):
    """How long it is refined, and which response is taken."""

    rounds: int = published(10, "refinements at the most (N)", verified=False, ge=1, le=100)
    repeats: int = published(
        2, "times that the same constraints may fail again before it stops; 0: no limit", verified=False, ge=0
    )
    final: Literal["last", "best"] = published(
        "last", "the response that is taken: the last (as in the paper), or the first that met the most"
    )
    constraints: int = published(16, "constraints checked at the most", verified=False, ge=1, le=16)


def _listed(events: Iterable[Event], most: int) -> list[str]:
    """The constraints that were listed, each once."""
    split = next((event for event in events if event.role == SPLIT.name and event.invalid is None), None)
    found: Any = [] if split is None else split.answer["constraints"]
    return list(dict.fromkeys(str(one) for one in found))[:most]


def _verdicts(events: Sequence[Event], response: str, listed: Sequence[str]) -> dict[str, bool]:
    """Constraint -> whether `response` was found to meet it; those without a usable verdict are left out."""
    return {
        listed[one.index]: bool(one.answer["satisfied"])
        for one in events
        if one.role == ITEM.name and one.parent == response and one.invalid is None
    }


def _failed(state: State, settings: Settings) -> list[JsonValue]:
    events, last = state["events"], responses(state["events"])[-1]
    listed = _listed(events, settings.constraints)
    return [
        {"constraint": listed[one.index], "reason": one.answer["reason"]}
        for one in events
        if one.role == ITEM.name
        and one.parent == last.id
        and one.invalid is None
        and not one.answer["satisfied"]
    ]


def _graph(settings: Settings) -> Graph:
    def critique(state: State) -> Sequence[Offer]:
        last = responses(state["events"])[-1]
        return [
            Offer(last.id, {"response": last.text, "constraint": one}, index)
            for index, one in enumerate(_listed(state["events"], settings.constraints))
        ]

    def revise(state: State) -> Sequence[Offer]:
        last = responses(state["events"])[-1]
        return [Offer(last.id, {"response": last.text, "failed": _failed(state, settings)})]

    def decide(state: State) -> str | Stop:
        events, listed = state["events"], _listed(state["events"], settings.constraints)
        if not listed:
            return Stop.REFUSED  # nothing was found in the request that could be checked
        rounds = [_verdicts(events, one.id, listed) for one in responses(events)]
        failed = [frozenset(one for one, met in found.items() if not met) for found in rounds]
        if not failed[-1]:
            return Stop.ACCEPTED if len(failed) == 1 else Stop.SOLVED
        again = settings.repeats and failed[-settings.repeats - 1 :]
        if again and len(again) > settings.repeats and len(set(again)) == 1:
            return Stop.EXHAUSTED  # conditions that contradict each other never clear
        return "revise"

    return refine(
        prepare=Ask(SPLIT, lambda state: [Offer()]),
        draft=Ask(RESPOND, lambda state: [Offer()]),
        critique=Ask(ITEM, critique, fan=settings.constraints),
        revise=Ask(REVISE, revise),
        decide=decide,
        rounds=settings.rounds,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    return {"actor": Writer(), "decomposer": Decomposer(), "examiner": Examiner()}


def _course(episode: Episode) -> tuple[list[str], list[tuple[Event, dict[str, bool]]]]:
    """The constraints that were listed, and each response that was checked with the verdicts on it."""
    most: Any = episode.parameters["constraints"]
    listed = _listed(episode.events, most)
    found = [(one, _verdicts(episode.events, one.id, listed)) for one in responses(episode.events)]
    return listed, [(one, verdicts) for one, verdicts in found if verdicts]


def _taken(episode: Episode, course: Sequence[tuple[Event, Mapping[str, bool]]]) -> Event:
    if episode.parameters["final"] == "best":
        return max(course, key=lambda one: sum(one[1].values()))[0]
    return course[-1][0]


def _met(event: Event, episode: Episode) -> list[bool]:
    return [one.ok is True for one in judge(event.text, episode.task.truth)]


def score(episode: Episode) -> dict[str, float]:
    """Rounds, and with a known truth the accuracy of the first response and of the one that was taken.

    `constraints_*` is the share of constraints met, `all_*` whether all were; `broken` counts constraints that a
    refinement broke, `false_clear` and `false_alarm` the examiner's errors, those on the first response apart (`_first`).
    """
    listed, course = _course(episode)
    scores = {"rounds": float(len(course) - 1), "listed": float(len(listed))} if course else {}
    unusable = sum(one.role == ITEM.name and one.invalid is not None for one in episode.events)
    scores["unusable_verdicts"] = float(unusable)
    if not course or not episode.task.truth.get("items"):
        return scores
    met = [_met(one, episode) for one, _ in course]
    taken = _met(_taken(episode, course), episode)
    for name, one in (("first", met[0]), ("taken", taken)):
        scores |= {f"constraints_{name}": sum(one) / len(one), f"all_{name}": float(all(one))}
    scores["broken"] = float(
        sum(
            old and not new
            for before, after in itertools.pairwise(met)
            for old, new in zip(before, after, strict=True)
        )
    )
    checks = [one for one in decisions(episode) if one.kind == "failed"]
    scores["false_clear"] = float(sum(one.true and not one.said for one in checks))
    scores["false_alarm"] = float(sum(one.said and not one.true for one in checks))
    early = {e.id for e in episode.events if e.parent == course[0][0].id}
    scores["false_clear_first"] = float(
        sum(one.event in early and one.true and not one.said for one in checks)
    )
    scores["false_alarm_first"] = float(
        sum(one.event in early and one.said and not one.true for one in checks)
    )
    return scores


def tally(episode: Episode) -> dict[str, float]:
    """Counts that are summed over a run: constraints and how many of them are met, at first and in the end; and of each
    round the verdicts on what was not met and on what was, and how many of either are wrong."""
    _, course = _course(episode)
    counts = Counter[str]()
    if course and episode.task.truth.get("items"):
        for name, response in (("first", course[0][0]), ("taken", _taken(episode, course))):
            met = _met(response, episode)
            counts |= {f"all {name}": len(met), f"met {name}": sum(met)}
    rounds = {response.id: number for number, (response, _) in enumerate(course)}
    parents = {event.id: str(event.parent) for event in episode.events}
    for one in decisions(episode):
        if one.kind == "failed":
            number = rounds[parents[one.event]]
            counts[f"{'unmet' if one.true else 'met'} {number}"] += 1
            counts[f"{'clear' if one.true else 'alarm'} {number}"] += one.said != one.true
    return {name: float(n) for name, n in counts.items()}


def overall(sums: Mapping[str, float]) -> dict[str, float]:
    """Constraint-level accuracy at first and in the end; the critic's F1 on what is not met, and of each round the shares of
    unmet constraints that it cleared and of met ones that it complained of."""
    made = {
        f"constraint_accuracy_{name}": sums[f"met {name}"] / sums[f"all {name}"]
        for name in ("first", "taken")
        if sums.get(f"all {name}")
    }
    totals = Counter[str]()
    numbers = {name.partition(" ")[2] for name in sums if name.startswith(("unmet ", "clear ", "alarm "))}
    for number in sorted(numbers, key=int):
        for what, wrong, name in (("unmet", "clear", "false_clear"), ("met", "alarm", "false_alarm")):
            asked, errors = sums.get(f"{what} {number}", 0.0), sums.get(f"{wrong} {number}", 0.0)
            totals += Counter({what: int(asked), wrong: int(errors)})
            if asked:
                made[f"{name}_rate_{number}"] = errors / asked
    found = totals["unmet"] - totals["clear"]
    if found or totals["clear"] or totals["alarm"]:
        made["critic_f1"] = 2 * found / (2 * found + totals["clear"] + totals["alarm"])
    return made


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world's checks say.

    `constraint`: that something was asked for; what the decomposer left out counts as said no to. `failed`: that a
    response does not meet a constraint. `released`: that a response meets all that was asked.
    """
    if "items" not in episode.task.truth:
        return
    truth, (listed, course) = known(episode.task.truth), _course(episode)
    split = next((event for event in episode.by_role(SPLIT.name)), None)
    places = [which(one, truth) for one in listed]
    if split is not None:
        for said, true in coverage(places, len(truth.items)):
            yield Decision(kind="constraint", said=said, true=true, event=split.id)
    for response, _ in course:
        met = _met(response, episode)
        for one in episode.events:
            if one.role == ITEM.name and one.parent == response.id and one.invalid is None:
                place = places[one.index]
                true = place is not None and not met[place]
                yield Decision(kind="failed", said=not one.answer["satisfied"], true=true, event=one.id)
    if course and episode.stop in (Stop.ACCEPTED, Stop.SOLVED):
        last = course[-1][0]
        yield Decision(kind="released", said=True, true=all(_met(last, episode)), event=last.id)


def records(episode: Episode) -> Iterable[Record]:
    """Each verdict to learn from; and where the response that was taken meets, by the verdicts, all that the first met
    and more, the pair of the two and the refinement. The whole course stands in the pair; where there is none, in a
    judgement of the response that was taken."""
    listed, course = _course(episode)
    user = request(episode)
    for number, (response, _) in enumerate(course):
        for one in episode.events:
            if one.role == ITEM.name and one.parent == response.id and one.invalid is None:
                about: dict[str, JsonValue] = {"constraint": listed[one.index], "round": number}
                yield judgement(episode, user, response, one, about=about, met=bool(one.answer["satisfied"]))
    if not course:
        return
    verdicts = {one.id: found for one, found in course}
    first, taken = course[0][0], _taken(episode, course)
    before = {name for name, met in verdicts[first.id].items() if met}
    after = {name for name, met in verdicts[taken.id].items() if met}
    failed = _unmet(verdicts[first.id])
    meta: dict[str, JsonValue] = {
        "constraints": [*listed],
        "failed": [*failed],
        "rounds": [
            {"response": one.text, "verdicts": dict(found), "failed": [*_unmet(found)]}
            for one, found in course
        ],
        "n_rounds": len(course) - 1,
        "stopped_by": "clean" if episode.stop in (Stop.ACCEPTED, Stop.SOLVED) else "cap",
        "stop": episode.stop.value,
    }
    if not before < after or first.text == taken.text:
        left = _unmet(verdicts[taken.id])
        if not left and len(verdicts[taken.id]) < len(set(listed)):
            return  # a verdict that could not be used leaves it open
        yield Judged(
            episode=episode.id,
            task=episode.task.id,
            purpose="course",
            meta=meta,
            prompt=(user,),
            response=taken.text,
            critique=_told(left) if left else "All conditions are met.",
            verdict=not left,
            response_event=taken.id,
            critique_event=next(e.id for e in episode.by_role(ITEM.name) if e.parent == taken.id),
        )
        return
    yield Pair(
        episode=episode.id,
        task=episode.task.id,
        purpose="prefer",
        meta=meta,
        prompt=(user,),
        chosen=taken.text,
        rejected=first.text,
        chosen_event=taken.id,
        rejected_event=first.id,
        chosen_verdict=len(after) / len(listed),
        rejected_verdict=len(before) / len(listed),
    )
    yield refinement(episode, user, first, taken, told=_told(failed), rounds=len(course) - 1)


def _unmet(verdicts: Mapping[str, bool]) -> list[str]:
    return [name for name, met in verdicts.items() if not met]


def _told(failed: Iterable[str]) -> str:
    return "These conditions are not met:\n" + "\n".join(f"- {name}" for name in failed)


SCENARIO = Scenario(
    name="decrim",
    summary="a request is taken apart, each constraint is checked by itself, and only what failed is refined",
    paper=Paper(
        "LLM Self-Correction with DeCRIM: Decompose, Critique, and Refine", 2024, "Findings of EMNLP 2024"
    ),
    world=WORLD,
    parameters=Settings,
    roles=(SPLIT, RESPOND, ITEM, REVISE),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("prompt",),
    score=score,
    records=records,
    decisions=decisions,
    ratings=nothing_twice,
    overall=Overall(tally, overall),
)
