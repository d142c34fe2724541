"""AlpacaFarm: a policy's outputs, a pool of annotators with noise between them and the truth, and what comes of it.

Knows no model. An episode is one instruction, or several (`together`), of which a member is shown as many pairs at once as
its prompt holds. Three modes: preference pairs for training (with label noise), win against a reference
(never with noise), and best-of-n by a reward. It is long because of the three, which share their roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue, model_validator

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stop, canonical
from maieutic.agents import Agent, Program
from maieutic.agents.simulated.annotator import Annotator, Rewarder
from maieutic.agents.simulated.writer import Writer
from maieutic.graphs import Ask, Graph, Notes, Offer, State, leave_one_out, majority, vote
from maieutic.roles import noise
from maieutic.roles.annotator import COMPARE, POOL, SEVERAL
from maieutic.roles.policy import AMONG, REFERENCE, SAMPLE
from maieutic.roles.record import RECORD, handed_over
from maieutic.roles.reward import SCORE
from maieutic.scenarios.outer import Outer, Taught
from maieutic.scenarios.preferring.pairs import TIE, distinct, flipped, members_of, paired
from maieutic.scenarios.preferring.pooled import Instruction, offered, outcomes, pooled
from maieutic.scenarios.ratings import Rating
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
from maieutic.worlds.text_constraints.utility import utility


class Settings(Parameters):
    """What is sampled, who is asked, and how many labels are left to a coin."""

    mode: Literal["pairs", "best-of-n", "evaluate"] = published(
        "pairs", "training pairs with noise; the best of n by a reward; or outputs against a reference"
    )
    samples: int = published(4, "outputs to draw a pair from (mode pairs)", ge=2, le=64)
    n: int = published(16, "outputs to choose from (mode best-of-n)", ge=1, le=1024)
    labels: int = published(1, "members who label each pair; several give agreement", ge=1, le=len(POOL))
    label_noise: float = published(0.25, "share of training labels that are flipped", ge=0, le=0.5)
    noise_seed: int = published(0, "of the coin, beside the instruction", verified=False)
    pool_seed: int = published(0, "of the choice of members, beside the instruction", verified=False)
    together: int = published(
        1,
        "instructions of an episode; a member is shown their pairs in batches of 1, 4 or 5 (mode pairs; the task's own, then "
        "those of its field `more`, then ones of the world)",
        verified=False,
        added=True,
        ge=1,
        le=128,
    )
    references: Literal["sampled", "recorded"] = published(
        "sampled", "whether the reference is a player, or the task's field `response` (mode evaluate)"
    )

    @model_validator(mode="after")
    def _alone(self) -> Settings:
        if self.together > 1 and (self.mode != "pairs" or self.labels != 1):
            raise ValueError("several instructions together need mode=pairs and labels=1")
        return self


def _graph(settings: Settings) -> Graph:
    count = {"pairs": settings.samples, "best-of-n": settings.n, "evaluate": 1}[settings.mode]

    def sample(note: Any) -> Ask:
        return Ask(SAMPLE, lambda state: [Offer(index=index) for index in range(count)], note, fan=count)

    if settings.mode == "best-of-n":
        return vote(
            sample=sample(lambda state, events: {"distinct": [event.id for event in _distinct(state)]}),
            compare=Ask(
                SCORE,
                lambda state: [Offer(one.id, {"output": one.text}) for one in _distinct(state)],
                fan=count,
            ),
            conclude=_best,
        )
    drawn: dict[str, Any] = {"label_noise": settings.label_noise, "noise_seed": settings.noise_seed}
    if settings.together > 1:
        return pooled(settings.together, settings.samples, drawn, settings.pool_seed)
    if settings.mode == "pairs":
        first = sample(_paired)
        noisy = settings.label_noise > 0
        between = Ask(
            noise.DRAW, lambda state: [Offer(fields=drawn)] if noisy and state["notes"]["pair"] else []
        )
    else:
        first = sample(lambda state, events: {"pair": []})
        role = REFERENCE if settings.references == "sampled" else RECORD
        between = Ask(role, lambda state: [Offer()], lambda state, events: _against(state, events[-1]))

    def asked(state: State) -> list[tuple[int, bool]]:
        """Members (from 1), and whether they are shown the second output first."""
        fields, pair = state.get("fields", {}), state["notes"]["pair"]
        members = members_of(fields, settings.pool_seed, settings.labels)
        return [(member, flipped(pair, place)) for place, member in enumerate(members)]

    def compare(state: State) -> list[Offer]:
        pair = [event.text for event in _named(state, state["notes"]["pair"])]
        if len(set(pair)) < 2 or _coin(state) is not None:
            return []
        offers = []
        for place, (member, turned) in enumerate(asked(state)):
            shown = pair[::-1] if turned else pair
            fields: dict[str, Any] = {"member": member, "style": POOL[member - 1].style}
            fields |= {"output_1": shown[0], "output_2": shown[1]}
            offers.append(Offer(state["notes"]["pair"][0], fields, place))
        return offers

    def conclude(state: State) -> tuple[Notes, Stop]:
        return _labelled(state, asked(state)) if state["notes"]["pair"] else _unpaired(state)

    return vote(
        sample=first,
        between=between,
        compare=Ask(COMPARE, compare, fan=settings.labels),
        conclude=conclude,
    )


def _named(state: State, names: Sequence[str]) -> list[Event]:
    by_id = {event.id: event for event in state["events"]}
    return [by_id[name] for name in names]


def _distinct(state: State) -> list[Event]:
    """The usable outputs of the policy, of each text the first."""
    return distinct([event for event in state["events"] if event.role == SAMPLE.name])


def _paired(state: State, events: Sequence[Event]) -> Notes:
    """One pair of distinct outputs by a derangement; none where there are not two."""
    names = [event.id for event in _distinct(state)]
    return {"distinct": names, "pair": paired(names)}


def _against(state: State, reference: Event) -> Notes:
    return {"pair": [*(event.id for event in _distinct(state)), reference.id]}


def _coin(state: State) -> int | None:
    """The label that noise gave, where it did."""
    for event in state["events"]:
        if event.role == noise.DRAW.name and event.invalid is None:
            label: Any = event.answer["label"]
            return None if label is None else int(label)
    return None


def _unpaired(state: State) -> tuple[Notes, Stop]:
    usable = sum(event.invalid is None for event in state["events"] if event.role == SAMPLE.name)
    return {"preference": TIE, "labels": []}, Stop.TIE if usable > 1 else Stop.INVALID


def _labelled(state: State, asked: Sequence[tuple[int, bool]]) -> tuple[Notes, Stop]:
    """Labels with the order undone, and what they say together; the coin and equal outputs need no label."""
    if len({event.text for event in _named(state, state["notes"]["pair"])}) < 2:
        return {"preference": TIE, "labels": [], "noisy": False}, Stop.TIE
    coin = _coin(state)
    if coin is not None:
        return {"preference": coin, "labels": [], "noisy": True}, Stop.SOLVED
    labels: list[dict[str, Any]] = []
    for event in state["events"]:
        if event.role == COMPARE.name and event.invalid is None:
            member, turned = asked[event.index]
            slot: Any = event.answer["preference"]
            said = 3 - slot if turned else slot
            labels.append({"event": event.id, "annotator": member, "flipped": turned, "preference": said})
    if not labels:
        return {"preference": None, "labels": [], "noisy": False}, Stop.INVALID
    preference = majority(label["preference"] for label in labels) or TIE
    notes = {"preference": preference, "labels": labels, "noisy": False}
    return notes, Stop.TIE if preference == TIE else Stop.SOLVED


def _best(state: State) -> tuple[Notes, Stop]:
    scores: dict[str, Any] = {
        event.parent: event.answer["score"]
        for event in state["events"]
        if event.role == SCORE.name and event.invalid is None
    }
    if not scores:
        return {"rewards": {}, "best": None}, Stop.INVALID
    return {"rewards": scores, "best": max(scores, key=lambda name: scores[name])}, Stop.SOLVED


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "policy": Writer(),
        "noise": Program("coin", {noise.DRAW.name: noise.draw}),
        "annotator": Annotator(),
        "reference": Writer(skill=0.8),
        "record": Program("recorded-response", {RECORD.name: handed_over}),
        "reward": Rewarder(),
    }


def _strangers(settings: Settings) -> Sequence[tuple[str, str]]:
    """In training both outputs are the policy's, and a liking for its kind decides nothing between them."""
    writers = ["policy", "reference"][: 1 + (settings.references == "sampled")]
    return [("annotator", one) for one in writers] if settings.mode == "evaluate" else []


