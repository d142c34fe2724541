"""vLLM in process: the engine over an AsyncLLM that this process holds once for a model and its options.

Knows nothing of roles or answers. Nothing is loaded before the first call; a wrong option is an error before it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from maieutic import InputError, Usage, digest
from maieutic.agents.models.admission import Fault
from maieutic.agents.models.engine import Choice, Finish, Reply, Request, TokenChance
from maieutic.agents.models.rewards import numbered, rewarded
from maieutic.agents.models.served import clean
from maieutic.agents.models.vllm_host import DEFAULTS, host

SAMPLE = 1 << 16  # bytes read at each of three places of a large file for its fingerprint
ENDS: dict[str, Finish] = {"stop": "stop", "length": "length"}


class Vllm:
    """A model run by vLLM in this process's own engine: one that writes, or a reward model, whose number is its answer.

    Args:
        model: path or id.
        options: vLLM's engine arguments, such as `max_model_len` or `tensor_parallel_size`.
        guided: whether the schema is enforced while decoding.
        identity: stands in the fingerprint in place of the path or id and its files.
    """

    def __init__(
        self,
        model: str,
        options: Mapping[str, JsonValue] | None = None,
        *,
        guided: bool = True,
        identity: str | None = None,
    ) -> None:
        self.model, self.guided = model, guided
        self.host = host(model, options or {})
        self._identity, self._known, self._open = identity, "", False
        self._rewards: bool | None = None  # whether it gives numbers, once that is known

    @property
    def fingerprint(self) -> str:
        """Name and files (or identity), engine arguments, vLLM's version, and whether it is guided."""
        if not self._known:
            arguments = digest({**DEFAULTS, **self.host.options})
            own = self._identity or identity_of(self.model)
            self._known = f"vllm-{vllm_version()}:{own}:{arguments}{'' if self.guided else ':free'}"
        return self._known

    async def complete(self, request: Request) -> Reply:
        """Make one attempt.

        Raises:
            Fault: trying again can help; a dead engine is started anew by the next call.
            EngineError: it cannot.
        """
        self._enter()
        if self._rewards is None:
            self._rewards = await self.host.rewards()
        if self._rewards:
            numbered(request.schema_)
            told = await self.host.reward(
                request.messages, priority=request.priority, template=request.template
            )
            return rewarded(request, *told, self.model)
        sampling = {
            "seed": request.seed,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "top_k": request.top_k,
            "max_tokens": request.max_tokens,
            "stop": list(request.stop) or None,
            "n": request.n,
            "logprobs": request.logprobs or None,
            "schema": request.schema_ if self.guided else None,
        }
        output = await self.host.ask(
            request.messages, sampling, priority=request.priority, template=request.template
        )
        reader = self.host.reader(request.template)
        return read_output(output, self.model, reader)

    async def waiting(self) -> float:
        """How many requests wait in vLLM's own queue."""
        return float(self.host.metrics.waiting)

    async def start(self) -> None:
        """Load the model now.

        Raises:
            EngineError: it cannot be loaded.
        """
        self._enter()
        await self.host.start()

    def _enter(self) -> None:
        if not self._open:
            self._open = True
            self.host.enter()

    async def close(self) -> None:
        """Stop the engine, unless others use it; a later call starts it again."""
        if self._open:
            self._open = False
            await asyncio.to_thread(self.host.leave)


def open_vllm(
    model: str,
    options: Mapping[str, JsonValue],
    *,
    guided: bool | None = None,
    identity: str | None = None,
) -> Vllm:
    """The engine for `vllm:MODEL`; nothing is loaded before the first call.

    Args:
        model: path or id.
        options: vLLM's engine arguments by name.
        guided: as for `Vllm`; None is yes.
        identity: as for `Vllm`.

    Raises:
        InputError: vLLM is missing or has no such argument, or a path has no model in it.
    """
    check_options(model, options)
    return Vllm(model, options, guided=guided is not False, identity=identity)


