"""SPaR: one player writes, another judges and edits by tree search, until a pair differs in what was wrong.

Knows no model. What a response truly meets is for the world to say; votes, majority verdicts and pairs are held
against that. Plain requests are made demanding first (mode `evolved`); between rounds the writer learns from the pairs,
and the refiner from a mix of refinements and judgements that is told in `_select`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Judged, Message, Pair, Record, Stop, Task, rng
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.evolver import Evolver
from maieutic.agents.simulated.refiner import Refiner
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import Ask, Graph, Notes, Offer, Shape, State, search
from maieutic.roles.actor import RESPOND
from maieutic.roles.evolver import EVOLVE, evolved
from maieutic.roles.record import RECORD, handed_over
from maieutic.roles.refiner import JUDGE, REFINE, case, spoken, turns
from maieutic.scenarios.outer import Drawn, Outer, Taught, capped
from maieutic.scenarios.scenario import Decision, Overall, Paper, Parameters, Scenario, notes_of, published
from maieutic.worlds.text_constraints import WORLD, Truth, heard, judge, loose, request, strict, told
from maieutic.worlds.text_constraints.distance import difference
from maieutic.worlds.text_constraints.groups import GROUPS, group_of
from maieutic.worlds.text_constraints.registry import REGISTRIES


class Settings(Parameters):
    """Where requests and roots come from, how responses are judged, how far the tree grows, and what is learnt from."""

    mode: Literal["given", "evolved"] = published(
        "given",
        "whether prompts have their constraints already, or are plain ones to which some are added first",
        verified=False,
    )
    group_seed: int = published(
        0, "of the kind of constraint that must be added, beside the prompt", verified=False
    )
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
    refinements: int = published(4000, "refinements learnt from in a round, at the most", ge=0)
    tree_passed: int = published(1500, "judgements of nodes of trees that passed, likewise", ge=0)
    tree_failed: int = published(1000, "judgements of nodes of trees that failed, likewise", ge=0)
    first_failed: int = published(500, "judgements of first responses that failed, likewise", ge=0)
    first_passed: int = published(2500, "judgements of first responses that passed, likewise", ge=0)

    @model_validator(mode="after")
    def _bounded(self) -> Settings:
        if self.mode == "evolved" and self.roots == "recorded":
            raise ValueError(
                "a recorded response answers the prompt as given: roots=recorded needs mode=given"
            )
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


def _yes(vote: Event) -> bool:
    return vote.answer["verdict"] == "yes"


def _prompt(events: Sequence[Event], fields: Mapping[str, JsonValue]) -> str:
    """The prompt, as it was evolved."""
    new = next((evolved(event) for event in events[:1] if event.role == EVOLVE.name), None)
    return str(fields["prompt"]) if new is None else new


def _asked(episode: Episode) -> str:
    """All that the actor was asked, as one text: the prompt, and what it is about."""
    prompt, fields = _prompt(episode.events, episode.task.fields), episode.task.fields
    told_already = str(fields.get("input") or "") in prompt
    return prompt if told_already else request({**fields, "prompt": prompt})


def _graph(settings: Settings) -> Graph:
    role, count = (RESPOND, settings.responses) if settings.roots == "sampled" else (RECORD, 1)

    def seed(state: State) -> Sequence[Offer]:
        return [Offer(fields={"group": group(state)})]

    def group(state: State) -> str:
        return rng("group", settings.group_seed, request(state["fields"])).choice(GROUPS)

    def note(state: State, events: Sequence[Event]) -> Notes:
        return {"group": group(state)}

    def prompt(state: State) -> dict[str, JsonValue]:
        return {"prompt": _prompt(state["events"], state["fields"])}

    def drafts(state: State) -> Sequence[Offer]:
        return [Offer(fields=prompt(state), index=index) for index in range(count)]

    def brief(state: State, event: Event, critique: Event) -> Mapping[str, JsonValue]:
        return {**prompt(state), "response": event.text, "critique": critique.text}

    return search(
        prepare=Ask(EVOLVE, seed, note) if settings.mode == "evolved" else None,
        prepared=lambda state: Stop.REFUSED if evolved(state["events"][-1]) is None else "draft",
        draft=Ask(role, drafts, fan=count),
        judge=JUDGE,
        case=lambda state, event: {**prompt(state), "response": event.text},
        verdict=_yes,
        expand=REFINE,
        brief=brief,
        text=lambda event: event.text,
        shape=settings.shape,
    )


def _cast(settings: Settings) -> dict[str, Agent]:
    recorded = Program("recorded-response", {RECORD.name: handed_over})
    return {"evolver": Evolver(), "actor": Writer(), "record": recorded, "refiner": Refiner()}


def _judged(episode: Episode) -> Iterable[tuple[Event, Event, float]]:
    """Each candidate that was judged itself, the critique kept of it, and its value; twins and ties are left out."""
    by_id, notes = {event.id: event for event in episode.events}, notes_of(episode)
    for name, value in notes.get("values", {}).items():
        if value is not None:
            critique = by_id[notes["critiques"][name]]
            if critique.parent == name:
                yield by_id[name], critique, value


def _ends(episode: Episode) -> tuple[Event, Event] | None:
    """The root and the best node of the tree; None where no tree grew or no child survived."""
    by_id, notes = {event.id: event for event in episode.events}, notes_of(episode)
    root, best = by_id.get(str(notes.get("root"))), by_id.get(str(notes.get("best")))
    return None if root is None or best is None or root.id == best.id else (root, best)


def _truth(episode: Episode) -> Truth | None:
    """What responses are held against: the task's constraints and those that can be heard from the request; None where
    nobody knows any."""
    known = told(episode.task.truth, _asked(episode))
    return known if known.items or "items" in episode.task.truth else None


def _met(event: Event, truth: Truth) -> tuple[int, bool]:
    """How many constraints a response truly meets, and whether it meets all."""
    checks = judge(event.text, truth)
    return sum(one.ok is True for one in checks), all(one.ok is True for one in checks)


def _firsts(episode: Episode) -> list[Event]:
    """The first responses that were judged."""
    values = notes_of(episode).get("values", {})
    return [event for event in episode.events if event.id in values and event.role != REFINE.name]


def score(episode: Episode) -> dict[str, float]:
    """Measures of one tree.

    `passed_first` is the share of first responses that the votes let through, `unusable_votes` and `dropped` count
    what could not be used. Where a pair was made, `changed` is the share of words in which it differs, and
    `changed_between_drafts` the same for two responses written independently: their ratio over a run says how
    minimal the edits are. With a known truth, `root_good` and `final_good` say which ends of the tree truly meet all,
    and `strict` which share of the first responses does. Where the request was evolved, `added` counts what was added
    and `forced` says whether the kind that was drawn is among it.
    """
    notes, truth = notes_of(episode), _truth(episode)
    values = notes.get("values", {})
    firsts = _firsts(episode)
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
    if firsts and truth is not None:
        scores["strict"] = fmean(_met(event, truth)[1] for event in firsts)
    for event in episode.by_role(EVOLVE.name):
        if evolved(event) is not None:
            kinds = [one["group"] for one in _added(event)]
            scores |= {"added": float(len(kinds)), "forced": float(notes["group"] in kinds)}
    ends = _ends(episode)
    if ends is not None:
        scores |= {"value": float(notes["value"]), "final_depth": float(notes["depth"][ends[1].id])}
        if truth is not None:
            root, best = (_met(end, truth)[1] for end in ends)
            scores |= {"root_good": float(root), "final_good": float(best)}
        if episode.stop is Stop.SOLVED:
            scores["changed"] = difference(ends[1].text, ends[0].text)
            other = next((event for event in firsts if event.id != ends[0].id), None)
            if other is not None:
                scores["changed_between_drafts"] = difference(other.text, ends[0].text)
    return scores


def tally(episode: Episode) -> dict[str, float]:
    """Counts that are summed over a run: first responses and their constraints, and how many of either are met, strictly
    and loosely; nothing where nobody knows a constraint."""
    truth, counts = _truth(episode), Counter[str]()
    if truth is None or not truth.items:
        return {}
    for event in _firsts(episode):
        counts += Counter({"prompts": 1, "instructions": len(truth.items)})
        for name, checked in (("strict", strict), ("loose", loose)):
            met = [one.ok is True for one in checked(event.text, truth.items, REGISTRIES[truth.registry])]
            counts += Counter({f"prompts {name}": int(all(met)), f"instructions {name}": sum(met)})
    return {name: float(n) for name, n in counts.items()}


def overall(sums: Mapping[str, float]) -> dict[str, float]:
    """The four accuracies of IFEval (2023) over the first responses: of prompts, of which all is met, and of single
    constraints, each strictly and loosely."""
    return {
        f"{what}_{name}": sums.get(f"{what} {name}", 0.0) / sums[what]
        for what in ("prompts", "instructions")
        for name in ("strict", "loose")
        if sums.get(what)
    }


def _added(event: Event) -> list[dict[str, Any]]:
    said: Any = event.answer["constraints"]
    return list(said)


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world's checks say.

    `group`: the kind that the evolver names for a constraint, where a program knows it. `vote`: each usable vote.
    `verdict`: the majority on each response that was judged. `pair`: that the chosen response meets every constraint,
    and that the rejected one meets fewer.
    """
    truth = _truth(episode)
    if truth is None:
        return
    for event in episode.by_role(EVOLVE.name):
        for one in _added(event) if event.invalid is None else ():
            for item in heard(one["text"]):
                true = group_of(item.id) == one["group"] and one["text"] in str(
                    event.answer["evolved_prompt"]
                )
                yield Decision(kind="group", said=True, true=true, event=event.id)
    by_id = {event.id: event for event in episode.events}
    good = {name: _met(by_id[name], truth)[1] for name in notes_of(episode).get("values", {})}
    for vote in episode.by_role(JUDGE.name):
        yield Decision(kind="vote", said=_yes(vote), true=good[vote.parent], event=vote.id)
    for event, critique, value in _judged(episode):
        yield Decision(kind="verdict", said=value > 0.5, true=good[event.id], event=critique.id)
    ends = _ends(episode)
    if episode.stop is Stop.SOLVED and ends is not None:
        root, best = ends
        true = good[best.id] and _met(root, truth)[0] < _met(best, truth)[0]
        yield Decision(kind="pair", said=True, true=true, event=best.id)


