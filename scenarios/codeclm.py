"""CodecLM: seeds are encoded into use case and skills, these decoded into instructions, hardened until two models part.

Knows no words. One episode is one seed, or metadata that is given without one; several instructions are made of it side by
side. What is kept depends on the target as it is now: after training, the outer loop plays all again. `mode` evaluate
holds the target against the strong model. It is long because of what is measured: of each instruction, of each decision
against the truth, and of the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any, Literal

from pydantic import JsonValue

from maieutic import Dialogue, Episode, Event, Message, Pair, Record, Stop, usable
from maieutic.agents import Agent
from maieutic.agents.simulated.codec import Assessor, Checker, Decoder, Encoder, Improver
from maieutic.agents.simulated.responder import Responder, Weigher, share_met
from maieutic.graphs import Ask, Graph, Offer, State, Step, flow
from maieutic.roles.codec import AUDIT, DECODE, ENCODE, IMPROVE, RATE, RUBRICS, SOLVABLE, STRONG, TARGET
from maieutic.roles.metadata import brief_skills, counted, jensen_shannon, keyword
from maieutic.roles.rating import HIGHEST, LOWEST, orders, rated, verdict
from maieutic.scenarios.outer import Outer
from maieutic.scenarios.ratings import side_by_side
from maieutic.scenarios.scenario import Decision, Overall, Paper, Parameters, Scenario, published
from maieutic.scenarios.tailoring.tracks import Gate, Track, basics, drawn, followed, instruction, stages
from maieutic.worlds.graded_requests import WORLD, aimed_at, read, solvable
from maieutic.worlds.text_constraints import coverage


class Settings(Parameters):
    """What is made of what, how much harder it gets, and what is kept."""

    mode: Literal["build", "evaluate"] = published(
        "build",
        "instructions are made and kept; or the target's responses are held against the strong model's",
    )
    given: Literal["seed", "metadata"] = published(
        "seed",
        "what a task gives: an instruction to encode (`prompt`), or metadata without one (`use_case`, `skills`)",
    )
    instructions: int = published(2, "basic instructions of each metadata", verified=False, ge=1, le=32)
    rounds: int = published(4, "actions at the most", verified=False, ge=1, le=32)
    theta: float = published(
        3.0, "an instruction is kept where the scores (1 to 10) differ by more", verified=False, ge=0, le=9
    )
    both_orders: bool = published(
        True, "whether the scorer sees the responses in both orders", verified=False
    )
    words: int = published(
        3, "words of a skill at the most; what is longer gives the seed away, and is dropped", ge=1, le=10
    )
    copy_share: float = published(
        0.9,
        "share of its words in the same order that makes an instruction a copy of the seed, or of another one",
        verified=False,
        gt=0,
        le=1,
    )
    floor: float = published(
        5.0,
        "where neither score is above, somebody is asked whether the instruction can be followed at all; 0 never asks",
        verified=False,
        ge=0,
        le=10,
    )
    audit: bool = published(
        True,
        "whether what is kept is encoded again, so that its metadata can be held against the seeds'",
        verified=False,
    )

    @property
    def gate(self) -> Gate:
        """What is let through."""
        return Gate(self.theta, self.rounds)


def _seed(fields: Mapping[str, JsonValue], settings: Settings) -> str:
    """The seed in words, with what comes with it; empty where metadata are given without one."""
    names = ("prompt", "input") if settings.given == "seed" else ()
    return "\n\n".join(str(fields[name]) for name in names if fields.get(name))


def _named(
    events: Iterable[Event], fields: Mapping[str, JsonValue], settings: Settings
) -> tuple[str, list[str], int]:
    """The use case, the skills that are used, and how many were left out as too long or named twice."""
    encoded = usable(events, ENCODE.name)
    source: Mapping[str, Any] = (
        fields if settings.given == "metadata" else encoded[0].answer if encoded else {}
    )
    skills = [*source.get("skills", [])]
    kept = brief_skills(skills, settings.words)
    return keyword(str(source.get("use_case", ""))), kept, len(skills) - len(kept)


def _tracks(events: Sequence[Event], fields: Mapping[str, JsonValue], settings: Settings) -> list[Track]:
    starts, _ = basics(events, _seed(fields, settings), settings.copy_share)
    return followed(events, starts, settings.gate)


def _graph(settings: Settings) -> Graph:
    fan = settings.instructions
    orderings = 1 + settings.both_orders

    def root(state: State) -> str | None:
        encoded = usable(state["events"], ENCODE.name)
        return encoded[0].id if encoded else None

    def described(state: State) -> dict[str, JsonValue]:
        use_case, skills, _ = _named(state["events"], state.get("fields", {}), settings)
        return {"use_case": use_case, "skills": [*skills]}

    def now(state: State) -> list[Track]:
        return _tracks(state["events"], state.get("fields", {}), settings)

    def decode(state: State) -> Sequence[Offer]:
        told, parent = described(state), root(state)
        if not told["skills"]:
            return []
        return [Offer(parent, told, index) for index in range(fan)]

    def decoded(state: State) -> str | Stop:
        if not usable(state["events"], DECODE.name):
            return Stop.REFUSED  # no skill that could be used
        return "improve" if now(state) else Stop.EXHAUSTED

    def improve(state: State) -> Sequence[Offer]:
        (written,) = usable(state["events"], RUBRICS.name)
        actions: Any = written.answer["actions"]
        return [
            Offer(one.last.id, {"instruction": instruction(one.last), "action": drawn(actions, one.last)})
            for one in now(state)
            if one.end == "open"
        ]

    def respond(state: State) -> Sequence[Offer]:
        return [
            Offer(one.last.id, {"instruction": instruction(one.last)})
            for one in now(state)
            if one.end == "open"
        ]

    def rate(state: State) -> Sequence[Offer]:
        return [
            Offer(one.last.id, {"instruction": instruction(one.last), **shown}, index)
            for one in now(state)
            if one.end == "open" and len(one.responses) == 2
            for index, shown in enumerate(
                orders(*(event.text for event in one.responses), both=settings.both_orders)
            )
        ]

    def check(state: State) -> Sequence[Offer]:
        return [
            Offer(one.last.id, {"instruction": instruction(one.last)})
            for one in now(state)
            if one.end in ("open", "capped") and one.scores is not None and max(one.scores) <= settings.floor
        ]

    def onward(then: str) -> Any:
        def route(state: State) -> str | Stop:
            found = now(state)
            if any(one.end == "open" for one in found):
                return then
            kept = any(one.end == "kept" for one in found)
            return "audit" if settings.audit and kept else _ended(found)

        return route

    def audit(state: State) -> Sequence[Offer]:
        return [
            Offer(one.last.id, {"instruction": instruction(one.last)})
            for one in now(state)
            if one.end == "kept"
        ]

    if settings.mode == "evaluate":
        return _compared(settings, decode)
    last = ["audit"] if settings.audit else []
    encode = {
        "encode": Step(
            Ask(ENCODE, lambda state: [Offer()]),
            lambda state: "rubrics" if described(state)["skills"] else Stop.REFUSED,
            ["rubrics"],
        )
    }
    rubrics = Ask(
        RUBRICS, lambda state: [Offer(root(state), told)] if (told := described(state))["skills"] else []
    )
    side_by_side = {
        "rubrics": Step(rubrics, lambda state: "decode", ["decode"]),
        "decode": Step(Ask(DECODE, decode, fan=fan), decoded, ["improve"]),
        "improve": Step(
            Ask(IMPROVE, improve, fan=fan, needed=False),
            onward("strong"),
            ["strong", *last],
            most=settings.rounds,
        ),
        "strong": Step(Ask(STRONG, respond, fan=fan, needed=False), onward("target"), ["target", *last]),
        "target": Step(Ask(TARGET, respond, fan=fan, needed=False), onward("rate"), ["rate", *last]),
        "rate": Step(Ask(RATE, rate, fan=fan * orderings, needed=False), lambda state: "check", ["check"]),
        "check": Step(Ask(SOLVABLE, check, fan=fan, needed=False), onward("improve"), ["improve", *last]),
    }
    if settings.audit:
        side_by_side["audit"] = Step(
            Ask(AUDIT, audit, fan=fan, needed=False), lambda state: _ended(now(state)), most=1
        )
    seeds = encode if settings.given == "seed" else {}
    return flow({**seeds, **side_by_side}, start=next(iter({**seeds, **side_by_side})))


def _ended(found: Sequence[Track]) -> Stop:
    """Why an episode whose tracks are all at their ends is over."""
    ends = {one.end for one in found}
    if "kept" in ends:
        return Stop.SOLVED
    if ends == {"invalid"}:
        return Stop.INVALID
    if "capped" in ends:
        return Stop.TURNS
    return Stop.REFUSED if "unsolvable" in ends else Stop.EXHAUSTED


def _verdict(events: Iterable[Event]) -> Literal["win", "tie", "loss"] | None:
    """What the target's response comes to beside the strong model's; none where a rating cannot be used."""
    ratings = [one for one in events if one.role == RATE.name]
    found = rated(ratings)
    return verdict(found) if found and len(found) == len(ratings) else None


def _compared(settings: Settings, decode: Any) -> Graph:
    """Both models follow one instruction, and are scored."""

    def basic(state: State) -> tuple[str | None, str]:
        made = usable(state["events"], DECODE.name)
        return (
            (made[0].id, instruction(made[0])) if made else (None, _seed(state.get("fields", {}), settings))
        )

    def respond(state: State) -> Sequence[Offer]:
        parent, asked = basic(state)
        return [Offer(parent, {"instruction": asked})]

    def rate(state: State) -> Sequence[Offer]:
        parent, asked = basic(state)
        pair = [usable(state["events"], role.name)[0].text for role in (STRONG, TARGET)]
        shown = orders(pair[0], pair[1], both=settings.both_orders)
        return [Offer(parent, {"instruction": asked, **one}, index) for index, one in enumerate(shown)]

    def concluded(state: State) -> Stop:
        found = _verdict(state["events"])
        return Stop.INVALID if found is None else Stop.TIE if found == "tie" else Stop.SOLVED

    steps = {
        "decode": Step(
            Ask(DECODE, lambda state: decode(state)[:1]),
            lambda state: "strong" if usable(state["events"], DECODE.name) else Stop.REFUSED,
            ["strong"],
        ),
        "strong": Step(Ask(STRONG, respond), lambda state: "target", ["target"]),
        "target": Step(Ask(TARGET, respond), lambda state: "rate", ["rate"]),
        "rate": Step(Ask(RATE, rate, fan=1 + settings.both_orders), concluded),
    }
    if settings.given == "seed":
        del steps["decode"]
    return flow(steps, start=next(iter(steps)))


def _cast(settings: Settings) -> dict[str, Agent]:
    return {
        "encoder": Encoder(),
        "assessor": Assessor(),
        "decoder": Decoder(),
        "improver": Improver(),
        "strong": Responder(other=7.0),
        "target": Responder(other=3.0),
        "scorer": Weigher(),
        "checker": Checker(),
    }


def _read(episode: Episode) -> tuple[Settings, list[Track]]:
    settings = Settings.model_validate(dict(episode.parameters))
    return settings, _tracks(episode.events, episode.task.fields, settings)


def score(episode: Episode) -> dict[str, float]:
    """What was made, and at what loss; or, in an evaluation, what the target is worth beside the strong model.

    `kept`: share of basic instructions; `gap`: mean distance of scores of what was kept, `gap_rated` of all that was
    rated; `target_better`: share of what was kept whose better answer is the target's; `first_slot`: by how much the
    scorer favours what stands first. `skills_dropped` and `copies` are counts. `recovery` is 1 for a win or a tie of the
    target; its mean over a test set is the capacity recovery ratio.
    """
    settings, found = _read(episode)
    if settings.mode == "evaluate":
        return _worth(episode)
    left_out = basics(episode.events, _seed(episode.task.fields, settings), settings.copy_share)[1]
    made = {
        "kept": 0.0,
        "skills_dropped": float(_named(episode.events, episode.task.fields, settings)[2]),
        "copies": float(left_out),
    }
    if not found:
        return made
    ends, looked_at = Counter(one.end for one in found), stages(episode.events, found, settings.gate)
    made |= {name: ends[name] / len(found) for name in ("kept", "capped", "unsolvable")}
    made["unchanged"] = (ends["unchanged"] + ends["refusing"]) / len(found)
    if looked_at:
        made["gap_rated"] = fmean(abs(one.gap) for one in looked_at)
        made["first_slot"] = fmean(one.first_slot for one in looked_at)
    kept = [one for one in found if one.end == "kept"]
    if kept:
        gaps = [one.gap for one in kept]
        made |= {
            "gap": fmean(map(abs, gaps)),
            "rounds": fmean(one.round for one in kept),
            "target_better": fmean(one < 0 for one in gaps),
        }
    return made


def _worth(episode: Episode) -> dict[str, float]:
    told = _verdict(episode.events)
    if told is None:
        return {}
    ratings = rated(one for one in episode.events if one.role == RATE.name)
    return {
        "recovery": float(told != "loss"),
        "win": float(told == "win"),
        "tie": float(told == "tie"),
        "gap": fmean(strong - target for strong, target in ratings),
    }


def tally(episode: Episode) -> dict[str, float]:
    """Counts that are summed over a run: instructions rated and kept in each round, metadata of seeds and of what was
    kept."""
    settings, found = _read(episode)
    if settings.mode == "evaluate":
        return {}
    counts = Counter[str]()
    for one in stages(episode.events, found, settings.gate):
        counts[f"rated {one.round}"] += 1
        counts[f"kept {one.round}"] += one.end == "kept"
    use_case, skills, _ = _named(episode.events, episode.task.fields, settings)
    kept = {one.last.id for one in found if one.end == "kept"}
    audits = [one for one in usable(episode.events, AUDIT.name) if one.parent in kept]
    read_again: list[Any] = [
        (str(one.answer["use_case"]), brief_skills(_listed(one.answer["skills"]), settings.words))
        for one in audits
    ]
    asked = [(use_case, skills)] if skills else []
    for side, named in (("seeds", asked), ("kept", read_again)):
        for what, each in counted(named).items():
            counts.update({f"{what} {side} {name}": n for name, n in each.items()})
    return {name: float(n) for name, n in counts.items()}


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def overall(counts: Mapping[str, float]) -> dict[str, float]:
    """Yield of each round, and how far the metadata of what was kept are from the seeds' (Jensen-Shannon, 0 to 1)."""
    made = {}
    for name in sorted(counts, key=lambda name: (len(name), name)):
        if name.startswith("rated "):
            number = name.removeprefix("rated ")
            made[f"yield_{number}"] = counts.get(f"kept {number}", 0.0) / counts[name]
    for what in ("use_case", "skills"):
        sides = [
            {name.removeprefix(start): int(n) for name, n in counts.items() if name.startswith(start)}
            for start in (f"{what} seeds ", f"{what} kept ")
        ]
        apart = jensen_shannon(sides[0], sides[1])
        if apart is not None:
            made[f"{what}_divergence"] = apart
    return made