def _worth(episode: Episode, names: Sequence[str]) -> list[float]:
    """The true utilities of outputs; none where the task brings no truth."""
    if "items" not in episode.task.truth:
        return []
    by_id = {event.id: event for event in episode.events}
    return [utility(by_id[name].text, episode.task.truth) for name in names]


def score(episode: Episode) -> dict[str, float]:
    """Measures of one instruction; means over a run are the published ones.

    Pairs: `is_noisy`, `failed_labels` (answers that could not be read; they count as no label), `longer_preferred`,
    `first_slot` (share of answers for the output shown first), `leave_one_out` (agreement among several labels) and `variance`, what lacks to it, `bias`, which is 1 where most of several members are wrong
    and half at a tie, `agreement` of the label with the true order, and
    beside it `longer_agreement`, of the rule that the longer output wins. Evaluation adds `win` (0.5 for a tie).
    Best-of-n: the true utility of what the reward would choose among the first k outputs (`best_of_k`), and of the
    truly best of them (`oracle_of_k`), for k = 1, 2, 4, ...
    """
    notes = notes_of(episode)
    if episode.parameters["mode"] == "best-of-n":
        return _curve(episode, notes)
    if "pairs" in notes:
        return _together(episode)
    asked = [event for event in episode.events if event.role == COMPARE.name]
    scores = {
        "is_noisy": float(notes.get("noisy", False)),
        "failed_labels": float(sum(event.invalid is not None for event in asked)),
    }
    labels, preference, pair = notes.get("labels", []), notes.get("preference"), notes.get("pair", [])
    if labels:
        firsts = [(label["preference"] == 1) != label["flipped"] for label in labels]
        scores["first_slot"] = fmean(firsts)
    alike = leave_one_out([[label["preference"] for label in labels]])
    worth = _worth(episode, pair) if preference is not None else []
    if alike is not None:
        scores |= {"leave_one_out": alike, "variance": 1 - alike}
        if worth and worth[0] != worth[1] and preference is not None:
            wrong = (preference == 1) != (worth[0] > worth[1])
            scores["bias"] = 0.5 if preference == TIE else float(wrong)
    if episode.parameters["mode"] == "evaluate" and preference is not None:
        scores["win"] = float(2 - preference)
    if preference not in (1, 2):
        return scores
    by_id = {event.id: event for event in episode.events}
    return scores | _preferred(preference, [by_id[name].text for name in pair], worth)


