"""Distance: how many words must be put in, left out or changed to make one text of another.

Knows no constraint. Words are what stands between white space; case and punctuation count.
"""

from __future__ import annotations


def word_distance(left: str, right: str) -> int:
    """The Levenshtein distance of two texts in words.

    The columns of the table are kept as bits of two integers (Myers 1999, A Fast Bit-Vector Algorithm for
    Approximate String Matching, in Hyyrö's form), so that a step costs a few operations whatever the length.

    >>> word_distance("the old oak tree", "the tree"), word_distance("a b c", "a x c"), word_distance("", "a b")
    (2, 1, 2)
    """
    rows, columns = left.split(), right.split()
    if not rows or not columns:
        return len(rows) + len(columns)
    places: dict[str, int] = {}
    for place, word in enumerate(rows):
        places[word] = places.get(word, 0) | 1 << place
    whole, last = (1 << len(rows)) - 1, 1 << (len(rows) - 1)
    up, down, distance = whole, 0, len(rows)
    for word in columns:
        same = places.get(word, 0)
        straight = (((same & up) + up) ^ up) | same | down
        more, fewer = down | ~(straight | up) & whole, up & straight
        distance += bool(more & last) - bool(fewer & last)
        more, fewer = (more << 1 | 1) & whole, fewer << 1 & whole
        up, down = fewer | ~(straight | more) & whole, more & straight
    return distance


def difference(left: str, right: str) -> float:
    """`word_distance` as a share of the longer text's words: 0 for equal texts, 1 where nothing is kept.

    >>> difference("a b c d", "a b c e"), difference("", "")
    (0.25, 0.0)
    """
    longer = max(len(left.split()), len(right.split()))
    return word_distance(left, right) / longer if longer else 0.0