def decisions(episode: Episode) -> Iterable[Decision]:
    """What was decided, beside what the world's checks say; nothing of instructions that the world did not write.

    `skill`: that a seed takes a skill; what is left out counts as said no to. `harder`: that an action raised the one
    coordinate that it is for by one step, and no other. `separates`: that the responses' true scores differ by more than
    theta. `better`: that the answer that is kept meets more. `solvable`: that an instruction can be followed at all.
    `win`: that the target's response is better, where the two differ.
    """
    settings, found = _read(episode)
    if settings.mode == "evaluate":
        yield from _win(episode, settings)
        return
    yield from _skills(episode, settings)
    yield from _harder(episode, found)
    for one in stages(episode.events, found, settings.gate):
        shares = [share_met(instruction(one.last), response.text) for response in one.responses]
        strong, target = shares
        if strong is None or target is None:
            continue
        apart = (HIGHEST - LOWEST) * abs(strong - target)
        yield Decision(
            kind="separates", said=one.end == "kept", true=apart > settings.theta, event=one.last.id
        )
        if one.end == "kept":
            better = strong > target if one.gap > 0 else target > strong
            yield Decision(kind="better", said=True, true=better, event=one.responses[one.better].id)
    for event in usable(episode.events, SOLVABLE.name):
        asked = read(instruction(_by_id(episode)[event.parent]))
        if asked is not None:
            said = bool(event.answer["solvable"])
            yield Decision(kind="solvable", said=said, true=solvable(asked), event=event.id)


