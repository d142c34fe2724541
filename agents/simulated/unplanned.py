"""Unplanned questions of a simulated instructor: which bug the next one is about, read off the talk so far.

Knows no target and no level, and no wording of questions. What the student has already seen is what it has explained in
the talk; that is understood exactly, and then erred upon at stated rates.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from maieutic.agents.simulated.bug_talk import about, denies, evades, explained
from maieutic.worlds.programs.bugs import Bug


@dataclass(frozen=True)
class Aim:
    """What comes next.

    Attributes:
        place: of the bug, among the task's.
        way: of asking: `vanilla`, `question`, `sibling` or `child`.
        decided: error, strategy and intention, where somebody decides.
    """

    place: int
    way: str
    decided: dict[str, JsonValue]


def at_random(view: Mapping[str, JsonValue], bugs: Sequence[Bug], back: float, chance: random.Random) -> Aim:
    """Any bug that the student has not explained yet; with probability `back` one that it has, where there is one."""
    seen = _seen(view, bugs)
    left = [place for place in range(len(bugs)) if place not in seen]
    again = bool(seen) and (not left or chance.random() < back)
    return Aim(chance.choice(sorted(seen) if again else left), "vanilla", {})


def decided(view: Mapping[str, JsonValue], bugs: Sequence[Bug], misread: float, chance: random.Random) -> Aim:
    """What is right is left behind for a bug that the student has not explained yet, what is wrong is asked about again.

    With probability `misread` a right answer is taken for a wrong one, or a wrong one for a right one.
    """
    talk = said(view)
    last = about(talk[-2][1], bugs) if len(talk) > 1 else []
    wrong = _wrong(talk[-1][1], last, bugs) if last else "none"
    if last and chance.random() < misread:
        wrong = chance.choice(("imprecise", "careless", "guess")) if wrong == "none" else "none"
    way, strategy, intention = _CARRIED_OUT[wrong]
    told: dict[str, JsonValue] = {"error": wrong, "strategy": strategy, "intention": intention}
    if wrong != "none":
        return Aim(last[0], way, told)
    seen = _seen(view, bugs)
    left = [place for place in range(len(bugs)) if place not in seen] or list(range(len(bugs)))
    return Aim(chance.choice([place for place in left if place not in last] or left), way, told)


def said(view: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """The talk so far, as (speaker, text)."""
    history = view.get("history")
    lines = history if isinstance(history, list) else []
    return [(str(line["speaker"]), str(line["text"])) for line in lines if isinstance(line, dict)]


def _seen(view: Mapping[str, JsonValue], bugs: Sequence[Bug]) -> set[int]:
    return {place for who, text in said(view) if who == "student" for place in explained(text, bugs)}


def _wrong(answer: str, asked: Sequence[int], bugs: Sequence[Bug]) -> str:
    if evades(answer):
        return "not_sure"
    if denies(answer, bugs):
        return "misinterpretation"
    return "none" if set(asked) <= set(explained(answer, bugs)) else "right_idea"


_CARRIED_OUT = {
    "none": ("question", "ask_question", "diagnose"),
    "right_idea": ("child", "ask_question", "get_to_elaborate"),
    "not_sure": ("sibling", "simplify_question", "support_thinking"),
    "misinterpretation": ("sibling", "provide_hint", "hint_at_mistake"),
    "imprecise": ("child", "ask_question", "get_to_elaborate"),
    "careless": ("sibling", "ask_question", "clarify"),
    "guess": ("sibling", "provide_hint", "support_thinking"),
}
