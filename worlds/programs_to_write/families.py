"""Families: small functions by hand, each method with the ways in which it is taken wrongly.

Knows nothing of who goes which way. The functions are data: what they return is known by calling them, and their text is
what a program looks like. Their keyword-only parameters are the numbers of a problem.
"""

from __future__ import annotations

from functools import cache

from maieutic.worlds.programs_to_write.family import Family, Instance


def _above(numbers, *, n):
    """Go through the numbers and count one for each that is greater than the limit."""
    count = 0
    for number in numbers:
        if number > n:
            count += 1
    return count


def _from(numbers, *, n):
    """Go through the numbers and count one for each that is the limit or greater."""
    count = 0
    for number in numbers:
        if number >= n:
            count += 1
    return count


def _added(numbers, *, n):
    """Go through the numbers and add up those that are greater than the limit."""
    count = 0
    for number in numbers:
        if number > n:
            count += number
    return count


def _below(numbers, *, n):
    """Go through the numbers and count one for each that the limit is greater than."""
    count = 0
    for number in numbers:
        if number < n:
            count += 1
    return count


def _multiples(limit, *, n):
    """Go from one up to the limit, the limit too, and add up what can be divided without a rest."""
    total = 0
    for number in range(1, limit + 1):
        if number % n == 0:
            total += number
    return total


def _multiples_short(limit, *, n):
    """Go from one up to the limit, stop before it, and add up what can be divided without a rest."""
    total = 0
    for number in range(1, limit):
        if number % n == 0:
            total += number
    return total


def _multiples_counted(limit, *, n):
    """Go from one up to the limit, the limit too, and count what can be divided without a rest."""
    total = 0
    for number in range(1, limit + 1):
        if number % n == 0:
            total += 1
    return total


def _no_multiples(limit, *, n):
    """Go from one up to the limit, the limit too, and add up what leaves a rest."""
    total = 0
    for number in range(1, limit + 1):
        if number % n != 0:
            total += number
    return total


def _every(items, *, n):
    """Take steps of that length, and begin with the item at the end of the first step."""
    return items[n - 1 :: n]


def _every_from_start(items, *, n):
    """Take steps of that length, and begin with the first item."""
    return items[::n]


def _every_late(items, *, n):
    """Take steps of that length, and begin with the item after the first step."""
    return items[n::n]


def _without_every(items, *, n):
    """Leave out the items at the end of each step, and keep the others."""
    kept = []
    for place in range(len(items)):
        if (place + 1) % n != 0:
            kept.append(items[place])
    return kept


def _long_words(sentence, *, n, sep):
    """Split at the blanks, keep the words with more letters than that, and join them."""
    return sep.join([word for word in sentence.split() if len(word) > n])


def _words_from(sentence, *, n, sep):
    """Split at the blanks, keep the words with that many letters or more, and join them."""
    return sep.join([word for word in sentence.split() if len(word) >= n])


def _short_words(sentence, *, n, sep):
    """Split at the blanks, keep the words with fewer letters than that, and join them."""
    return sep.join([word for word in sentence.split() if len(word) < n])


def _cut_words(sentence, *, n, sep):
    """Split at the blanks, cut every word to that many letters, and join them."""
    return sep.join([word[:n] for word in sentence.split()])


def _best_run(numbers, *, n):
    """Add up each run of that length, and take the largest sum."""
    best = 0
    for start in range(len(numbers) - n + 1):
        total = sum(numbers[start : start + n])
        if start == 0 or total > best:
            best = total
    return best


def _largest(numbers, *, n):
    """Sort the numbers, the largest first, and add up that many of them."""
    if len(numbers) < n:
        return 0
    return sum(sorted(numbers, reverse=True)[:n])


def _worst_run(numbers, *, n):
    """Add up each run of that length, and take the smallest sum."""
    best = 0
    for start in range(len(numbers) - n + 1):
        total = sum(numbers[start : start + n])
        if start == 0 or total < best:
            best = total
    return best


def _first_run(numbers, *, n):
    """Add up the first run of that length."""
    if len(numbers) < n:
        return 0
    return sum(numbers[:n])


def _shift(text, *, n):
    """Move every letter on by that many places, and begin again at a after z."""
    result = ""
    for letter in text:
        result += chr((ord(letter) - ord("a") + n) % 26 + ord("a"))
    return result