def check_options(model: str, options: Mapping[str, JsonValue]) -> None:
    """Check a model and engine arguments before anything is loaded; see `open_vllm` for what is raised."""
    if model.startswith(("/", "./", "../", "~")) and not (Path(model).expanduser() / "config.json").is_file():
        raise InputError(f"{model} has no config.json: not the folder of a model", key="model")
    try:
        from vllm.engine.arg_utils import AsyncEngineArgs
    except ImportError as error:
        raise InputError(
            f"a model in process needs vLLM, which cannot be imported ({error})",
            remedy="pip install 'maieutic[vllm]'",
        ) from None
    known = [field.name for field in dataclasses.fields(AsyncEngineArgs) if field.name != "model"]
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "see `vllm serve --help`"
            raise InputError(f"vLLM has no engine argument of this name; {hint}", key=name)


def read_output(output: Any, model: str, reader: tuple[Any, Any] | None) -> Reply:
    """The reply in a finished `RequestOutput`.

    Args:
        output: vLLM's.
        model: its name.
        reader: parser of reasoning, as `Host.reader` gives it.

    Raises:
        Fault: a choice was broken off by the engine.
    """
    choices, written = [], 0
    for one in sorted(output.outputs, key=lambda one: int(one.index)):
        if one.finish_reason in (None, "abort", "error"):
            raise Fault(f"vLLM broke a request off ({one.finish_reason})")
        written += len(one.token_ids)
        thought, text = (
            (None, one.text) if reader is None else reader[0].extract_reasoning(one.text, reader[1])
        )
        choices.append(
            Choice(
                text=clean(text or ""),
                finish=ENDS.get(one.finish_reason, "other"),
                reasoning=clean(thought) if thought else None,
                tokens=chances(one.token_ids, one.logprobs),
            )
        )
    usage = Usage(prompt_tokens=len(output.prompt_token_ids or ()), completion_tokens=written, calls=1)
    return Reply(choices=tuple(choices), usage=usage, model=model)


def chances(tokens: Sequence[int], logprobs: Sequence[Mapping[int, Any]] | None) -> tuple[TokenChance, ...]:
    """The tokens of a choice with their log-probabilities, and those of their rivals (the token itself among them)."""
    return tuple(
        TokenChance(
            token=clean(place[token].decoded_token or ""),
            logprob=_finite(place[token].logprob),
            top=_rivals(place),
        )
        for token, place in zip(tokens, logprobs or (), strict=False)
    )


def _rivals(place: Mapping[int, Any]) -> dict[str, float]:
    """Text -> log-probability; where tokens spell the same (pieces of a character spell nothing), the likeliest."""
    found: dict[str, float] = {}
    for one in sorted(place.values(), key=lambda one: float(one.logprob)):
        found[clean(one.decoded_token or "")] = _finite(one.logprob)
    return found


def _finite(logprob: float) -> float:
    return max(-9999.0, float(logprob)) if not math.isnan(logprob) else -9999.0


def vllm_version() -> str:
    """The version of the installed vLLM, whatever its distribution is called."""
    names = packages_distributions().get("vllm", [])
    return version(names[0]) if names else "none"


@cache
def identity_of(model: str) -> str:
    """The name of a model with a digest of its files, where it is a folder: small ones whole, of weights their size
    and three samples."""
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return model
    mark = blake2b(digest_size=8)
    for file in sorted(folder.iterdir()):
        if not file.is_file():
            continue
        size = file.stat().st_size
        mark.update(f"{file.name}:{size}:".encode())
        with file.open("rb") as stream:
            if size <= 32 << 20 and file.suffix in (".json", ".jinja", ".txt", ".model"):
                mark.update(stream.read())
            else:
                for place in (0, size // 2, max(0, size - SAMPLE)):
                    stream.seek(place)
                    mark.update(stream.read(SAMPLE))
    return f"{os.path.basename(os.path.normpath(folder))}-{mark.hexdigest()}"
