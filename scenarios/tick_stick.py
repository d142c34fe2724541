"""TICK and STICK: a checklist of yes/no questions, ticked one by one, by which responses are compared, refined or chosen.

Knows no model. The list is written from the request alone, once, and stays as it is; what it leaves out nobody looks
at, so gains by its own ticks are held against the world's checks. A list that is too short twice gives way to a score.
It is long because of its three modes, which share their roles and the sheet of ticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import model_validator

from maieutic import Episode, Event, Pair, Record, Stop, rng
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.decomposer import Decomposer
from maieutic.agents.simulated.examiner import Examiner
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.agents.simulated.writer import Writer, known
from maieutic.graphs import Ask, Graph, Notes, Offer, State, refine, vote
from maieutic.roles.actor import RESPOND, REWRITE, refinement, request, responses
from maieutic.roles.decomposer import CHECKLIST, checklist
from maieutic.roles.evaluator import ALONE, DIGITS, read_out
from maieutic.roles.examiner import POLARITY, TICK, TICKS, answered, judgement, ticked, turned
from maieutic.roles.record import RECORD, handed_over
from maieutic.scenarios.ratings import nothing_twice
from maieutic.scenarios.scenario import (
    Decision,
    Overall,
    Paper,
    Parameters,
    Scenario,
    needs_response,
    published,
)
from maieutic.worlds.text_constraints import WORLD, asked, coverage, judge, which


class Settings(Parameters):
    """What is done with the list, how it is ticked, and when refining ends."""

    mode: Literal["refine", "select", "evaluate"] = published(
        "refine", "rewrite with the ticked list; the best of n by it; or a preference between two responses"
    )
    rounds: int = published(4, "rewrites at the most (mode refine)", verified=False, ge=1, le=32)
    n: int = published(8, "responses to choose from (mode select)", verified=False, ge=1, le=256)
    fewest: int = published(
        2, "questions of a list that can be used; a shorter one is written again, once", verified=False, ge=1
    )
    most: int = published(8, "questions used at the most", verified=False, ge=1, le=16)
    ticking: Literal["each", "batch"] = published(
        "each",
        "whether each question is put by itself, or all in one call, which anchors answers on each other",
    )
    polarity: bool = published(
        True,
        "whether each question is looked at for which answer is good; one whose no is good is turned",
        verified=False,
    )
    guard: bool = published(
        True, "whether it stops where a rewrite does not score higher (mode refine)", verified=False
    )
    final: Literal["last", "best"] = published(
        "last", "the response that is taken: the last, or the first of the best (mode refine)", verified=False
    )
    enough: float = published(
        8.5,
        "score from 0 to 9 that counts as all ticked, where there is no list (mode refine)",
        verified=False,
        ge=0,
        le=9,
    )
    references: Literal["sampled", "recorded"] = published(
        "sampled",
        "whether response b is written too, or is the task's field `response` (mode evaluate)",
        verified=False,
    )

    @model_validator(mode="after")
    def _bounds(self) -> Settings:
        if self.most < self.fewest:
            raise ValueError(f"most must be at least fewest, {self.fewest}")
        return self


def _listed(state: State, settings: Settings) -> tuple[str | None, list[str]]:
    return checklist(state["events"], settings.fewest, settings.most)


def _candidates(events: Sequence[Event]) -> list[Event]:
    recorded = [one for one in events if one.role == RECORD.name and one.invalid is None]
    return [*responses(events), *recorded]


def _sheet(state: State, settings: Settings) -> Notes:
    """The list, the responses, all ticks, the scores from 0 to 1, and what follows from them."""
    events = state["events"]
    source, questions = _listed(state, settings)
    flipped, candidates = turned(events, source, len(questions)), _candidates(events)
    ticks = [ticked(events, one.id, flipped) for one in candidates] if questions else []
    scores: list[float | None] = [fmean(row) for row in ticks]
    if not questions:
        told = {one.parent: read_out(one) for one in events if one.role == ALONE.name}
        found = [told.get(one.id) for one in candidates]
        scores = [None if one is None else one / (DIGITS - 1) for one in found]
    names = [one.id for one in candidates]
    chosen, preference = None, None
    if settings.mode == "evaluate":
        preference = _preference(scores)
    else:
        chosen = _choice(scores, names, settings)
    return {
        "list": source,
        "questions": questions,
        "turned": flipped,
        "direct": not questions,
        "responses": names,
        "ticks": ticks,
        "scores": scores,
        "preference": preference,
        "chosen_index": chosen,
        "round": sum(one.role == REWRITE.name for one in candidates),
    }


def _preference(scores: Sequence[float | None]) -> str | None:
    if len(scores) < 2 or scores[0] is None or scores[1] is None:
        return None
    return "tie" if scores[0] == scores[1] else "a" if scores[0] > scores[1] else "b"


def _choice(scores: Sequence[float | None], names: Sequence[str], settings: Settings) -> int | None:
    """Which response is taken; equal ones of which the best is chosen are left to a draw."""
    usable = [(score, place) for place, score in enumerate(scores) if score is not None]
    if not usable:
        return None
    if settings.mode == "refine" and settings.final == "last":
        return usable[-1][1]
    highest = max(score for score, _ in usable)
    maxima = [place for score, place in usable if score == highest]
    return maxima[0] if settings.mode == "refine" else rng("tie", *names).choice(maxima)


def _graph(settings: Settings) -> Graph:
    def again(state: State) -> Sequence[Offer]:
        return [] if _listed(state, settings)[0] else [Offer(index=1)]

    def polarity(state: State) -> Sequence[Offer]:
        source, questions = _listed(state, settings)
        put = questions if settings.polarity else []
        return [Offer(source, {"question": one}, index) for index, one in enumerate(put)]

    def unjudged(state: State) -> list[Event]:
        judged = {one.parent for one in state["events"] if one.role in (TICK.name, TICKS.name, ALONE.name)}
        return [one for one in _candidates(state["events"]) if one.id not in judged]

    def tick(state: State) -> Sequence[Offer]:
        questions = _listed(state, settings)[1]
        return [
            Offer(one.id, {"response": one.text, "question": put}, index)
            for one in unjudged(state)
            for index, put in enumerate(questions)
        ]

    def together(state: State) -> Sequence[Offer]:
        questions: Any = _listed(state, settings)[1]
        asked = unjudged(state) if questions else []
        return [Offer(one.id, {"response": one.text, "questions": questions}) for one in asked]

    def direct(state: State) -> Sequence[Offer]:
        asked = [] if _listed(state, settings)[1] else unjudged(state)
        return [Offer(one.id, {"output": one.text}) for one in asked]

    def rewrite(state: State) -> Sequence[Offer]:
        sheet, last = state["notes"], responses(state["events"])[-1]
        told: dict[str, Any] = {"response": last.text, "checklist": []}
        if sheet["direct"]:
            told["score"] = round((DIGITS - 1) * sheet["scores"][-1], 1)
        else:
            pairs = zip(sheet["questions"], sheet["ticks"][-1], strict=True)
            told["checklist"] = [{"question": question, "met": met} for question, met in pairs]
        return [Offer(last.id, told)]

    def decide(state: State) -> str | Stop:
        sheet = state["notes"]
        score = sheet["scores"][-1]
        if score is None:
            return Stop.INVALID
        if score >= (settings.enough / (DIGITS - 1) if sheet["direct"] else 1.0):
            return Stop.SOLVED if sheet["round"] else Stop.ACCEPTED
        return (
            Stop.EXHAUSTED if settings.guard and sheet["round"] and score <= sheet["scores"][-2] else "revise"
        )

    def conclude(state: State) -> tuple[Notes, Stop]:
        sheet = _sheet(state, settings)
        if settings.mode == "select":
            return sheet, Stop.INVALID if sheet["chosen_index"] is None else Stop.SOLVED
        if sheet["preference"] is None:
            return sheet, Stop.INVALID
        return sheet, Stop.TIE if sheet["preference"] == "tie" else Stop.SOLVED

    recorded = settings.mode == "evaluate" and settings.references == "recorded"
    count = {"refine": 1, "select": settings.n, "evaluate": 1 if recorded else 2}[settings.mode]
    judged = count + recorded
    listing = [
        Ask(CHECKLIST, lambda state: [Offer()], needed=False),
        Ask(CHECKLIST, again, needed=False),
        Ask(POLARITY, polarity, fan=settings.most, needed=False),
    ]
    each = Ask(TICK, tick, fan=judged * settings.most)
    ticking = each if settings.ticking == "each" else Ask(TICKS, together, fan=judged)
    scoring = Ask(ALONE, direct, lambda state, events: _sheet(state, settings), fan=judged)
    write = Ask(RESPOND, lambda state: [Offer(index=index) for index in range(count)], fan=count)
    if settings.mode == "refine":
        return refine(
            prepare=listing,
            draft=write,
            critique=[ticking, scoring],
            revise=Ask(REWRITE, rewrite),
            decide=decide,
            rounds=settings.rounds,
        )
    published_one = [Ask(RECORD, lambda state: [Offer()])] if recorded else []
    return vote(sample=write, between=[*listing, *published_one, ticking], compare=scoring, conclude=conclude)


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "actor": Writer(),
        "decomposer": Decomposer(),
        "examiner": Examiner(),
        "judge": Scorer(),
        "record": Program("recorded-response", {RECORD.name: handed_over}),
    }


def _read(episode: Episode) -> tuple[dict[str, Any], list[Event]]:
    """The sheet, and its responses; neither where the episode did not come so far."""
    sheet, by_id = episode.notes, {event.id: event for event in episode.events}
    names: Any = sheet.get("responses", [])
    return dict(sheet), [by_id[name] for name in names]


def _taken(sheet: dict[str, Any]) -> list[int]:
    """The places of the responses that count: the chosen one, or both of a pair."""
    chosen = sheet["chosen_index"]
    return [*range(len(sheet["responses"]))] if chosen is None else [chosen]


def _shares(episode: Episode, candidates: Iterable[Event]) -> list[float]:
    """The share of constraints that each response truly meets; nothing where the task brings no truth."""
    truth = episode.task.truth
    return [share_met(one.text, truth) for one in candidates] if truth.get("items") else []


def score(episode: Episode) -> dict[str, float]:
    """Ticks, and with a known truth what they are worth by the world's checks, which no player is asked for.

    `ticked` and `asked` are counts over the responses that count (see `drfr`), `pass_rate` the mean of their scores, and
    `direct` says that there was no list but a score. `own_gain` is the gain of refining by its own ticks, `gain` the true
    one. `tie` stands beside `exact`, the agreement over win, lose and tie, which ties bring down. `ceiling` says that
    one of n is truly faultless. `question_*` and `count_error` hold the list against what was asked for.
    """
    sheet, candidates = _read(episode)
    if not candidates:
        return {}
    lists = [one for one in episode.events if one.role == CHECKLIST.name]
    unusable = [e for e in episode.events if e.invalid is not None and e.role in (TICK.name, TICKS.name)]
    scores = {
        "direct": float(sheet["direct"]),
        "regenerated": float(len(lists) - 1),
        "turned": float(sum(sheet["turned"])),
    }
    scores["unusable_ticks"] = float(len(unusable))
    places, given = _taken(sheet), sheet["scores"]
    if sheet["ticks"]:
        scores["ticked"] = float(sum(sum(sheet["ticks"][place]) for place in places))
        scores["asked"] = float(len(places) * len(sheet["questions"]))
        scores["pass_rate"] = scores["ticked"] / scores["asked"]
        scores |= _listing(episode, sheet)
    true = _shares(episode, candidates)
    if episode.parameters["mode"] == "evaluate" and sheet["preference"]:
        scores["tie"] = float(sheet["preference"] == "tie")
        if true:
            scores["exact"] = float(sheet["preference"] == _preference(true))
    if sheet["chosen_index"] is None:
        return scores
    taken = sheet["chosen_index"]
    if episode.parameters["mode"] == "refine":
        scores["rounds"] = float(sheet["round"])
        if given[0] is not None:
            scores["own_gain"] = given[taken] - given[0]
        if true:
            scores |= {
                "gain": true[taken] - true[0],
                "constraints_first": true[0],
                "all_first": float(true[0] == 1),
            }
    else:
        scores["tied"] = float(given.count(given[taken]) > 1)
        if true:
            scores |= {"ceiling": float(max(true) == 1), "constraints_mean": fmean(true)}
    if true:
        scores |= {"constraints_taken": true[taken], "all_taken": float(true[taken] == 1)}
    return scores


def _listing(episode: Episode, sheet: dict[str, Any]) -> dict[str, float]:
    """Precision and recall of the list's questions, and by how many it is too long or too short."""
    if not episode.task.truth.get("items"):
        return {}
    places, count = _places(episode, sheet), len(known(episode.task.truth).items)
    held = list(coverage(places, count))
    hits = held.count((True, True))
    return {
        "question_precision": hits / len(places),
        "question_recall": hits / (hits + held.count((False, True))) if count else 1.0,
        "count_error": float(abs(len(places) - count)),
    }