def _shift_back(text, *, n):
    """Move every letter back by that many places, and begin again at z before a."""
    result = ""
    for letter in text:
        result += chr((ord(letter) - ord("a") - n) % 26 + ord("a"))
    return result


def _shift_stuck(text, *, n):
    """Move every letter on by that many places, and stop at z."""
    result = ""
    for letter in text:
        result += chr(min(ord(letter) + n, ord("z")))
    return result


def _shift_round(text, *, n):
    """Move the whole word round: its first letters go to its end."""
    places = n % len(text) if text else 0
    return text[places:] + text[:places]


def _powers(number, *, n):
    """Take the digits one by one, raise each to the power, and add them up."""
    total = 0
    for digit in str(number):
        total += int(digit) ** n
    return total


def _power_of_sum(number, *, n):
    """Add up the digits, and raise the sum to the power."""
    total = 0
    for digit in str(number):
        total += int(digit)
    return total**n


def _times(number, *, n):
    """Take the digits one by one, multiply each by the number of the power, and add them up."""
    total = 0
    for digit in str(number):
        total += int(digit) * n
    return total


def _powers_multiplied(number, *, n):
    """Take the digits one by one, raise each to the power, and multiply them."""
    total = 1
    for digit in str(number):
        total *= int(digit) ** n
    return total


def _series(place, *, a, b):
    """Begin with the two, add the last two for each next one, and count places from one."""
    first, second = a, b
    for _ in range(place - 1):
        first, second = second, first + second
    return first


def _series_from_nought(place, *, a, b):
    """Begin with the two, add the last two for each next one, and count places from nought."""
    first, second = a, b
    for _ in range(place):
        first, second = second, first + second
    return first


def _series_swapped(place, *, a, b):
    """Begin with the two the other way round, add the last two for each next one, and count places from one."""
    first, second = b, a
    for _ in range(place - 1):
        first, second = second, first + second
    return first


def _even_steps(place, *, a, b):
    """Take the difference of the two for the step from each number to the next, and count places from one."""
    first = a
    for _ in range(place - 1):
        first = first + (b - a)
    return first


def _at_most(items, *, n):
    """Keep each item as long as it has been kept fewer times than that."""
    kept = []
    for item in items:
        if kept.count(item) < n:
            kept.append(item)
    return kept


def _one_more(items, *, n):
    """Keep each item as long as it has not been kept more times than that."""
    kept = []
    for item in items:
        if kept.count(item) <= n:
            kept.append(item)
    return kept


def _only_rare(items, *, n):
    """Keep the items that stand in the list that many times at most, and drop the others altogether."""
    kept = []
    for item in items:
        if items.count(item) <= n:
            kept.append(item)
    return kept


def _only_common(items, *, n):
    """Keep the items that stand in the list more times than that."""
    kept = []
    for item in items:
        if items.count(item) > n:
            kept.append(item)
    return kept


def _clamp(numbers, *, low, high):
    """Lift what is too small to the lower limit, and lower what is too large to the upper one."""
    return [max(low, min(high, number)) for number in numbers]


def _inside(numbers, *, low, high):
    """Drop what is too small or too large."""
    return [number for number in numbers if low <= number <= high]


def _reset(numbers, *, low, high):
    """Put the lower limit in the place of what is too small or too large."""
    return [number if low <= number <= high else low for number in numbers]


def _crossed(numbers, *, low, high):
    """Put the upper limit in the place of what is too small, and the lower one in that of what is too large."""
    return [high if number < low else low if number > high else number for number in numbers]


def _chunks(items, *, n):
    """Cut off pieces of that length from the start, and keep a shorter one at the end."""
    return [items[start : start + n] for start in range(0, len(items), n)]


def _whole_chunks(items, *, n):
    """Cut off pieces of that length from the start, and drop what is left over."""
    return [items[start : start + n] for start in range(0, len(items) - n + 1, n)]


def _windows(items, *, n):
    """Take a piece of that length from every place."""
    return [items[start : start + n] for start in range(len(items) - n + 1)]


def _dealt(items, *, n):
    """Deal the items out to that many lists in turn."""
    return [items[start::n] for start in range(min(n, len(items)))]


def _digits(number, *, n):
    """Divide by the base again and again, put each rest before those that there are."""
    digits = []
    while number > 0:
        digits.insert(0, number % n)
        number //= n
    return digits


