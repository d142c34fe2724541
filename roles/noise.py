"""Noise: whether a training label is left to a coin, and on which side it fell; drawn before anybody is asked.

Knows no output and no annotator. With label noise r an example is masked with probability 2r and then gets a fair
coin, so that a share r of labels is flipped and the masked ones cost no call (AlpacaFarm, 2023). A program sits
here; the coin depends on the instruction and a seed alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from maieutic import rng
from maieutic.roles.role import Answer, Role


class Noise(Answer):
    """A mask, and the label under it."""

    noisy: bool = Field(description="Whether the label is left to a coin")
    label: Literal[1, 2] | None = Field(None, description="The coin's side where noisy, else null")

    @model_validator(mode="after")
    def _whole(self) -> Noise:
        if self.noisy is not (self.label is not None):
            raise ValueError("a label is given exactly where the example is noisy")
        return self


DRAW = Role(
    "noise.draw", sees=("prompt", "input", "label_noise", "noise_seed"), optional=("input",), answer=Noise
)


def draw(view: Mapping[str, JsonValue]) -> Noise:
    """Draw mask and coin for an instruction.

    >>> noises = [draw({"prompt": str(n), "label_noise": 0.25, "noise_seed": 0}) for n in range(400)]
    >>> 160 < sum(one.noisy for one in noises) < 240
    True
    """
    chance = rng("noise", view["noise_seed"], view["prompt"], view.get("input"))
    rate = view["label_noise"]
    if not isinstance(rate, int | float) or chance.random() >= 2 * rate:
        return Noise(noisy=False)
    return Noise(noisy=True, label=1 if chance.random() < 0.5 else 2)
