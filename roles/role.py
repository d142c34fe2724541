"""Role: what a seat may know and must say.

Knows nothing of who sits there. `view` is the one guard against leaks: whatever a pattern or a task offers, a
player is shown the fields that its role lists, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Answer(BaseModel):
    """Base of all answer types: exact fields, none left over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def private(
    default: Any = ..., *, chance_of: str | None = None, chances_of: str | None = None, **options: Any
) -> Any:
    """A field of an answer that is kept in the log but never shown to another role.

    Args:
        default: as of any field.
        chance_of: another field; nobody is asked for this one, which is then the probability with which a language
            model wrote the other's value, where its engine tells.
        chances_of: another field, of a closed set of short values (a Literal, a boolean, a whole number between two
            bounds); likewise, the probability of each value, in their order, or by value where this field is a dict.
        options: as of any field.

    >>> class Verdict(Answer):
    ...     text: str
    ...     score: float = private(0.0)
    >>> private_fields(Verdict)
    frozenset({'score'})
    """
    marks: dict[str, Any] = {"chance_of": chance_of, "chances_of": chances_of}
    given = {name: of for name, of in marks.items() if of is not None}
    return Field(default, json_schema_extra={"private": True, **given}, **options)


@cache
def private_fields(answer: type[BaseModel]) -> frozenset[str]:
    """Names of the private fields of an answer type."""
    return frozenset(
        name
        for name, field in answer.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("private")
    )


@cache
def read_off(answer: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """Fields of an answer type that nobody is asked for -> how they are read off a model's token probabilities
    (`chance_of` or `chances_of`), and of which field.

    >>> class Verdict(Answer):
    ...     better: bool
    ...     sure: float | None = private(None, chance_of="better")
    >>> read_off(Verdict)
    {'sure': ('chance_of', 'better')}
    """
    return {
        name: (mark, str(field.json_schema_extra[mark]))
        for name, field in answer.model_fields.items()
        if isinstance(field.json_schema_extra, dict)
        for mark in ("chance_of", "chances_of")
        if mark in field.json_schema_extra
    }


class Sampling(BaseModel):
    """How a model that plays a role samples, by the paper where it tells; other players pay no heed to it.

    `None` leaves a setting to the model. `max_tokens` counts what is written. `unverified` names the settings that were
    not found in the paper or its code; `maieutic show` says so, and nothing else depends on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=1)
    max_tokens: int | None = Field(None, ge=1)
    stop: tuple[str, ...] = ()
    unverified: tuple[str, ...] = Field((), exclude=True)


OURS = ("temperature", "top_p", "top_k", "max_tokens")  # what is unverified where no sampling is published


@dataclass(frozen=True)
class Role:
    """What is asked of a seat.

    Attributes:
        name: such as `verifier.turn`; what stands before the first dot is the seat.
        sees: the fields that it may be shown, whether they come from the task or from the pattern.
        answer: the type of its answer.
        optional: those of `sees` that not every task has.
        knows: what a *simulated* player of this role is granted of the task's truth, as the stand-in for the
            understanding that a person would bring to what the role sees. Nobody else gets any of it.
        brief: what a language model is told: a text of several words (or of one, with a line break), the path of a file that
            holds it, or the name of a Markdown file in `roles/briefs`; by default there, under the role's name.
        sampling: how a model samples here, by the paper where it tells.
    """

    name: str
    sees: tuple[str, ...]
    answer: type[Answer]
    knows: tuple[str, ...] = ()
    brief: str | Path = ""
    sampling: Sampling = field(default_factory=Sampling)
    optional: tuple[str, ...] = ()

    @property
    def seat(self) -> str:
        """Who is asked: one player plays all roles of a seat."""
        return self.name.partition(".")[0]

    @property
    def instructions(self) -> str:
        """The text of the brief.

        Raises:
            FileNotFoundError: there is no such file.
        """
        if isinstance(self.brief, Path):
            return self.brief.read_text(encoding="utf-8").strip()
        words = self.brief.split()
        if len(words) > 1 or (words and "\n" in self.brief):
            return self.brief.strip()
        return read_brief(self.brief or self.name)


@cache
def read_brief(name: str) -> str:
    """The brief `name`, as Markdown.

    Raises:
        FileNotFoundError: there is no such brief.
    """
    return files("maieutic.roles.briefs").joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def view(role: Role, *offers: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a player of `role` is shown of `offers`; later offers win.

    >>> view(Role("student", ("question",), Answer), {"question": "1+1?", "solution": "2"})
    {'question': '1+1?'}
    """
    shown: dict[str, JsonValue] = {}
    for offer in offers:
        shown.update((name, offer[name]) for name in role.sees if name in offer)
    return shown


def granted(role: Role, truth: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a simulated player of `role` is granted of `truth`."""
    return {name: truth[name] for name in role.knows if name in truth}
