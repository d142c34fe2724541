"""Roles: what a seat may know and must say, one file per kind of person."""

from maieutic.roles.role import (
    Answer,
    Role,
    Sampling,
    granted,
    private,
    private_fields,
    read_brief,
    read_off,
    view,
)

__all__ = [
    "Answer",
    "Role",
    "Sampling",
    "granted",
    "private",
    "private_fields",
    "read_brief",
    "read_off",
    "view",
]
