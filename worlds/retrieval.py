"""Retrieval: which of some passages are nearest to a query, by their words and without a model.

Knows nothing of what passages are about. Okapi BM25 (Robertson and Zaragoza 2009, The probabilistic relevance framework:
BM25 and beyond) with the published k1 = 1.2 and b = 0.75, and the inverse document frequency that stays above 0.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75
_WORD = re.compile(r"[^\W\d_]+")  # numbers say nothing of what a passage is about


def words(text: str) -> list[str]:
    """The words of a text in lower case, numbers left out.

    >>> words("Bo's 12 pens: 3 of them?")
    ['bo', 's', 'pens', 'of', 'them']
    """
    return _WORD.findall(text.lower())


def scores(query: str, passages: Sequence[str]) -> list[float]:
    """The BM25 score of each passage for a query, 0 where they share no word.

    >>> [round(one, 3) for one in scores("red pens", ["red red hat", "a pen", "blue pens"])]
    [1.248, 0.0, 1.042]
    """
    counted = [Counter(words(one)) for one in passages]
    lengths = [one.total() for one in counted]
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    found = [0.0] * len(passages)
    for word in dict.fromkeys(words(query)):
        holding = sum(word in one for one in counted)
        rarity = math.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
        for place, one in enumerate(counted):
            if times := one[word]:
                found[place] += rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[place] / mean))
    return found


def nearest(query: str, passages: Sequence[str], most: int) -> list[int]:
    """The numbers of the best passages, the best first, equal ones in their order; those that share no word are none.

    >>> nearest("red pens", ["red red hat", "a pen", "blue pens"], 3)
    [0, 2]
    """
    found = scores(query, passages)
    ranked = sorted((place for place, score in enumerate(found) if score > 0), key=lambda one: -found[one])
    return ranked[:most]