def _preferred(preference: float, texts: Sequence[str], worth: Sequence[float]) -> dict[str, float]:
    """What a label says of length and, where it is known, of worth."""
    scores = {}
    words = [len(text.split()) for text in texts]
    if words[0] != words[1]:
        scores["longer_preferred"] = float((preference == 1) == (words[0] > words[1]))
    if worth and worth[0] != worth[1]:
        scores["agreement"] = float((preference == 1) == (worth[0] > worth[1]))
        if words[0] != words[1]:
            scores["longer_agreement"] = float((words[0] > words[1]) == (worth[0] > worth[1]))
    return scores


def _together(episode: Episode) -> dict[str, float]:
    """Means over the pairs of an episode of several instructions; `prompts` that were put to members, and failed labels."""
    found = [one for one in outcomes(episode) if one.pair]
    told = [
        {"is_noisy": float(one.coin is not None)}
        | ({"first_slot": float((one.preference == 1) != one.label["flipped"])} if one.label else {})
        | (
            _preferred(one.preference, [event.text for event in one.pair], _utilities(one))
            if one.preference in (1, 2)
            else {}
        )
        for one in found
    ]
    names = dict.fromkeys(name for one in told for name in one)
    scores = {name: fmean(one[name] for one in told if name in one) for name in names}
    return scores | {
        "failed_labels": float(sum(one.failed for one in found)),
        "prompts": float(sum(event.role == SEVERAL.name for event in episode.events)),
        "pairs": float(len(found)),
    }


