"""Actor: somebody who answers a request that comes with constraints.

Knows nothing of what is made of the answer, and never sees an answer that was published for the same request.
Sampling follows SPaR (ICLR 2025).
"""

from __future__ import annotations

from pydantic import Field

from maieutic.roles.role import Answer, Role, Sampling


class Response(Answer):
    """An answer to a request."""

    text: str = Field(
        description="Your whole response, nothing before or after it", min_length=1, max_length=20_000
    )


RESPOND = Role(
    "actor.respond",
    sees=("prompt",),
    answer=Response,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.9, top_p=0.9, max_tokens=2048),
)
REVISE = Role(  # the same person, who is told what failed (DeCRIM, 2024; no sampling published)
    "actor.revise",
    sees=("prompt", "response", "failed"),
    answer=Response,
    knows=("items", "registry", "topic"),
    sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048),
)
