"""Player: a language model that sits at the table. A turn becomes messages, a reply becomes an answer.

Knows nothing of transports: any `Engine` will do. A reply that cannot be used is sent back with the reason a few
times, and is then a bad answer with the model's own words; nothing is ever guessed in its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, JsonValue

from maieutic import ScenarioError, Usage, digest, seed_of
from maieutic.agents.agent import BadAnswer, Move, Turn
from maieutic.agents.models.answers import Unusable, read_answer, split_reasoning
from maieutic.agents.models.bounded import WORST, bounded, leaves_room
from maieutic.agents.models.chances import bare_field, closed, filled_in, rivals_needed
from maieutic.agents.models.engine import Engine, Request
from maieutic.agents.models.messages import correction, form_of, messages, system
from maieutic.roles import Role, Sampling

T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """Plays every role of its seat with a language model.

    Args:
        engine: the model.
        sampling: used where a role, which follows the paper, leaves a setting open.
        override: whether `sampling` goes before the role's instead.
        repairs: times that an unusable reply is sent back with the reason.
        template: arguments for the chat template, such as switching reasoning on or off.
        logprobs: rivals of each token that are asked for; answer fields that are read off
            them ask for what they need.
        width: tokens that a character can take; then the schema that guides decoding is made so small that
            every answer fits into `max_tokens`, for models that would otherwise never end. None: as it is, and made
            so small only after a reply was cut at its limit, by the width that this reply had, and only where that
            leaves strings room to say something.
        label: name for traces.
        briefs: digest of what the roles of its seat tell it.
    """

    engine: Engine
    sampling: Sampling = field(default_factory=Sampling)
    override: bool = False
    repairs: int = 2
    template: Mapping[str, JsonValue] = field(default_factory=dict)
    logprobs: int = 0
    width: float | None = None
    label: str = "model"
    briefs: str = ""
    simulated: bool = False
    pauses: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """Short name for traces."""
        return self.label

    @cached_property
    def fingerprint(self) -> str:
        """The engine's, with sampling, repairs, template, and what the roles of its seat tell it."""
        mine = [
            self.sampling.model_dump(mode="json"),
            self.override,
            self.repairs,
            dict(self.template),
            self.logprobs,
            self.width,
            self.briefs,
        ]
        return f"{self.engine.fingerprint}:{digest(mine)}"

    def seated(self, roles: Sequence[Role]) -> Model:
        """This player at the seat of those roles: when a brief, an answer's form or a role's sampling changes, so does
        its fingerprint.

        Raises:
            ScenarioError: a role has no brief.
        """
        told = []
        for role in roles:
            try:
                said = system(role)
            except FileNotFoundError as error:
                raise ScenarioError(
                    f"role {role.name!r} has no brief ({error.filename}), and a model must be told what to do"
                ) from None
            told.append([role.name, said, form_of(role.answer), role.sampling.model_dump(mode="json")])
        return replace(self, briefs=digest(told))

    async def act(self, turn: Turn) -> Move:
        """Take one turn.

        `Move.raw` holds the model's words, its reasoning before them in `<think>` marks; no other role sees either.

        Raises:
            BadAnswer: it refused, or no reply could be used.
            EngineError: no reply could be had.
        """
        told = messages(turn.role, turn.view)
        usage, fit, bare = Usage(), (self.width, 0), bare_field(turn.role.answer)
        for attempt in range(self.repairs + 1):
            reply = await self.engine.complete(self._request(turn, told, attempt, fit))
            usage = usage + reply.usage if attempt else reply.usage
            choice = reply.choices[0]
            reasoning, text = split_reasoning(choice.text)
            thought = "\n".join(filter(None, (choice.reasoning, reasoning)))
            raw = f"<think>\n{thought}\n</think>\n{text}" if thought else text
            if choice.finish == "refused":
                raise BadAnswer("the model refused to answer", raw=raw, usage=usage)
            try:
                answer = read_answer(
                    text,
                    turn.role.answer,
                    cut=choice.finish == "length",
                    given=filled_in(turn.role.answer, choice.tokens, text),
                    bare=None if bare is None else (bare, closed(turn.role.answer, bare)),
                )
            except Unusable as error:
                reason = str(error)
            else:
                return Move(answer, usage=usage, raw=raw)
            if choice.finish == "length":
                fit = (
                    _wider(fit[0], reply.usage.completion_tokens, len(text)),
                    reply.usage.completion_tokens,
                )
            told = (*told, *correction(text, reason, "the JSON object" if bare is None else "the value"))
        raise BadAnswer(reason, raw=raw, usage=usage)

    def _request(
        self,
        turn: Turn,
        told: tuple[dict[str, JsonValue], ...],
        attempt: int,
        fit: tuple[float | None, int] | None = None,
    ) -> Request:
        width, cut_at = fit or (self.width, 0)
        logprobs = max(self.logprobs, rivals_needed(turn.role.answer))
        first, then = turn.role.sampling, self.sampling
        if self.override:
            first, then = then, first
        max_tokens = _first(first.max_tokens, then.max_tokens)
        return Request(
            messages=told,
            seed=seed_of(turn.seed, "repair", attempt) if attempt else turn.seed,
            schema_=_schema(turn.role.answer, width, max_tokens or cut_at, self.width is None)
            if self.engine.guided
            else None,
            temperature=_first(first.temperature, then.temperature),
            top_p=_first(first.top_p, then.top_p),
            top_k=_first(first.top_k, then.top_k),
            max_tokens=max_tokens,
            stop=first.stop or then.stop,
            logprobs=logprobs,
            priority=-_depth(turn.view),
            template=dict(self.template),
        )


def _first(first: T | None, then: T | None) -> T | None:
    return then if first is None else first


@cache
def _schema(answer: type[BaseModel], width: float | None, max_tokens: int, after_cut: bool) -> dict[str, Any]:
    schema = form_of(answer)
    if not width or not max_tokens or (after_cut and not leaves_room(schema, max_tokens, width)):
        return schema
    return bounded(schema, max_tokens, width)


def _wider(width: float | None, tokens: int, characters: int) -> float:
    """The tokens a character to reckon with, a power of two, after so many tokens were not enough; then the worst."""
    if width is not None or not characters or not tokens:
        return WORST
    return min(WORST, 2.0 ** math.ceil(math.log2(1.25 * tokens / characters)))


def _depth(view: Mapping[str, JsonValue]) -> int:
    """How far the episode has come, by what has been said: the deepest are served first, and so leave first."""
    return max((len(value) for value in view.values() if isinstance(value, list)), default=0)