def _by_id(episode: Episode) -> dict[str, Event]:
    return {one.id: one for one in episode.events}


def _skills(episode: Episode, settings: Settings) -> Iterable[Decision]:
    asked = read(_seed(episode.task.fields, settings))
    encoded = usable(episode.events, ENCODE.name)
    if asked is None or not encoded:
        return
    _, skills, _ = _named(episode.events, episode.task.fields, settings)
    tags = list(asked.levels)
    listed = [tags.index(one) if one in tags else None for one in skills]
    for said, true in coverage(listed, len(tags)):
        yield Decision(kind="skill", said=said, true=true, event=encoded[0].id)


def _harder(episode: Episode, found: Iterable[Track]) -> Iterable[Decision]:
    written = usable(episode.events, RUBRICS.name)
    if not written:
        return
    actions: Any = written[0].answer["actions"]
    for track in found:
        for before, after in zip(track.made, track.made[1:], strict=False):
            old, new = read(instruction(before)), read(instruction(after))
            if old is None or new is None:
                continue
            raised = Counter(new.levels)
            raised.subtract(old.levels)
            steps = {skill: n for skill, n in raised.items() if n}
            true = steps == {aimed_at(drawn(actions, before)): 1}
            yield Decision(kind="harder", said=True, true=true, event=after.id)


