"""SPaR: one player writes, another judges and edits by tree search, until a pair differs in what was wrong.

Knows no model. What a response truly meets is for the world to say; votes, majority verdicts and pairs are held
against that. How requests are evolved, and the training between rounds, are not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Judged, Message, Pair, Record, Stop
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import Ask, Graph, Offer, Shape, State, search
from maieutic.roles.actor import RESPOND
from maieutic.roles.record import RECORD
from maieutic.roles.refiner import JUDGE, REFINE
from maieutic.scenarios.scenario import Decision, Paper, Parameters, Scenario, published
from maieutic.worlds.text_constraints import WORLD, judge
from maieutic.worlds.text_constraints.distance import difference


class Settings(Parameters):
    """Where the root comes from, how responses are judged, and how far the tree grows."""

    roots: Literal["sampled", "recorded"] = published(
        "sampled", "whether the root is one of the actor's responses, or the task's field `response`"
    )
    responses: int = published(5, "responses of the actor", ge=1, le=64)
    votes: int = published(5, "judgements of each response", ge=1, le=64)
    retries: int = published(3, "times that a tie of votes on a child is voted on again", ge=0, le=20)
    branch: int = published(3, "children of an expanded node", ge=1, le=64)
    keep: int = published(2, "children that may be expanded, of a level or (depth first) of a node", ge=1)
    depth: int = published(3, "levels below the root", ge=1, le=10)
    gate: float = published(0.5, "a value must be strictly above it", ge=0, lt=1)
    budget: int = published(1000, "children judged at the most", ge=1)
    order: Literal["breadth", "depth"] = published("breadth", "which nodes are expanded first")
    pick: Literal["greedy", "proportional"] = published(
        "greedy", "whether the best children are kept, or children drawn in proportion to their value"
    )

    @model_validator(mode="after")
    def _bounded(self) -> Settings:
        if self.keep > self.branch:
            raise ValueError(f"keep must be at most branch, got {self.keep} > {self.branch}")
        return self

    @property
    def shape(self) -> Shape:
        """The bounds of the search."""
        return Shape(
            votes=self.votes,
            retries=self.retries,
            width=self.branch,
            keep=self.keep,
            depth=self.depth,
            gate=self.gate,
            budget=self.budget,
            order=self.order,
            pick=self.pick,
        )


def _text(event: Event) -> str:
    return str(event.answer["text"])


def _yes(vote: Event) -> bool:
    return vote.answer["verdict"] == "yes"


def _graph(settings: Settings) -> Graph:
    role, count = (RESPOND, settings.responses) if settings.roots == "sampled" else (RECORD, 1)

    def drafts(state: State) -> Sequence[Offer]:
        return [Offer(index=index) for index in range(count)]

    def brief(state: State, event: Event, critique: Event) -> Mapping[str, JsonValue]:
        return {"response": _text(event), "critique": _text(critique)}

    return search(
        draft=Ask(role, drafts, fan=count),
        judge=JUDGE,
        case=lambda state, event: {"response": _text(event)},
        verdict=_yes,
        expand=REFINE,
        brief=brief,
        text=_text,
        shape=settings.shape,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    recorded = Program("recorded-response", {RECORD.name: lambda view: {"text": view["response"]}})
    return {"actor": Writer(), "record": recorded, "refiner": Refiner()}


def _notes(episode: Episode) -> dict[str, Any]:
    return episode.notes


def _judged(episode: Episode) -> Iterable[tuple[Event, Event, float]]:
    """Each candidate that was judged itself, the critique kept of it, and its value; twins and ties are left out."""
    by_id, notes = {event.id: event for event in episode.events}, _notes(episode)
    for name, value in notes.get("values", {}).items():
        if value is not None:
            critique = by_id[notes["critiques"][name]]
            if critique.parent == name:
                yield by_id[name], critique, value


def _ends(episode: Episode) -> tuple[Event, Event] | None:
    """The root and the best node of the tree; None where no tree grew or no child survived."""
    by_id, notes = {event.id: event for event in episode.events}, _notes(episode)
    root, best = by_id.get(str(notes.get("root"))), by_id.get(str(notes.get("best")))
    return None if root is None or best is None or root.id == best.id else (root, best)


def _met(event: Event, episode: Episode) -> tuple[int, bool]:
    """How many constraints a response truly meets, and whether it meets all."""
    checks = judge(_text(event), episode.task.truth)
    return sum(one.ok is True for one in checks), all(one.ok is True for one in checks)


def score(episode: Episode) -> dict[str, float]:
    """Measures of one tree.

    `passed_first` is the share of first responses that the votes let through, `unusable_votes` and `dropped` count
    what could not be used. Where a pair was made, `changed` is the share of words in which it differs, and
    `changed_between_drafts` the same for two responses written independently: their ratio over a run says how
    minimal the edits are. With a known truth, `root_good` and `final_good` say which ends of the tree truly meet all.
    """
    notes = _notes(episode)
    values = notes.get("values", {})
    firsts = [event for event in episode.events if event.id in values and event.role != REFINE.name]
    known = [value for event in firsts if (value := values[event.id]) is not None]
    votes = [event for event in episode.events if event.role == JUDGE.name]
    scores = {
        "solved": float(episode.stop is Stop.SOLVED),
        "children": float(sum(event.role == REFINE.name for event in episode.events)),
        "votes": float(len(votes)),
        "unusable_votes": float(sum(event.invalid is not None for event in votes)),
        "dropped": float(sum(value is None for value in values.values())),
    }
    if known:
        scores["passed_first"] = fmean(value > 0.5 for value in known)
    ends = _ends(episode)
    if ends is not None:
        scores |= {"value": float(notes["value"]), "final_depth": float(notes["depth"][ends[1].id])}
        if "items" in episode.task.truth:
            root, best = (_met(end, episode)[1] for end in ends)
            scores |= {"root_good": float(root), "final_good": float(best)}
        if episode.stop is Stop.SOLVED:
            scores["changed"] = difference(_text(ends[1]), _text(ends[0]))
            other = next((event for event in firsts if event.id != ends[0].id), None)
            if other is not None:
                scores["changed_between_drafts"] = difference(_text(other), _text(ends[0]))
    return scores


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world's checks say.

    `vote`: each usable vote. `verdict`: the majority on each response that was judged. `pair`: that the chosen
    response meets every constraint, and that the rejected one meets fewer.
    """
    if "items" not in episode.task.truth:
        return
    by_id = {event.id: event for event in episode.events}
    good = {name: _met(by_id[name], episode)[1] for name in _notes(episode).get("values", {})}
    for vote in episode.by_role(JUDGE.name):
        yield Decision(kind="vote", said=_yes(vote), true=good[vote.parent], event=vote.id)
    for event, critique, value in _judged(episode):
        yield Decision(kind="verdict", said=value > 0.5, true=good[event.id], event=critique.id)
    ends = _ends(episode)
    if episode.stop is Stop.SOLVED and ends is not None:
        root, best = ends
        true = good[best.id] and _met(root, episode)[0] < _met(best, episode)[0]
        yield Decision(kind="pair", said=True, true=true, event=best.id)


