"""The two registries: all 25 types as published, and as repaired, and the check of one constraint.

Knows nothing of prompts. `PUBLISHED` follows the reference checkers of IFEval (Zhou et al. 2023, Instruction-
Following Evaluation for Large Language Models) to the letter, errors included, so that verdicts can be compared;
what it would leave to chance (a letter that is no letter, a paragraph beyond the last) it does not judge, and its
language detector is seeded. `REPAIRED` says in `Instruction.repair` how each of its checks differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, JsonValue, ValidationError

from maieutic import Frozen, InputError
from maieutic.worlds.text_constraints import formats, keywords, lengths, shapes
from maieutic.worlds.text_constraints.instruction import Check, Instruction, Item, Params

Registry = Mapping[str, Instruction[Any]]

PUBLISHED: Registry = MappingProxyType(
    {one.id: one for one in (*keywords.PUBLISHED, *lengths.PUBLISHED, *formats.PUBLISHED, *shapes.PUBLISHED)}
)
REPAIRED: Registry = MappingProxyType(
    {one.id: one for one in (*keywords.REPAIRED, *lengths.REPAIRED, *formats.REPAIRED, *shapes.REPAIRED)}
)
REGISTRIES: Mapping[str, Registry] = MappingProxyType({"published": PUBLISHED, "repaired": REPAIRED})


class Truth(Frozen):
    """What a task of this world holds as its truth.

    Attributes:
        items: the constraints, in the order in which the prompt names them.
        registry: which checks decide.
        topic: what the text is about; empty where a record does not say.
        notes: what is odd about the record.
        reference: the published verdicts on the task's response, slot by slot, where the record brings them.
    """

    items: tuple[Item, ...]
    registry: Literal["published", "repaired"] = "repaired"
    topic: str = ""
    notes: tuple[str, ...] = ()
    reference: dict[Literal["strict", "loose"], tuple[bool, ...]] = Field(default_factory=dict)

    @classmethod
    def of(cls, truth: Mapping[str, JsonValue]) -> Truth:
        """The truth of a task of any kind: one that names no constraints, such as people's votes, has none.

        >>> Truth.of({"votes": [1, 2, 2]}).items
        ()
        """
        known = {name: value for name, value in truth.items() if name in cls.model_fields}
        return cls.model_validate(truth if "items" in truth else {**known, "items": ()})


def parameters(item: Item, registry: Registry) -> Params:
    """The parameters of `item`, typed.

    Raises:
        InputError: they are missing or of the wrong kind.

    >>> parameters(Item(id="length_constraints:number_words", params={"num_words": 9, "relation": "at least"}),
    ...     REPAIRED)
    Words(num_words=9, relation='at least')
    """
    try:
        found: Params = registry[item.id].params.model_validate(item.params)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{item.id}: parameter {name}: {first['msg'].lower()}",
            key="params",
            remedy=f"give {', '.join(registry[item.id].params.model_fields) or 'no parameter'}",
        ) from None
    return found


def check(text: str, item: Item, registry: Registry = REPAIRED) -> Check:
    """What `registry` says of `text` and one constraint; an unknown type is said to be unknown, never passed.

    Raises:
        InputError: the parameters do not fit the type.

    >>> check("No commas here.", Item(id="punctuation:no_comma")).ok
    True
    >>> check("No.", Item(id="punctuation:no_dash"))
    Check(ok=None, observed=None, reason="unknown instruction type 'punctuation:no_dash'", distance=None)
    """
    instruction = registry.get(item.id)
    if instruction is None:
        return Check(ok=None, reason=f"unknown instruction type {item.id!r}")
    return instruction.check(text, parameters(item, registry))
