"""Task: one thing to work on, in two parts that never mix.

`fields` are what people in an episode may read, each role only those that it lists. `truth` is what the
world knows: formal meaning, right answers, planted errors. It reaches scores, and the simulated players whose
role is granted it in place of the reading comprehension that they lack; never a model, a program or a human.
"""

from __future__ import annotations

from pydantic import JsonValue

from maieutic.identity import Frozen


class Task(Frozen):
    """One task.

    Attributes:
        id: unique within its source, stable over processes.
        world: name of the world that can check it.
        fields: what roles may list in `sees`.
        truth: what the world knows about it.
        source: where it came from: `generated`, or the name of the data set.
        licence: licence of the source, an SPDX identifier where there is one.
    """

    id: str
    world: str
    fields: dict[str, JsonValue]
    truth: dict[str, JsonValue] = {}
    source: str = "generated"
    licence: str = "Apache-2.0"
