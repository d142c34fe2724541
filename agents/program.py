"""Program agent: a role played by a function that computes its answer from the view alone.

Knows no truth: what it needs, its role must see. A verifier that runs tests and a critic that checks a rule
are programs.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import JsonValue

from maieutic.agents.agent import BadAnswer, Move, Turn

Function = Callable[[Mapping[str, JsonValue]], Any | Awaitable[Any]]


@dataclass(frozen=True)
class Program:
    """Plays each role of its seat by the function under the role's name.

    Args:
        name: of the player; part of the fingerprint, so rename it when the functions change.
        functions: role name -> function of the view, plain or async.
    """

    name: str
    functions: Mapping[str, Function]
    simulated: bool = False
    pauses: ClassVar[bool] = False

    @property
    def fingerprint(self) -> str:
        """Kind and name."""
        return f"program:{self.name}"

    async def act(self, turn: Turn) -> Move:
        """Compute the answer.

        Raises:
            BadAnswer: the program has no function for this role.
        """
        function = self.functions.get(turn.role.name)
        if function is None:
            raise BadAnswer(f"program {self.name!r} does not play {turn.role.name}")
        answer = function(turn.view)
        return Move(await answer if inspect.isawaitable(answer) else answer)
