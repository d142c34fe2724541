"""A scorer who lets every working pass the filter by the answer: those of a model with random weights state none."""

from maieutic.agents import Program
from maieutic.roles.tailor import AGREE, COUNT
from maieutic.scenarios.probing.drafts import counted


def _all(view):
    return {"answer": "any", "kept": [True] * len(view["answers"])}


LENIENT = Program("lenient", {AGREE.name: _all, COUNT.name: counted})