def records(episode: Episode) -> Iterable[Record]:
    """The pair and the refinement of a tree that passed the gate, and the judgements that the votes disagreed on."""
    asked = _asked(episode)
    user = Message(role="user", content=asked)
    for event, critique, value in _judged(episode):
        if 0 < value < 1 and value != 0.5:
            yield Judged(
                episode=episode.id,
                task=episode.task.id,
                purpose="judge",
                meta={"value": value, "in_tree": event.role == REFINE.name},
                prompt=(user,),
                response=event.text,
                critique=spoken(critique.answer),
                verdict=value > 0.5,
                response_event=event.id,
                critique_event=critique.id,
            )
    ends = _ends(episode)
    if episode.stop is not Stop.SOLVED or ends is None:
        return
    by_id, values = {event.id: event for event in episode.events}, notes_of(episode)["values"]
    root, best = ends
    critique = by_id[best.parent]
    parent = by_id[critique.parent]
    yield Pair(
        episode=episode.id,
        task=episode.task.id,
        purpose="prefer",
        meta={
            "value": values[best.id],
            "parent_response": parent.text,
            "parent_critique": critique.text,
            "refine_text": str(best.answer["reflection"]),
        },
        prompt=(user,),
        chosen=best.text,
        rejected=root.text,
        chosen_event=best.id,
        rejected_event=root.id,
        chosen_verdict=values[best.id],
        rejected_verdict=values[root.id],
    )
    yield Dialogue(
        episode=episode.id,
        task=episode.task.id,
        purpose="refine",
        meta={"value": values[best.id]},
        messages=turns(asked, parent.text, critique.answer, best.answer),
        events=(parent.id, critique.id, best.id),
    )


