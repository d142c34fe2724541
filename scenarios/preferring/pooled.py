"""Pooled: several instructions in one episode, so that a member of a pool is shown as many pairs at once as its prompt holds.

Knows nothing of training or of wins. Each instruction has one pair, one coin and one member, drawn as where it stands alone;
the pairs of one member are then put together. No task's truth is about all of them: what is wanted is heard in the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import JsonValue

from maieutic import Episode, Event, InputError, Stop, seed_of
from maieutic.graphs import Ask, Graph, Notes, Offer, State, vote
from maieutic.roles import noise
from maieutic.roles.annotator import POOL, SEVERAL
from maieutic.roles.policy import AMONG
from maieutic.scenarios.preferring.pairs import TIE, distinct, flipped, members_of, paired
from maieutic.worlds.text_constraints import WORLD, Truth, request, told


class Instruction(NamedTuple):
    """One of the instructions of an episode, and what came of its pair.

    Attributes:
        fields: `prompt`, and `input` where there is one.
        pair: the two outputs, first and second; none where no two differ.
        coin: id of the turn that drew the label, where it was left to the coin.
        preference: 1 or 2, or `TIE`; None where nobody's answer could be read.
        label: member, order and event of the label, and its place among the pairs of the prompt; none under the coin.
        failed: whether a member was asked in vain.
    """

    fields: dict[str, JsonValue]
    pair: tuple[Event, ...]
    coin: str | None
    preference: float | None
    label: dict[str, Any]
    failed: bool

    @property
    def truth(self) -> Truth | None:
        """The constraints that its words ask for, None where nobody can tell any."""
        return _heard(request(self.fields))


@lru_cache(maxsize=4096)
def _heard(text: str) -> Truth | None:
    found = told(None, text)
    return found if found.items else None


@lru_cache(maxsize=4096)
def _reserved(seed: int, index: int) -> dict[str, JsonValue]:
    return dict(WORLD.generate(seed, index).fields)


def instructions(fields: Mapping[str, JsonValue], number: int) -> list[dict[str, JsonValue]]:
    """The instructions of an episode: the task's own, those of its field `more`, and reserved ones of the world.

    Args:
        fields: of the task; `more` is a list of texts, or of objects with `prompt` and perhaps `input`.
        number: of instructions.

    Raises:
        InputError: one of `more` is neither.
    """
    found = [_instruction(fields)]
    more = fields.get("more")
    for place, one in enumerate(more if isinstance(more, list) else []):
        given = {"prompt": one} if isinstance(one, str) else one
        if not isinstance(given, dict) or not isinstance(given.get("prompt"), str):
            raise InputError(
                f"instruction {place} is {one!r:.60}",
                key="more",
                remedy="give texts, or objects with a `prompt`",
            )
        found.append(_instruction(given))
    others = (_reserved(seed_of("pooled", request(fields)), index) for index in range(number - len(found)))
    return [*found, *map(_instruction, others)][:number]


def _instruction(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: fields[name] for name in ("prompt", "input") if fields.get(name)}


def offered(fields: Mapping[str, JsonValue], one: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """An instruction over the task's own fields: an input of the task is none of another instruction."""
    lacks_input = "input" in fields and "input" not in one
    return {**one, **({"input": ""} if lacks_input else {})}