def _utilities(one: Instruction) -> list[float]:
    return [] if one.truth is None else [utility(event.text, one.truth) for event in one.pair]


def _curve(episode: Episode, notes: dict[str, Any]) -> dict[str, float]:
    rewards, names = notes.get("rewards", {}), [*notes.get("distinct", [])]
    worth = dict(zip(names, _worth(episode, names), strict=False))
    scores = {"failed_rewards": float(len(names) - len(rewards))}
    places = {event.id: event.index for event in episode.by_role(SAMPLE.name)}
    size = 1
    while worth and size <= int(str(episode.parameters["n"])):
        among = [name for name in names if places[name] < size and name in rewards]
        if among:
            scores[f"best_of_{size}"] = worth[max(among, key=lambda name: rewards[name])]
            scores[f"oracle_of_{size}"] = max(worth[name] for name in among)
        size *= 2
    return scores


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside the order of true utilities; equal utilities decide nothing.

    `annotation`: what a member said of a pair. `label`: what the pair was labelled in the end, coin or not (said and
    true are about the first output being better). `best`: that the chosen output is the best of all.
    """
    notes = notes_of(episode)
    for one in outcomes(episode) if "pairs" in notes else ():
        worth = _utilities(one)
        if one.preference in (1, 2) and worth and worth[0] != worth[1]:
            said, true = one.preference == 1, worth[0] > worth[1]
            event = one.coin or one.label["event"]
            if one.label:
                yield Decision(kind="annotation", said=said, true=true, event=event)
            yield Decision(kind="label", said=said, true=true, event=event)
    best = notes.get("best")
    if best is not None and (worth := _worth(episode, notes["distinct"])):
        true = worth[notes["distinct"].index(best)] == max(worth)
        yield Decision(kind="best", said=True, true=true, event=best)
    worth = _worth(episode, notes.get("pair") or [])
    if len(worth) < 2 or worth[0] == worth[1]:
        return
    for label in notes.get("labels", []):
        said = label["preference"] == 1
        yield Decision(kind="annotation", said=said, true=worth[0] > worth[1], event=label["event"])
    if notes.get("preference") in (1, 2):
        coin = next((event.id for event in episode.by_role(noise.DRAW.name) if notes["noisy"]), None)
        event = coin or notes["labels"][0]["event"]
        said = notes["preference"] == 1
        yield Decision(kind="label", said=said, true=worth[0] > worth[1], event=event)


def ratings(episode: Episode) -> Iterable[Rating]:
    """What members said of one pair, the order undone."""
    for label in notes_of(episode).get("labels", []):
        yield Rating("annotator.compare preference", "pair", str(label["preference"]))


def records(episode: Episode) -> Iterable[Record]:
    """A pair for training, noisy or not; or the best of n to imitate. An evaluation gives none."""
    notes, fields = notes_of(episode), episode.task.fields
    user, by_id = Message(role="user", content=request(fields)), {event.id: event for event in episode.events}
    if notes.get("best") is not None:
        answer = Message(role="assistant", content=by_id[notes["best"]].text, train=True)
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="imitate",
            meta={"reward": notes["rewards"][notes["best"]], "n": len(notes["distinct"])},
            messages=(user, answer),
            events=(notes["best"],),
        )
    for one in outcomes(episode) if "pairs" in notes else ():
        if one.preference in (1, 2):
            first, second = one.pair if one.preference == 1 else one.pair[::-1]
            meta = {**_label(one.label, by_id), "slot": one.label["slot"]} if one.label else _NOBODY
            meta = meta | {"preference": one.preference, "is_noisy": one.coin is not None}
            yield _pair(episode, one.fields, first, second, meta)
    if episode.parameters["mode"] != "pairs" or notes.get("preference") not in (1, 2):
        return
    better, worse = notes["pair"] if notes["preference"] == 1 else notes["pair"][::-1]
    labels = [_label(label, by_id) for label in notes["labels"]]
    meta = (labels[0] if labels else _NOBODY) | {
        "preference": notes["preference"],
        "is_noisy": notes["noisy"],
    }
    yield _pair(
        episode,
        fields,
        by_id[better],
        by_id[worse],
        meta | ({"labels": labels} if len(labels) > 1 else {}),
    )


_NOBODY: dict[str, Any] = {"annotator": None, "order_flipped": None, "raw": None}


def _label(label: Mapping[str, Any], by_id: Mapping[str, Event]) -> dict[str, Any]:
    event = by_id[label["event"]]
    return {
        "annotator": label["annotator"],
        "order_flipped": label["flipped"],
        "preference": label["preference"],
        "raw": event.raw or canonical(event.answer).decode(),
    }


def _pair(
    episode: Episode, fields: Mapping[str, JsonValue], better: Event, worse: Event, meta: dict[str, Any]
) -> Pair:
    return Pair(
        episode=episode.id,
        task=episode.task.id,
        purpose="prefer",
        meta=meta,
        prompt=(Message(role="user", content=request(fields)),),
        chosen=better.text,
        rejected=worse.text,
        chosen_event=better.id,
        rejected_event=worse.id,
        chosen_verdict=1.0,
        rejected_verdict=0.0,
    )


def _turns(episode: Episode, record: Record) -> Taught:
    """A pair as two outputs that the reward scores, each as it is asked about one; the best of n as the policy's own."""
    if isinstance(record, Pair):
        told: dict[str, JsonValue] = {}
        for one in outcomes(episode) if "pairs" in episode.notes else ():
            if record.chosen_event in (event.id for event in one.pair):
                told = offered(episode.task.fields, one.fields)
        better, worse = ({**told, "output": text} for text in (record.chosen, record.rejected))
        return Taught(SCORE, better, worse=worse)
    assert isinstance(record, Dialogue)
    return Taught(SAMPLE, {}, ({"text": record.messages[-1].content},))