def _digits_backwards(number, *, n):
    """Divide by the base again and again, put each rest behind those that there are."""
    digits = []
    while number > 0:
        digits.append(number % n)
        number //= n
    return digits


def _quotients(number, *, n):
    """Divide by the base again and again, put each result before those that there are."""
    digits = []
    while number > 0:
        digits.insert(0, number // n)
        number //= n
    return digits


def _decimal_rests(number, *, n):
    """Take the decimal digits one by one, and divide each by the base for its rest."""
    return [int(digit) % n for digit in str(number)]


FAMILIES = (
    Family(
        "numbers beyond a limit",
        "Write a function `{name}(numbers)` that returns how many numbers of the list `numbers` are greater than {n}.",
        ("count_above", "how_many_beyond", "number_over", "count_greater", "tally_above", "beyond_limit", "above_limit",
         "larger_ones", "count_over", "exceeding"),
        {"n": range(4, 200)},
        (_above, _from, _added, _below),
        lambda n: ([[n - 2, n, n + 1, n + 7, n - 3, n - 1]], [[n + 3, n, n, n + 9]], [[n + 1, n + 2, n + 3]], [[]]),
    ),
    Family(
        "sum of multiples",
        "Write a function `{name}(limit)` that returns the sum of all whole numbers from 1 to `limit`, both included, "
        "that are divisible by {n}.",
        ("sum_multiples", "add_multiples", "multiples_total", "divisible_sum", "total_divisible", "sum_up", "sum_of_multiples",
         "multiples_up_to", "add_divisible", "whole_sum"),
        {"n": range(3, 60)},
        (_multiples, _multiples_short, _multiples_counted, _no_multiples),
        lambda n: ([3 * n], [5 * n], [2 * n + 1], [n - 1]),
    ),
    Family(
        "every n-th item",
        "Write a function `{name}(items)` that returns a list of every {n}th item of the list `items`: the {n}th one, "
        "then the {n}th one after it, and so on.",
        ("every_nth", "pick_steps", "take_each", "step_through", "nth_items", "thin_out", "sample_items", "regular_picks",
         "stride", "in_steps"),
        {"n": range(4, 21)},
        (_every, _every_from_start, _every_late, _without_every),
        lambda n: ([list(range(10, 10 + 3 * n))], [list(range(n + 1))], [list(range(2 * n + 1))], [[]]),
    ),
    Family(
        "long words",
        "Write a function `{name}(sentence)` that returns the words of `sentence` that have more than {n} letters, "
        "joined by `{sep}`. Words are separated by blanks.",
        ("long_words", "keep_long", "join_long", "lengthy_words", "words_beyond", "pick_long", "longer_words",
         "wordy", "drop_short", "filter_words"),
        {"n": range(2, 8), "sep": ("-", "+", "/", "_", "&", "~", ".", "#")},
        (_long_words, _words_from, _short_words, _cut_words),
        lambda n, sep: (
            [" ".join("abcdefghijklmnop"[:size] for size in (n - 1, n, n + 1, n + 3, 1, n + 2))],
            [" ".join("qrstuvwxyzabc"[:size] for size in (n + 4, n, n + 1))],
            [""],
        ),
    ),
    Family(
        "largest sum of a run",
        "Write a function `{name}(numbers)` that returns the largest sum of {n} numbers that stand next to each other in "
        "the list `numbers`, or 0 where it holds fewer than {n}.",
        ("best_window", "largest_run", "top_stretch", "max_block", "peak_sum", "best_row", "largest_window",
         "richest_run", "best_span", "top_sum"),
        {"n": range(2, 16)},
        (_best_run, _largest, _worst_run, _first_run),
        lambda n: (
            [[1, 9] * n + [2] * n],
            [[3] * (n - 1) + [8, 1, 7] + [5] * n + [30]],
            [[4] * (n - 1)],
        ),
    ),
    Family(
        "letters moved on",
        "Write a function `{name}(text)` that moves each letter of `text` {n} places on in the alphabet, where a comes "
        "after z. The text has small letters from a to z only.",
        ("shift_text", "move_letters", "encode_text", "secret_text", "push_letters", "cipher", "rotate_letters", "scramble",
         "disguise", "shifted"),
        {"n": (*range(2, 13), *range(14, 25))},
        (_shift, _shift_back, _shift_stuck, _shift_round),
        lambda n: (["abcxyz"], ["hello"], ["zebra"], [""]),
    ),
    Family(
        "powers of digits",
        "Write a function `{name}(number)` that returns the sum of the decimal digits of `number`, each raised to the "
        "power {n}.",
        ("digit_powers", "power_sum", "raise_digits", "digits_raised", "sum_of_powers", "strong_sum", "digit_total",
         "powered_digits", "add_powers", "digit_score"),
        {"n": range(2, 9)},
        (_powers, _power_of_sum, _times, _powers_multiplied),
        lambda n: ([123], [407], [52], [9]),
    ),
    Family(
        "series of sums",
        "Write a function `{name}(place)` that returns the number at `place`, counted from 1, of the series that begins "
        "with {a} and {b} and in which each later number is the sum of the two before it.",
        ("series_at", "nth_term", "sum_series", "term_at", "sequence_value", "next_terms", "series_value",
         "additive_term", "chain_value", "element_at"),
        {"a": range(1, 9), "b": range(10, 20)},
        (_series, _series_from_nought, _series_swapped, _even_steps),
        lambda a, b: ([1], [2], [3], [6], [9]),
    ),
    Family(
        "no item too often",
        "Write a function `{name}(items)` that returns the list `items` without what has stood there {n} times before: "
        "of each item, at most the first {n} are kept.",
        ("at_most", "limit_copies", "cap_repeats", "keep_few", "trim_copies", "fewer_copies", "without_excess",
         "restrict", "first_copies", "bounded_copies"),
        {"n": range(1, 13)},
        (_at_most, _one_more, _only_rare, _only_common),
        lambda n: ([[1, 2] + [1] * (n + 2) + [3]], [[5] * n + [6] * (n + 1)], [[7] * (n + 3) + [8]], [[]]),
    ),
    Family(
        "numbers between limits",
        "Write a function `{name}(numbers)` that returns the list `numbers` with {low} in the place of every smaller number "
        "and {high} in the place of every larger one.",
        ("clamp", "limit_values", "within_bounds", "tame", "squeeze", "bounded", "confine", "cut_off", "hold_within",
         "fit_between"),
        {"low": range(2, 12), "high": range(20, 40)},
        (_clamp, _inside, _reset, _crossed),
        lambda low, high: (
            [[low - 1, low, high, high + 1]],
            [[high + 5, low + 3, low - 2]],
            [[15, high + 9, low - 1]],
            [[]],
        ),
    ),
    Family(
        "pieces of a list",
        "Write a function `{name}(items)` that cuts the list `items` into lists of {n} items, in their order; the last one "
        "may be shorter.",
        ("chunked", "in_pieces", "cut_up", "portions", "batches", "split_list", "grouped", "slices", "rows_of",
         "parcels"),
        {"n": range(3, 21)},
        (_chunks, _whole_chunks, _windows, _dealt),
        lambda n: ([list(range(2 * n + 1))], [list(range(1, n + 3))], [list(range(n - 1))], [[]]),
    ),
    Family(
        "digits in a base",
        "Write a function `{name}(number)` that returns the list of the digits of `number`, a whole number above 0, in base "
        "{n}, the most significant one first.",
        ("to_base", "digits_in_base", "base_digits", "in_base", "convert", "rebase", "written_in_base", "expand", "digit_list",
         "place_values"),
        {"n": (*range(3, 10), *range(11, 17))},
        (_digits, _digits_backwards, _quotients, _decimal_rests),
        lambda n: ([n * n + 2], [5 * n + 1], [100], [987]),
    ),
)  # fmt: skip
_BY_TITLE = {one.title: one for one in FAMILIES}


@cache
def instance_of(problem: str) -> Instance | None:
    """The problem that these words are; None where they are none of any family.

    >>> text = "Write a function `count_above(numbers)` that returns how many numbers of the list `numbers` are greater than 5."
    >>> print(instance_of(text).program(0))
    def count_above(numbers):
        count = 0
        for number in numbers:
            if number > 5:
                count += 1
        return count
    <BLANKLINE>
    """
    return next((found for one in FAMILIES if (found := one.read(problem)) is not None), None)


def family(title: str) -> Family | None:
    """The family of that title; None where there is none."""
    return _BY_TITLE.get(title)
