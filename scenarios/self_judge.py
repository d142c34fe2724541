"""Self-Judge: scores read off the probabilities of digits; training targets with a reference, a gate without one.

Knows no model. Two modes: `data` makes the targets a judge is trained on (self-evaluation beside a gold reference,
recalibrated by similarity), `use` has the judge score responses it sees without reference, and takes or declines the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import Any, Literal

from maieutic import Dialogue, Episode, Event, InputError, Judged, Message, Pair, Record, Stop, usable
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.scorer import Scorer, share_met
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import Ask, Graph, Notes, Offer, State, vote
from maieutic.roles.evaluator import ALONE, DIGITS, SIMILARITY, WITH_REFERENCE, cosine, read_out
from maieutic.roles.policy import REFERENCE, SAMPLE
from maieutic.roles.record import RECORD, handed_over
from maieutic.scenarios.scenario import (
    Decision,
    Paper,
    Parameters,
    Scenario,
    needs_response,
    notes_of,
    published,
)
from maieutic.worlds.text_constraints import WORLD, request


class Settings(Parameters):
    """What is scored, and when it is good enough."""

    mode: Literal["use", "data"] = published(
        "use", "take or decline the best of n responses; or make a judge's training targets"
    )
    n: int = published(1, "responses to choose from (32 in the paper's best-of-n)", ge=1, le=1024)
    threshold: float = published(
        6.0, "score from which a response is accepted; to be set on held-out data", verified=False, ge=0, le=9
    )
    quality: float = published(
        1.0, "share of constraints that a response worth accepting meets", verified=False, ge=0, le=1
    )
    weight: float = published(
        0.5, "weight of self-evaluation against cosine in the target", verified=False, ge=0, le=1
    )
    references: Literal["sampled", "recorded"] = published(
        "sampled", "whether the gold reference is a player, or the task's field `response` (mode data)"
    )


def _beside(state: State, gold: str) -> list[Offer]:
    (reference,) = usable(state["events"], gold)[-1:]
    return [
        Offer(one.id, {"output": one.text, "reference": reference.text})
        for one in usable(state["events"], SAMPLE.name)
    ]


def _graph(settings: Settings) -> Graph:
    sample = Ask(SAMPLE, lambda state: [Offer(index=index) for index in range(settings.n)], fan=settings.n)
    if settings.mode == "use":
        return vote(
            sample=sample,
            compare=Ask(
                ALONE,
                lambda state: [
                    Offer(one.id, {"output": one.text}) for one in usable(state["events"], SAMPLE.name)
                ],
                fan=settings.n,
            ),
            conclude=lambda state: _gated(state, settings),
        )
    gold = REFERENCE if settings.references == "sampled" else RECORD
    return vote(
        sample=sample,
        between=(
            Ask(gold, lambda state: [Offer()]),
            Ask(SIMILARITY, lambda state: _beside(state, gold.name), fan=settings.n),
        ),
        compare=Ask(WITH_REFERENCE, lambda state: _beside(state, gold.name), fan=settings.n),
        conclude=lambda state: _targets(state, settings),
    )


def _gated(state: State, settings: Settings) -> tuple[Notes, Stop]:
    """The best of the scored responses, if it is good enough. An unknown score takes no part and is counted."""
    asked = [event for event in state["events"] if event.role == ALONE.name]
    scores = {event.parent: score for event in asked if (score := read_out(event)) is not None}
    notes: Notes = {"values": scores, "unknown": len(asked) - len(scores)}
    if not scores:
        return {**notes, "best": None, "accepted": None}, Stop.INVALID
    best = max(scores, key=lambda name: scores[name])
    accepted = scores[best] >= settings.threshold
    return {**notes, "best": best, "accepted": accepted}, Stop.SOLVED if accepted else Stop.REFUSED


def _targets(state: State, settings: Settings) -> tuple[Notes, Stop]:
    """Self-evaluation and cosine on one scale from 0 to 9, weighted."""
    alike = {event.parent: event.answer["cosine"] for event in usable(state["events"], SIMILARITY.name)}
    asked = [event for event in state["events"] if event.role == WITH_REFERENCE.name]
    scores = {event.parent: score for event in asked if (score := read_out(event)) is not None}
    targets = {}
    for name, score in scores.items():
        near: Any = alike.get(name)
        if near is not None:
            scaled = (DIGITS - 1) * max(0.0, near)
            targets[name] = settings.weight * score + (1 - settings.weight) * scaled
    notes: Notes = {"values": scores, "alike": alike, "targets": targets, "unknown": len(asked) - len(scores)}
    return notes, Stop.SOLVED if targets else Stop.INVALID


def _cast(settings: Settings) -> dict[str, Agent]:
    scorer = Scorer()
    return {
        "policy": Writer(),
        "judge": scorer,
        "evaluator": scorer,
        "recalibrator": Program("word-cosine", {SIMILARITY.name: cosine}),
        "reference": Writer(skill=1.0),
        "record": Program("recorded-response", {RECORD.name: handed_over}),
    }


def _qualities(episode: Episode) -> dict[str, float]:
    """Response -> share of the constraints that it meets; nothing where the task brings no truth."""
    if "items" not in episode.task.truth:
        return {}
    return {event.id: share_met(event.text, episode.task.truth) for event in episode.by_role(SAMPLE.name)}


def score(episode: Episode) -> dict[str, float]:
    """Coverage and quality of what was accepted, and how far choosing helped; `unknown` counts scores without a digit."""
    notes, known = notes_of(episode), _qualities(episode)
    scores = {"unknown": float(notes.get("unknown", 0))}
    if known:
        scores["quality"] = fmean(known.values())
    if notes.get("best") is not None:
        scores |= {"accepted": float(notes["accepted"]), "score": notes["values"][notes["best"]]}
        if known:
            scores["quality_of_best"] = known[notes["best"]]
            if notes["accepted"]:
                scores["quality_of_accepted"] = known[notes["best"]]
    if notes.get("targets"):
        scores["target"] = fmean(notes["targets"].values())
        if known:
            scores["target_error"] = fmean(
                abs(target / (DIGITS - 1) - known[name]) for name, target in notes["targets"].items()
            )
    return scores


def scored(episode: Episode) -> list[tuple[float, float]]:
    """(score, quality) of every response that has a score: what thresholds are set by, and correlations taken of."""
    known, values = _qualities(episode), notes_of(episode).get("values", {})
    return [(score, known[name]) for name, score in values.items() if name in known]


def decisions(episode: Episode) -> Iterable[Decision]:
    """`accept`: the gate on the best response, against whether it meets as many constraints as were asked for.

    `best`: that the response chosen of several is one that meets the most constraints.
    """
    notes, known = notes_of(episode), _qualities(episode)
    best = notes.get("best")
    if best is None or not known:
        return
    enough: Any = episode.parameters["quality"]
    yield Decision(kind="accept", said=bool(notes["accepted"]), true=known[best] >= enough, event=best)
    if len(known) > 1:
        yield Decision(kind="best", said=True, true=known[best] == max(known.values()), event=best)


def records(episode: Episode) -> Iterable[Record]:
    """Mode data: each response twice, with and without the reference, under one id, with the target to learn. Mode use:
    an accepted response to imitate, and beside it the worst one of several; or a declined one with the score that it was
    declined for."""
    notes, by_id = notes_of(episode), {event.id: event for event in episode.events}
    yield from _views(episode, notes, by_id)
    best = notes.get("best")
    if best is None:
        return
    told = {"score": notes["values"][best], "n": len(notes["values"])}
    asked = Message(role="user", content=request(episode.task.fields))
    if not notes["accepted"]:
        threshold: Any = episode.parameters["threshold"]
        verdict = next(event for event in episode.by_role(ALONE.name) if event.parent == best)
        yield Judged(
            episode=episode.id,
            task=episode.task.id,
            purpose="decline",
            meta={**told, "decision": "decline", "chances": verdict.private.get("chances")},
            prompt=(asked,),
            response=by_id[best].text,
            critique=f"It scores {told['score']:.1f} of {DIGITS - 1}, less than {threshold:g}.",
            verdict=False,
            response_event=best,
            critique_event=verdict.id,
        )
        return
    yield Dialogue(
        episode=episode.id,
        task=episode.task.id,
        purpose="imitate",
        meta={**told, "decision": "accept"},
        messages=(
            asked,
            Message(role="assistant", content=by_id[best].text, train=True),
        ),
        events=(best,),
    )
    worst = min(notes["values"], key=lambda name: notes["values"][name])
    if notes["values"][worst] < notes["values"][best] and by_id[worst].text != by_id[best].text:
        yield Pair(
            episode=episode.id,
            task=episode.task.id,
            purpose="prefer",
            prompt=(asked,),
            chosen=by_id[best].text,
            rejected=by_id[worst].text,
            chosen_event=best,
            rejected_event=worst,
            chosen_verdict=notes["values"][best] / (DIGITS - 1),
            rejected_verdict=notes["values"][worst] / (DIGITS - 1),
        )


def _views(episode: Episode, notes: dict[str, Any], by_id: dict[str, Event]) -> Iterable[Record]:
    golds = [*episode.by_role(REFERENCE.name), *episode.by_role(RECORD.name)]
    for event in episode.by_role(WITH_REFERENCE.name):
        target = notes.get("targets", {}).get(event.parent)
        if target is None:
            continue
        response = by_id[event.parent].text
        for view, gold in zip(_VIEWS, (golds[-1].text, None), strict=True):
            shown = (
                [request(episode.task.fields)]
                + ([] if gold is None else [f"Reference:\n{gold}"])
                + [f"Response:\n{response}"]
            )
            yield Dialogue(
                episode=episode.id,
                task=episode.task.id,
                purpose="judge",
                meta={
                    "id": event.parent,
                    "view": view,
                    "target": target,
                    "self_score": notes["values"][event.parent],
                    "cosine": notes["alike"][event.parent],
                    "reference": golds[-1].text,
                    "chances": event.private.get("chances"),
                },
                messages=(
                    Message(role="user", content="\n\n".join(shown)),
                    Message(role="assistant", content=str(round(target)), train=True),
                ),
                events=(event.id,),
            )


def aligned(records: Iterable[Record]) -> list[tuple[Dialogue, Dialogue]]:
    """The two views of each response, with the reference and alone, as a judge is trained on them side by side.

    Raises:
        InputError: a view is missing or comes twice, or what is to be learnt differs between the two.
    """
    found: dict[str, dict[str, Dialogue]] = {}
    for record in records:
        if isinstance(record, Dialogue) and record.purpose == "judge":
            views, view = found.setdefault(str(record.meta["id"]), {}), str(record.meta["view"])
            if view in views:
                raise InputError(
                    f"response {record.meta['id']} has two views {view!r}", remedy="keep one of each"
                )
            views[view] = record
    for name, views in found.items():
        for view in _VIEWS:
            if view not in views:
                raise InputError(f"response {name} has no view {view!r}", remedy="draw both from one episode")
        if len({one.messages[-1].content for one in views.values()}) > 1:
            raise InputError(f"the views of response {name} have different targets", remedy="draw both anew")
    return [(views[_VIEWS[0]], views[_VIEWS[1]]) for views in found.values()]


_VIEWS = ("with reference", "alone")


SCENARIO = Scenario(
    name="self-judge",
    summary="scores read off digit probabilities: a judge's training targets beside a reference, a gate without one",
    paper=Paper(
        "Self-Judge: Selective Instruction Following with Alignment Self-Evaluation",
        2024,
        "nusnlp/Self-J",
        training={
            "judge": {
                "lr": 3e-4,
                "epochs": 2,
                "batch": 128,
                "max_length": 1024,
                "lora_rank": 16,
                "lora_alpha": 16,
                "lora_dropout": 0.05,
                "without_reference_weight": 0.3,
                "kl_weight": 2,
            }
        },
    ),
    world=WORLD,
    parameters=Settings,
    roles=(SAMPLE, ALONE, REFERENCE, RECORD, SIMILARITY, WITH_REFERENCE),
    graph=_graph,
    cast=_cast,
    needs=needs_response("data"),
    score=score,
    records=records,
    decisions=decisions,
)
