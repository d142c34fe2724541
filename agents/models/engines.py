"""Engines: the models of one run, each opened once however many players it has, on the terms of that run.

Knows nothing of episodes. The terms are one JSON-able value, so that any process of a run opens its engines alike; what
a run has paid for and spent stands in its folder, and is found there by whoever goes on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from maieutic import Frozen, InputError, StopRun, doors
from maieutic.agents.models.admission import Fault, Gate, Gated, Limits, Say
from maieutic.agents.models.budget import Budget, Meter, Price
from maieutic.agents.models.cache import Cached, Mode, Store
from maieutic.agents.models.engine import Engine, EngineError
from maieutic.agents.models.player import Model
from maieutic.agents.models.replies import Journal, Kept, Replies
from maieutic.agents.models.served import Received, Served
from maieutic.agents.models.spec import Spec, parse_spec
from maieutic.roles import Sampling


class Terms(Frozen):
    """How a run uses models: what it may spend, what it need not ask again.

    Attributes:
        budget: tokens, money and seconds that may be spent.
        prices: model -> price of a million tokens, for specs without one.
        cache: file of replies kept from run to run; None for no such file.
        cache_mode: how it is used, where a spec does not say.
        cache_bytes: what it may hold; the longest unused replies go first.
    """

    budget: Budget = Budget()
    prices: dict[str, Price] = {}
    cache: str | None = None
    cache_mode: Mode = "read-write"
    cache_bytes: int = Field(4 << 30, ge=1)


def read_prices(file: Path) -> dict[str, Price]:
    """The prices in a YAML or JSON file, such as `gpt-5-mini: {prompt: 0.25, completion: 2}`.

    Raises:
        InputError: it cannot be read, or is no such table.
    """
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(file)) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", file=str(file)) from None
    try:
        return _PRICES.validate_python(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(
            f"{first['msg']}, got {first['input']!r}",
            file=str(file),
            key=".".join(str(part) for part in first["loc"]) or None,
            remedy="write MODEL: {prompt: PRICE, completion: PRICE}, of a million tokens each",
        ) from None


_PRICES = TypeAdapter(dict[str, Price])


class Engines:
    """The engines of a run.

    Args:
        terms: of the run.
        say: told when a model is away, and when it is back.
        meter: the budget, in place of one of its own.
        journal: given every raw response of a server before it is read, beside the run folder.
    """

    def __init__(
        self,
        terms: Terms | None = None,
        *,
        say: Say | None = None,
        meter: Meter | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self.meter = meter or Meter(self.terms.budget)
        self.replies = Replies(also=journal)
        self.gates: dict[str, Gate] = {}
        self._say = say
        self._store = (
            None if self.terms.cache is None else Store(self.terms.cache, most_bytes=self.terms.cache_bytes)
        )
        self._opened: dict[str, Engine] = {}
        self._bare: list[Engine] = []
        self.in_process: list[str] = []  # specs of models that this process would load

    def player(self, text: str, /, **options: Any) -> Model:
        """The player that a spec names; see `parse_spec`."""
        spec = parse_spec(text, **options)
        chosen = spec.options
        return Model(
            self.engine(spec),
            Sampling(
                temperature=chosen.temperature,
                top_p=chosen.top_p,
                top_k=chosen.top_k,
                max_tokens=chosen.max_tokens,
                stop=chosen.stop,
            ),
            override=chosen.override,
            repairs=chosen.repairs,
            template=chosen.template,
            logprobs=chosen.logprobs,
            width=chosen.width,
            label=spec.model.rstrip("/").rpartition("/")[2],
        )

    def engine(self, spec: Spec) -> Engine:
        """The engine of a spec: paced, held against the budget, its replies kept, and before it the cache where one is.

        Raises:
            InputError: it cannot be opened.
        """
        if spec.engine_key not in self._opened:
            self._opened[spec.engine_key] = self._open(spec)
        return self._opened[spec.engine_key]

    def _open(self, spec: Spec) -> Engine:
        chosen = spec.options
        bare = _bare(spec, self.replies.receive)
        name = spec.model if spec.url is None else f"{spec.model} at {spec.url}"
        gate = Gate(
            name,
            Limits(
                start=chosen.start,
                most=chosen.in_flight,
                tries=chosen.tries,
                backoff=chosen.backoff,
                patience=chosen.patience,
            ),
            say=self._say,
            waiting=getattr(bare, "waiting", None),
            meter=self.meter,
            price=self._price(spec),
        )
        self.gates[name] = gate
        self._bare.append(bare)
        if spec.kind == "vllm":
            self.in_process.append(f"vllm:{spec.model}")
        kept = Kept(Gated(bare, gate), self.replies, read=getattr(bare, "read", None))
        if self._store is None:
            return kept
        return Cached(kept, self._store, chosen.cache or self.terms.cache_mode)

    def _price(self, spec: Spec) -> Price:
        if spec.options.prices is not None:
            prompt, completion = spec.options.prices
            return Price(prompt=prompt, completion=completion)
        for name in (spec.model, spec.model.partition(":")[2]):  # LangChain's go by provider and model
            if name in self.terms.prices:
                return self.terms.prices[name]
        if self.meter.budget.money is not None:
            raise InputError(
                f"a budget in money needs the price of model {spec.model!r}",
                key="prices",
                remedy="add it to the table of prices, or ?prices=READ,WRITTEN per million tokens to the model (0,0 for "
                "one of your own)",
            )
        return Price()

    def keep(self, folder: Path) -> None:
        """From now on keep raw replies and what is spent in a run folder; what it has of earlier sessions counts."""
        if self._opened:
            self.replies.open(folder / "replies")
            self.meter.share(folder / "spent")

    async def start(self) -> None:
        """Start what takes long to start, and ask servers whether they have the model.

        Raises:
            InputError: a model cannot be had now; a server that goes away later is waited for.
        """
        starting = [start() for bare in self._bare if (start := getattr(bare, "start", None)) is not None]
        for problem in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(problem, Fault):
                raise InputError(str(problem), remedy="start the server, or mend the address")
            if isinstance(problem, EngineError | StopRun):
                raise InputError(str(problem))
            if problem is not None:
                raise problem

    @asynccontextmanager
    async def at_work(self, folder: Path, *, idle: bool = False) -> AsyncIterator[None]:
        """While inside, the models work for the run of that folder; they are closed at the end, however it comes.

        Args:
            folder: the run folder.
            idle: nothing is left to do, so that nothing need be started.

        Raises:
            InputError: as `start`.
        """
        try:
            self.keep(folder)
            if not idle:
                await self.start()
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Close all engines, the store, and what was kept in the run folder."""
        opened, self._opened, self._bare = list(self._opened.values()), {}, []
        try:
            await asyncio.gather(*(engine.close() for engine in opened))
        finally:
            if self._store is not None:
                self._store.close()
            self.replies.close()
            self.meter.close()