def _places(episode: Episode, sheet: dict[str, Any]) -> list[int | None]:
    """Of each question, the constraint that it is about."""
    truth = known(episode.task.truth)
    return [which(asked(one)[0], truth) for one in sheet["questions"]]


def drfr(sums: Mapping[str, float]) -> dict[str, float]:
    """Ticks over questions, summed over all episodes that had a list: long lists weigh more than in the mean of pass
    rates (decomposed requirements following ratio, InfoBench 2024). Nothing where there was no list."""
    return {"drfr": sums["ticked"] / sums["asked"]} if sums.get("asked") else {}


def _ticks(episode: Episode) -> dict[str, float]:
    return {name: episode.scores[name] for name in ("ticked", "asked") if name in episode.scores}


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world's checks say.

    `question`: that something was asked for; what the list leaves out counts as said no to. `tick`: that a response does
    what a question is after, where it is one that was asked for. `pair`: that response a is better, where it differs from
    b by both. `best`: that the chosen of n is one that meets the most. `released`: that a response with all ticks meets
    all that was asked.
    """
    sheet, candidates = _read(episode)
    if not candidates or not episode.task.truth.get("items"):
        return
    truth, places = known(episode.task.truth), _places(episode, sheet)
    if sheet["questions"]:
        for said, true in coverage(places, len(truth.items)):
            yield Decision(kind="question", said=said, true=true, event=sheet["list"])
    for response, row in zip(candidates, sheet["ticks"], strict=False):
        checks = judge(response.text, truth)
        findings = [
            e for e in episode.events if e.parent == response.id and e.role in (TICK.name, TICKS.name)
        ]
        for number, (place, met) in enumerate(zip(places, row, strict=True)):
            if place is not None:
                event = findings[0 if findings[0].role == TICKS.name else number]
                yield Decision(kind="tick", said=met, true=checks[place].ok is True, event=event.id)
    shares = _shares(episode, candidates)
    if sheet["preference"] in ("a", "b") and shares[0] != shares[1]:
        said = sheet["preference"] == "a"
        yield Decision(kind="pair", said=said, true=shares[0] > shares[1], event=sheet["responses"][0])
    if sheet["chosen_index"] is None:
        return
    taken, name = shares[sheet["chosen_index"]], sheet["responses"][sheet["chosen_index"]]
    if episode.parameters["mode"] == "select":
        yield Decision(kind="best", said=True, true=taken == max(shares), event=name)
    elif episode.stop in (Stop.ACCEPTED, Stop.SOLVED):
        yield Decision(kind="released", said=True, true=taken == 1, event=name)


def records(episode: Episode) -> Iterable[Record]:
    """Each tick to learn from; the preferred before the other response, the chosen before the worst, or the rewrite
    before the first where it scores higher, with the whole sheet; and the refinement."""
    sheet, candidates = _read(episode)
    if not candidates:
        return
    user = request(episode)
    for response, row in zip(candidates, sheet["ticks"], strict=False):
        for one in episode.events:
            if one.parent == response.id and one.invalid is None and one.role in (TICK.name, TICKS.name):
                for place, _ in answered(one)[: len(row)]:
                    about = {"question": sheet["questions"][place]}
                    yield judgement(episode, user, response, one, about=about, met=row[place])
    order = _ordered(episode, sheet)
    if order is None:
        return
    better, worse = (candidates[place] for place in order)
    if better.text == worse.text:
        return
    kept = ("questions", "turned", "direct", "ticks", "scores", "preference", "round", "chosen_index")
    yield Pair(
        episode=episode.id,
        task=episode.task.id,
        purpose="prefer",
        meta={name: sheet[name] for name in kept} | {"responses": [one.text for one in candidates]},
        prompt=(user,),
        chosen=better.text,
        rejected=worse.text,
        chosen_event=better.id,
        rejected_event=worse.id,
        chosen_verdict=sheet["scores"][order[0]],
        rejected_verdict=sheet["scores"][order[1]],
    )
    if episode.parameters["mode"] == "refine":
        pairs = zip(sheet["questions"], sheet["ticks"][0] if sheet["ticks"] else [], strict=True)
        lines = [f"- [{'x' if met else ' '}] {question}" for question, met in pairs]
        scored = f"It scores {9 * sheet['scores'][0]:.1f} of 9. Write it again."
        told = "\n".join(["Ticked is what you met:", *lines]) if lines else scored
        yield refinement(episode, user, worse, better, told=told, rounds=sheet["round"])


def _ordered(episode: Episode, sheet: dict[str, Any]) -> tuple[int, int] | None:
    """The places of the better response and of the worse one that it is shown beside, None where neither is better."""
    if sheet["preference"] in ("a", "b"):
        return (0, 1) if sheet["preference"] == "a" else (1, 0)
    scores, taken = sheet["scores"], sheet["chosen_index"]
    usable = [(one, place) for place, one in enumerate(scores) if one is not None]
    if taken is None or not usable:
        return None
    beside = 0 if episode.parameters["mode"] == "refine" else min(usable)[1]
    worse = scores[beside]
    return (taken, beside) if worse is not None and scores[taken] > worse else None


SCENARIO = Scenario(
    name="tick-stick",
    summary="a checklist of yes/no questions, ticked one by one: a preference, a rewrite, or the best of n",
    paper=Paper(
        "TICKing All the Boxes: Generated Checklists Improve LLM Evaluation and Generation",
        2024,
        "no repository",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(CHECKLIST, POLARITY, RESPOND, RECORD, TICK, TICKS, ALONE, REWRITE),
    graph=_graph,
    cast=_cast,
    needs=needs_response("evaluate"),
    score=score,
    records=records,
    decisions=decisions,
    ratings=nothing_twice,
    overall=Overall(_ticks, drfr),
)