_CAPS = ("refinements", "tree_passed", "tree_failed", "first_failed", "first_passed")


def _kind(record: Record) -> str | None:
    """Which of the five parts of the refiner's mix a record belongs to; a pair is the actor's."""
    if isinstance(record, Judged):
        return f"{'tree' if record.meta['in_tree'] else 'first'}_{'passed' if record.verdict else 'failed'}"
    return None if isinstance(record, Pair) else "refinements"


def _case(record: Record) -> str:
    """What the judge is shown in it: no two records of the mix have that in common."""
    if isinstance(record, Judged):
        return case(record.prompt[-1].content, record.response)
    return record.messages[0].content if isinstance(record, Dialogue) else ""


def _select(number: int, drawn: Sequence[Drawn], chance: random.Random) -> Sequence[Drawn]:
    """All pairs, and the mix that the refiner learns from; of a tree one judgement that passed and one that failed."""
    if not drawn:
        return []
    told_of: Any = drawn[0].episode.parameters
    thinned = []
    for one in drawn:
        seen, kept = set[str | None](), []
        for record in one.records:
            kind = _kind(record)
            if kind not in seen or kind not in ("tree_passed", "tree_failed"):
                kept.append(record)
            seen.add(kind)
        thinned.append(Drawn(one.episode, tuple(kept)))
    return capped(thinned, _kind, {name: told_of[name] for name in _CAPS}, _case, chance)