def _method(number: int, settings: Settings) -> Mapping[str, Any]:
    """First the pool labels pairs, to which a reward is fitted; then the best of n by it are imitated, each by itself."""
    return {"mode": "pairs"} if number == 1 else {"mode": "best-of-n", "together": 1}


SCENARIO = Scenario(
    name="alpaca-farm",
    summary="a simulated pool of annotators with noise: preference pairs, wins against a reference, best-of-n",
    paper=Paper(
        "AlpacaFarm: A Simulation Framework for Methods that Learn from Human Feedback",
        2023,
        "NeurIPS 2023, tatsu-lab/alpaca_farm",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(SAMPLE, AMONG, noise.DRAW, COMPARE, SEVERAL, REFERENCE, RECORD, SCORE),
    graph=_graph,
    cast=_cast,
    needs=needs_response("evaluate"),
    strangers=_strangers,
    score=score,
    records=records,
    decisions=decisions,
    ratings=ratings,
    outer=Outer(  # expert iteration
        learns={"reward": ("prefer",), "policy": ("imitate",)},
        measure="win",
        rounds=2,
        verified=False,
        exam={"mode": "evaluate", "together": 1},
        parameters=_method,
        turns=_turns,
        training={"reward": {"lr": 3e-6, "epochs": 1}, "policy": {"lr": 2e-5, "epochs": 3}},
    ),
)