def records(episode: Episode) -> Iterable[Record]:
    """The pair and the refinement of a tree that passed the gate, and the judgements that the votes disagreed on."""
    user = Message(role="user", content=str(episode.task.fields["prompt"]))
    for event, critique, value in _judged(episode):
        if 0 < value < 1 and value != 0.5:
            yield Judged(
                episode=episode.id,
                task=episode.task.id,
                purpose="judge",
                meta={"value": value, "in_tree": event.role == REFINE.name},
                prompt=(user,),
                response=_text(event),
                critique=_text(critique),
                verdict=value > 0.5,
                response_event=event.id,
                critique_event=critique.id,
            )
    ends = _ends(episode)
    if episode.stop is not Stop.SOLVED or ends is None:
        return
    by_id, values = {event.id: event for event in episode.events}, _notes(episode)["values"]
    root, best = ends
    critique = by_id[best.parent]
    parent = by_id[critique.parent]
    yield Pair(
        episode=episode.id,
        task=episode.task.id,
        purpose="prefer",
        meta={
            "value": values[best.id],
            "parent_response": _text(parent),
            "parent_critique": _text(critique),
            "refine_text": str(best.answer["reflection"]),
        },
        prompt=(user,),
        chosen=_text(best),
        rejected=_text(root),
        chosen_event=best.id,
        rejected_event=root.id,
        chosen_verdict=values[best.id],
        rejected_verdict=values[root.id],
    )
    check = f"{user.content}\n\n---\n\n{_text(parent)}\n\n---\n\nDoes this response meet every constraint of the request?"
    said = f"{_text(critique)}\n\nVerdict: {critique.answer['verdict']}"
    done = f"{best.answer['reflection']}\n\n---\n\n{_text(best)}"
    yield Dialogue(
        episode=episode.id,
        task=episode.task.id,
        purpose="refine",
        meta={"value": values[best.id]},
        messages=(
            Message(role="user", content=check),
            Message(role="assistant", content=said),
            Message(role="user", content="Revise the response, changing as little as will mend it."),
            Message(role="assistant", content=done, train=True),
        ),
        events=(parent.id, critique.id, best.id),
    )


SCENARIO = Scenario(
    name="spar",
    summary="tree-search refinement: a failed response is edited until votes pass it, and makes a minimal pair",
    paper=Paper(
        "SPaR: Self-Play with Tree-Search Refinement to Improve Instruction-Following in Large Language Models",
        2024,
        "ICLR 2025, thu-coai/SPaR",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(RESPOND, RECORD, JUDGE, REFINE),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("prompt", "response") if settings.roots == "recorded" else ("prompt",),
    score=score,
    records=records,
    decisions=decisions,
)