def _bare(spec: Spec, journal: Received) -> Engine:
    chosen = spec.options
    if spec.kind == "served":
        assert spec.url is not None
        return Served(
            spec.url,
            spec.model,
            key=os.environ.get(chosen.key_env) if chosen.key_env else None,
            guided=chosen.guided is not False,
            server=chosen.server,
            extra=chosen.extra,
            identity=chosen.identity,
            timeout=chosen.timeout,
            journal=journal,
            echo=chosen.echo,
            priorities=chosen.priorities,
        )
    back_end = doors.find("model", spec.url if spec.url is not None else spec.kind).value
    guided = chosen.guided is not False if spec.kind == "vllm" else chosen.guided
    opened: Engine = back_end(spec.model, spec.own, guided=guided, identity=chosen.identity)
    return opened


@cache
def _common() -> Engines:
    """The engines of all players that were made without naming any: shared, as a model's memory must be."""
    return Engines()


def player(text: str, /, **options: Any) -> Model:
    """A language model as a player, on its own terms; a run's players are made by its `Engines`.

    Args:
        text: the spec, such as `http://localhost:8000/v1#qwen?temperature=0.7`.
        options: the same options by name.

    Raises:
        InputError: the spec is wrong, or something that it needs is missing.
    """
    return _common().player(text, **options)