def _turns(episode: Episode, record: Record) -> Taught:
    """Pairs as the actor's turns, judgements and refinements as the refiner's own, told what they were told then."""
    by_id = {event.id: event for event in episode.events}
    told_of: dict[str, JsonValue] = {"prompt": _prompt(episode.events, episode.task.fields)}
    if isinstance(record, Pair):
        better, worse = (by_id[name].text for name in (record.chosen_event, record.rejected_event))
        return Taught(RESPOND, told_of, ({"text": better}, {"text": worse}))
    if isinstance(record, Judged):
        response, critique = by_id[record.response_event], by_id[record.critique_event]
        return Taught(JUDGE, {**told_of, "response": response.text}, (critique.answer,))
    parent, critique, best = (by_id[name] for name in record.events)
    shown = {**told_of, "response": parent.text, "critique": critique.text}
    return Taught(REFINE, shown, (best.answer,))


def _lacks(task: Task, settings: Any) -> str | None:
    """`items`, where a request as given has no constraint that a program knows; what is added to it may have some."""
    if settings.mode == "evolved" or "items" in task.truth or told(None, request(task.fields)).items:
        return None
    return "items"


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
    roles=(EVOLVE, RESPOND, RECORD, JUDGE, REFINE),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("prompt", "response") if settings.roots == "recorded" else ("prompt",),
    score=score,
    records=records,
    decisions=decisions,
    overall=Overall(tally, overall),
    outer=Outer(
        learns={"actor": ("prefer",), "refiner": ("refine", "judge")},
        measure="strict",
        lacks=_lacks,
        rounds=3,
        exam={"roots": "sampled", "responses": 1, "votes": 1, "branch": 1, "keep": 1, "depth": 1},
        select=_select,
        turns=_turns,
        training={
            "actor": {"lr": 2e-7, "epochs": 1, "beta": 0.1, "sft_weight": 0.1},
            "refiner": {"lr": 2e-6, "epochs": 5},
        },
    ),
)
