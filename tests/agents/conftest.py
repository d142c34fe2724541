"""What tests of agents share: the scripted server, an event loop whose time is simulated, and a role."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from maieutic.roles import Answer, Role, private

sys.path.insert(0, str(Path(__file__).parent))


class SimulatedTime(asyncio.SelectorEventLoop):
    """A loop that jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        select = self._selector.select

        def jump(timeout: float | None = None) -> Any:
            ready = select(0)
            if not ready and timeout:
                self.now += timeout
            return ready

        self._selector.select = jump

    def time(self) -> float:
        return self.now


@pytest.fixture
def simulated_time() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on simulated time."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=SimulatedTime) as runner:
            return runner.run(work)

    return run


class Verdict(Answer):
    """An answer with everything that makes a schema awkward."""

    text: str = Field(description="What is said aloud.", max_length=200)
    sound: bool = Field(description="Whether the work is right.")
    score: int = private(0, ge=0, le=10, description="From 0 to 10.")


@pytest.fixture
def role(monkeypatch: pytest.MonkeyPatch) -> Role:
    monkeypatch.setattr("maieutic.roles.role.read_brief", lambda name: f"You are the {name}.")
    return Role("judge.turn", ("question", "history", "candidate"), Verdict)
