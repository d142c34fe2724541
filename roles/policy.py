"""Policy: the model that is to be improved, and the reference that its outputs are held against.

Knows nothing of who compares them. Sampling follows AlpacaFarm (2023).
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling


class Output(Answer):
    """An answer to an instruction."""

    text: str = Field(
        description="Your whole answer, nothing before or after it", min_length=1, max_length=8000
    )


_SEES = ("prompt", "input")
_KNOWS = ("items", "registry", "topic")
_SAMPLING = Sampling(temperature=1.0, max_tokens=300)

SAMPLE = Role(
    "policy.sample", sees=_SEES, optional=("input",), answer=Output, knows=_KNOWS, sampling=_SAMPLING
)
REFERENCE = Role(
    "reference.output", sees=_SEES, optional=("input",), answer=Output, knows=_KNOWS, sampling=_SAMPLING
)
AMONG = Role(  # likewise, where an episode has several instructions: no truth of a task is about all of them
    "policy.among", sees=_SEES, optional=("input",), answer=Output, brief="policy.sample", sampling=_SAMPLING
)