def pooled(number: int, samples: int, drawn: Mapping[str, JsonValue], pool_seed: int) -> Graph:
    """Sampling, coins and comparing for several instructions as a graph.

    Args:
        number: of instructions.
        samples: outputs for each, to draw a pair from.
        drawn: `label_noise` and `noise_seed`.
        pool_seed: of the choice of members.
    """

    def sample(state: State) -> list[Offer]:
        found = instructions(state.get("fields", {}), number)
        return [
            Offer(None, offered(state.get("fields", {}), one), place * samples + index)
            for place, one in enumerate(found)
            for index in range(samples)
        ]

    def pairs(state: State, events: Sequence[Event]) -> Notes:
        made: list[JsonValue] = []
        for place in range(number):
            own = [e for e in state["events"] if e.role == AMONG.name and e.index // samples == place]
            made.append([*paired([event.id for event in distinct(own)])])
        return {"pairs": made}

    def coins(state: State) -> list[Offer]:
        found = instructions(state.get("fields", {}), number)
        noisy = float(str(drawn["label_noise"])) > 0
        return [
            Offer(None, {**offered(state.get("fields", {}), one), **drawn}, place)
            for place, one in enumerate(found)
            if noisy and state["notes"]["pairs"][place]
        ]

    def compare(state: State) -> list[Offer]:
        found = instructions(state.get("fields", {}), number)
        by_id = {event.id: event for event in state["events"]}
        offers = []
        for index, (member, places) in enumerate(_prompts(state["events"], state["notes"], found, pool_seed)):
            shown: list[JsonValue] = []
            for place in places:
                names = state["notes"]["pairs"][place]
                one, other = (by_id[name].text for name in (names[::-1] if flipped(names) else names))
                shown.append({**found[place], "output_1": one, "output_2": other})
            fields: dict[str, JsonValue] = {"member": member, "style": POOL[member - 1].style, "pairs": shown}
            offers.append(Offer(None, fields, index))
        return offers

    def conclude(state: State) -> tuple[Notes, Stop]:
        read = [event for event in state["events"] if event.invalid is None]
        if not any(state["notes"]["pairs"]):
            return {}, Stop.TIE if sum(event.role == AMONG.name for event in read) > number else Stop.INVALID
        labelled = any(e.role == SEVERAL.name or e.answer.get("noisy") for e in read)
        return {}, Stop.SOLVED if labelled else Stop.INVALID

    return vote(
        sample=Ask(AMONG, sample, pairs, fan=number * samples),
        between=Ask(noise.DRAW, coins, fan=number),
        compare=Ask(SEVERAL, compare, fan=number),
        conclude=conclude,
    )


def _prompts(
    events: Sequence[Event],
    notes: Mapping[str, Any],
    found: Sequence[Mapping[str, JsonValue]],
    pool_seed: int,
) -> list[tuple[int, list[int]]]:
    """(member, places of instructions) of each prompt: the pairs of each member, as many at once as its prompt holds."""
    noisy = {one.index for one in events if one.role == noise.DRAW.name and one.answer.get("noisy")}
    by_member: dict[int, list[int]] = {}
    for place, one in enumerate(found):
        if notes["pairs"][place] and place not in noisy:
            (member,) = members_of(one, pool_seed)
            by_member.setdefault(member, []).append(place)
    return [
        (member, places[start : start + POOL[member - 1].batch])
        for member, places in sorted(by_member.items())
        for start in range(0, len(places), POOL[member - 1].batch)
    ]


def outcomes(episode: Episode) -> list[Instruction]:
    """What came of each instruction of an episode."""
    settings: Any = episode.parameters
    found = instructions(episode.task.fields, int(settings["together"]))
    by_id, pairs = {event.id: event for event in episode.events}, episode.notes.get("pairs")
    if not isinstance(pairs, list):
        return []
    coins = {one.index: one for one in episode.by_role(noise.DRAW.name) if one.answer["noisy"]}
    asked: dict[int, tuple[int, int, Event]] = {}
    compared = {event.index: event for event in episode.events if event.role == SEVERAL.name}
    prompts = _prompts(episode.events, episode.notes, found, int(settings["pool_seed"]))
    for index, (member, places) in enumerate(prompts):
        for slot, place in enumerate(places):
            asked[place] = (member, slot, compared[index])
    made = []
    for place, fields in enumerate(found):
        names: Any = pairs[place]
        label: dict[str, Any] = {}
        preference: float | None = None if names else TIE
        if place in coins:
            preference = float(str(coins[place].answer["label"]))
        if place in asked:
            member, slot, event = asked[place]
            said: Any = event.answer.get("preferences", [])
            if slot < len(said):
                turned = flipped(names)
                preference = 3 - said[slot] if turned else said[slot]
                label = {"event": event.id, "annotator": member, "flipped": turned, "slot": slot}
                label["preference"] = preference
        made.append(
            Instruction(
                fields=fields,
                pair=tuple(by_id[name] for name in names),
                coin=coins[place].id if place in coins else None,
                preference=preference,
                label=label,
                failed=place in asked and not label,
            )
        )
    return made