def _win(episode: Episode, settings: Settings) -> Iterable[Decision]:
    told = _verdict(episode.events)
    made, pair = (
        usable(episode.events, DECODE.name),
        [*episode.by_role(STRONG.name), *episode.by_role(TARGET.name)],
    )
    asked = (
        instruction(made[0])
        if settings.given == "metadata" and made
        else _seed(episode.task.fields, settings)
    )
    if told in ("win", "loss"):
        strong, target = (share_met(asked, one.text) for one in pair)
        if strong is not None and target is not None and strong != target:
            yield Decision(kind="win", said=told == "win", true=target > strong, event=pair[1].id)


def records(episode: Episode) -> Iterable[Record]:
    """Each instruction that is kept with the better answer, whoever gave it, and the two answers as a pair."""
    settings, found = _read(episode)
    kept = [one for one in found if one.end == "kept"] if settings.mode == "build" else []
    if not kept:
        return
    use_case, skills, _ = _named(episode.events, episode.task.fields, settings)
    written = usable(episode.events, RUBRICS.name)[0].answer
    actions: Any = written["actions"]
    for one in kept:
        strong, target = one.scores or (0.0, 0.0)
        history: list[JsonValue] = [
            {
                "round": number,
                "action": drawn(actions, one.made[number - 1]) if number else None,
                "instruction": instruction(made),
            }
            for number, made in enumerate(one.made)
        ]
        meta: dict[str, JsonValue] = {
            "seed_id": episode.task.id,
            "use_case": use_case,
            "skills": [*skills],
            "rubrics": written["rubrics"],
            "actions": actions,
            "history": history,
            "r_strong": one.responses[0].text,
            "r_target": one.responses[1].text,
            "s_strong": strong,
            "s_target": target,
            "kept": True,
            "better": "strong" if strong > target else "target",
        }
        user = Message(role="user", content=instruction(one.last))
        better, worse = one.responses[one.better], one.responses[1 - one.better]
        yield Dialogue(
            episode=episode.id,
            task=episode.task.id,
            purpose="tailored",
            meta=meta,
            messages=(user, Message(role="assistant", content=better.text, train=True)),
            events=(one.last.id, better.id),
        )
        if better.text != worse.text:
            yield Pair(
                episode=episode.id,
                task=episode.task.id,
                purpose="prefer",
                meta={"use_case": use_case, "skills": [*skills], "better": meta["better"]},
                prompt=(user,),
                chosen=better.text,
                rejected=worse.text,
                chosen_event=better.id,
                rejected_event=worse.id,
                chosen_verdict=max(strong, target),
                rejected_verdict=min(strong, target),
            )


SCENARIO = Scenario(
    name="codeclm",
    summary="seeds become use case and skills, these new instructions, hardened until strong model and target part",
    paper=Paper(
        "CodecLM: Aligning Language Models with Tailored Synthetic Data",
        2024,
        "Findings of NAACL 2024, no official repository",
    ),
    world=WORLD,
    parameters=Settings,
    roles=(ENCODE, RUBRICS, DECODE, IMPROVE, STRONG, TARGET, RATE, SOLVABLE, AUDIT),
    graph=_graph,
    cast=_cast,
    needs=lambda settings: ("prompt",) if settings.given == "seed" else ("use_case", "skills"),
    strangers=lambda settings: (("scorer", "strong"),),
    score=score,
    records=records,
    decisions=decisions,
    ratings=partial(side_by_side, RATE),
    overall=Overall(tally, overall),
    outer=Outer(
        learns={"target": ("tailored",)},
        measure="recovery",
        rounds=3,
        verified=False,
        exam={"mode": "evaluate"},
    ),
)
