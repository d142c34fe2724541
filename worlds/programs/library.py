"""Library: correct functions of our own, with what each is for and the arguments that it is tried on.

Knows nothing of bugs. The functions are data: their source text is what students see, and what they return for the
listed arguments is the expected result.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Function:
    """A correct program.

    Attributes:
        program: the function.
        problem: what it is for, in one sentence.
        arguments: lists of arguments that it is tried on.
    """

    program: Callable[..., Any]
    problem: str
    arguments: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        """The entry point."""
        return self.program.__name__

    @cached_property
    def source(self) -> str:
        """The text of the function."""
        return inspect.getsource(self.program)

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        """Arguments and expected results, as JSON."""
        return [
            {"args": list(copy.deepcopy(given)), "expected": self.program(*copy.deepcopy(given))}
            for given in self.arguments
        ]


def count_vowels(text):
    total = 0
    for letter in text.lower():
        if letter in "aeiou":
            total += 1
    return total


def is_palindrome(text):
    kept = [letter for letter in text.lower() if letter.isalnum()]
    left, right = 0, len(kept) - 1
    while left < right:
        if kept[left] != kept[right]:
            return False
        left += 1
        right -= 1
    return True


def reverse_words(sentence):
    words = sentence.split()
    result = []
    for index in range(len(words)):
        result.append(words[len(words) - 1 - index])
    return " ".join(result)


def run_lengths(text):
    runs = []
    count = 0
    for index in range(len(text)):
        count += 1
        if index == len(text) - 1 or text[index + 1] != text[index]:
            runs.append([text[index], count])
            count = 0
    return runs


def shift_letters(text, by):
    result = ""
    for letter in text:
        if letter.isalpha() and letter.islower():
            place = (ord(letter) - ord("a") + by) % 26
            result += chr(ord("a") + place)
        else:
            result += letter
    return result


def longest_word(sentence):
    best = ""
    for word in sentence.split():
        if len(word) > len(best):
            best = word
    return best


def is_anagram(first, second):
    if len(first) != len(second):
        return False
    counts = {}
    for letter in first:
        counts[letter] = counts.get(letter, 0) + 1
    for letter in second:
        if counts.get(letter, 0) == 0:
            return False
        counts[letter] -= 1
    return True


def common_prefix(words):
    if not words:
        return ""
    prefix = words[0]
    for word in words[1:]:
        while not word.startswith(prefix):
            prefix = prefix[:-1]
    return prefix


def first_repeated(text):
    seen = set()
    for letter in text:
        if letter in seen:
            return letter
        seen.add(letter)
    return None


def capitalise_each(sentence):
    words = []
    for word in sentence.split(" "):
        if word:
            word = word[0].upper() + word[1:].lower()
        words.append(word)
    return " ".join(words)


def balanced(text):
    depth = 0
    for sign in text:
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def to_binary(number):
    if number == 0:
        return "0"
    digits = ""
    while number > 0:
        digits = str(number % 2) + digits
        number = number // 2
    return digits


def digit_sum(number):
    total = 0
    while number > 0:
        total += number % 10
        number //= 10
    return total


def factorial(n):
    if n == 0:
        return 1
    return n * factorial(n - 1)


def fibonacci(n):
    before, now = 0, 1
    for _ in range(n):
        before, now = now, before + now
    return before


def is_prime(n):
    if n < 2:
        return False
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return True


def prime_factors(n):
    factors = []
    divisor = 2
    while n > 1:
        while n % divisor == 0:
            factors.append(divisor)
            n //= divisor
        divisor += 1
    return factors


def greatest_common_divisor(a, b):
    while b != 0:
        a, b = b, a % b
    return a


def power(base, exponent):
    if exponent == 0:
        return 1
    half = power(base, exponent // 2)
    if exponent % 2 == 1:
        return half * half * base
    return half * half


def collatz_steps(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def is_leap_year(year):
    if year % 400 == 0:
        return True
    if year % 100 == 0:
        return False
    return year % 4 == 0


def triangle_kind(a, b, c):
    sides = sorted([a, b, c])
    if sides[0] + sides[1] <= sides[2]:
        return "none"
    if sides[0] == sides[2]:
        return "equilateral"
    if sides[0] == sides[1] or sides[1] == sides[2]:
        return "isosceles"
    return "scalene"


def average(values):
    if not values:
        return None
    total = 0
    for value in values:
        total += value
    return total / len(values)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def second_largest(values):
    largest = None
    second = None
    for value in values:
        if largest is None or value > largest:
            second = largest
            largest = value
        elif value != largest and (second is None or value > second):
            second = value
    return second


def running_totals(values):
    totals = []
    total = 0
    for value in values:
        total += value
        totals.append(total)
    return totals


def binary_search(values, wanted):
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def bubble_sort(values):
    result = list(values)
    for end in range(len(result) - 1, 0, -1):
        for index in range(end):
            if result[index] > result[index + 1]:
                result[index], result[index + 1] = result[index + 1], result[index]
    return result


def insertion_sort(values):
    result = []
    for value in values:
        place = len(result)
        while place > 0 and result[place - 1] > value:
            place -= 1
        result.insert(place, value)
    return result


def merge_sorted(first, second):
    merged = []
    i, j = 0, 0
    while i < len(first) and j < len(second):
        if first[i] <= second[j]:
            merged.append(first[i])
            i += 1
        else:
            merged.append(second[j])
            j += 1
    return merged + first[i:] + second[j:]


def rotate_left(values, by):
    if not values:
        return []
    by = by % len(values)
    return values[by:] + values[:by]


def without_duplicates(values):
    seen = set()
    kept = []
    for value in values:
        if value not in seen:
            seen.add(value)
            kept.append(value)
    return kept


def flatten(nested):
    flat = []
    for item in nested:
        if isinstance(item, list):
            flat.extend(flatten(item))
        else:
            flat.append(item)
    return flat


def transpose(rows):
    if not rows:
        return []
    columns = []
    for place in range(len(rows[0])):
        columns.append([row[place] for row in rows])
    return columns


def pairs_with_sum(values, wanted):
    found = []
    for first in range(len(values)):
        for second in range(first + 1, len(values)):
            if values[first] + values[second] == wanted:
                found.append([values[first], values[second]])
    return found


def largest_block_sum(values):
    best = values[0]
    here = values[0]
    for value in values[1:]:
        here = max(value, here + value)
        best = max(best, here)
    return best


def split_by_size(values, size):
    blocks = []
    for start in range(0, len(values), size):
        blocks.append(values[start : start + size])
    return blocks


def word_counts(text):
    counts = {}
    for word in text.lower().split():
        if word not in counts:
            counts[word] = 0
        counts[word] += 1
    return counts


def invert(mapping):
    result = {}
    for key, value in mapping.items():
        if value not in result:
            result[value] = []
        result[value].append(key)
    return result


def most_common(values):
    best = None
    for value in values:
        if best is None or values.count(value) > values.count(best):
            best = value
    return best


def roman_value(text):
    worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    total = 0
    for index in range(len(text)):
        value = worth[text[index]]
        if index + 1 < len(text) and value < worth[text[index + 1]]:
            total -= value
        else:
            total += value
    return total


def grade(points):
    if points >= 90:
        return "A"
    if points >= 75:
        return "B"
    if points >= 50:
        return "C"
    return "D"


def change_coins(amount):
    coins = []
    for coin in [50, 20, 10, 5, 2, 1]:
        while amount >= coin:
            coins.append(coin)
            amount -= coin
    return coins


def count_paths(rows, columns):
    if rows == 1 or columns == 1:
        return 1
    return count_paths(rows - 1, columns) + count_paths(rows, columns - 1)


_WORDS = (("the cat sat",), ("",), ("A man a plan",), ("stone  cold tea",), ("UPPER lower",), ("one",))
_LISTS: tuple[tuple[list[Any]], ...] = (
    ([3, 1, 2],),
    ([],),
    ([5, 5, 1, 5],),
    ([9, 8, 7, 6, 5],),
    ([-2, 4, 0, -7],),
    ([1],),
)

FUNCTIONS: tuple[Function, ...] = (
    Function(count_vowels, "Count the vowels of a text, capital letters included.", (*_WORDS, ("xyz",))),
    Function(
        is_palindrome,
        "Say whether a text reads the same from both ends when only letters and digits count and case does not.",
        (("Anna",), ("Never odd or even",), ("abc",), ("",), ("ab",), ("12 321",), ("1221",), ("xyax",)),
    ),
    Function(reverse_words, "Give back the words of a sentence in reverse order, one space apart.", _WORDS),
    Function(
        run_lengths,
        "List the runs of equal letters of a text, each as the letter and how often it stands in a row.",
        (("aabccc",), ("",), ("a",), ("abab",), ("zzzz",), ("xxyzz",)),
    ),
    Function(
        shift_letters,
        "Move every small letter of a text on by a number of places in the alphabet, z being followed by a.",
        (("abc", 1), ("xyz", 3), ("Hi there", 13), ("", 4), ("a-z", 25), ("maieutic", 0)),
    ),
    Function(
        longest_word,
        "Find the longest word of a sentence, the first of them if there are several.",
        (*_WORDS, ("aa bbbb cccc d",)),
    ),
    Function(
        is_anagram,
        "Say whether two texts are made of the same letters.",
        (("listen", "silent"), ("ab", "abb"), ("aab", "abb"), ("", ""), ("abc", "abd"), ("night", "thing")),
    ),
    Function(
        common_prefix,
        "Find the longest text with which all the words begin.",
        (
            (["flower", "flow", "flight"],),
            (["dog", "car"],),
            ([],),
            (["same", "same"],),
            (["one"],),
            (["inter", "internet", "interval"],),
        ),
    ),
    Function(
        first_repeated,
        "Find the first letter of a text that has stood in it before; None if there is none.",
        (("abcab",), ("abc",), ("",), ("aa",), ("level",), ("xyzzy",)),
    ),
    Function(
        capitalise_each,
        "Give every word of a sentence a capital first letter and small other ones, spaces as they are.",
        (("the cat",), ("THE CAT",), ("a  b",), ("",), ("mIxEd cAse",), ("x",)),
    ),
    Function(
        balanced,
        "Say whether every parenthesis of a text is closed, and none is closed that was not opened.",
        (("(a)(b)",), ("((",), (")(",), ("",), ("(()())",), ("a)",), ("(()",)),
    ),
    Function(
        to_binary,
        "Write a whole number from nought up in binary digits.",
        ((0,), (1,), (2,), (5,), (8,), (255,), (37,)),
    ),
    Function(
        digit_sum, "Add up the digits of a whole number.", ((0,), (7,), (10,), (123,), (9999,), (5060,))
    ),
    Function(factorial, "Work out the factorial of a whole number.", ((0,), (1,), (2,), (3,), (5,), (8,))),
    Function(
        fibonacci,
        "Give the n-th Fibonacci number, the sequence beginning with 0 and 1.",
        ((0,), (1,), (2,), (3,), (7,), (12,)),
    ),
    Function(
        is_prime,
        "Say whether a whole number is prime.",
        ((0,), (1,), (2,), (4,), (9,), (13,), (25,), (97,), (91,)),
    ),
    Function(
        prime_factors,
        "List the prime factors of a whole number, smallest first, repeated as often as they divide it.",
        ((1,), (2,), (8,), (12,), (30,), (49,), (97,)),
    ),
    Function(
        greatest_common_divisor,
        "Find the greatest common divisor of two whole numbers.",
        ((12, 18), (7, 3), (0, 5), (9, 0), (48, 36), (5, 10)),
    ),
    Function(
        power,
        "Raise a number to a whole power by halving the exponent.",
        ((2, 0), (2, 1), (3, 2), (2, 10), (5, 3), (-2, 5)),
    ),
    Function(
        collatz_steps,
        "Count the steps from a number to 1 when an even number is halved and an odd one tripled and made one more.",
        ((1,), (2,), (3,), (6,), (7,), (16,)),
    ),
    Function(
        is_leap_year,
        "Say whether a year is a leap year of the Gregorian calendar.",
        ((2000,), (1900,), (2024,), (2023,), (2100,), (1600,), (2012,)),
    ),
    Function(
        triangle_kind,
        "Name the kind of a triangle by its three sides, or none where they cannot meet.",
        ((3, 3, 3), (3, 4, 5), (2, 2, 3), (1, 2, 3), (5, 3, 3), (1, 1, 9), (4, 7, 7)),
    ),
    Function(average, "Work out the mean of a list of numbers; None for an empty list.", _LISTS),
    Function(
        median,
        "Find the middle value of a list, or the mean of the two middle ones.",
        (([3, 1, 2],), ([4, 1],), ([5],), ([9, 8, 7, 6],), ([-2, 4, 0],), ([1, 1, 2, 10],)),
    ),
    Function(
        second_largest,
        "Find the second largest different value of a list; None if there is none.",
        (*_LISTS, ([2, 2],), ([1, 3, 2, 3],)),
    ),
    Function(running_totals, "List the totals of a list of numbers as they grow.", _LISTS),
    Function(
        binary_search,
        "Find the place of a value in a sorted list, -1 if it is not there.",
        (
            ([1, 3, 5, 7], 5),
            ([1, 3, 5, 7], 1),
            ([1, 3, 5, 7], 7),
            ([], 2),
            ([4], 4),
            ([1, 2, 3], 9),
            ([2, 4, 6, 8, 10], 3),
        ),
    ),
    Function(bubble_sort, "Sort a list by letting the larger of two neighbours move up.", _LISTS),
    Function(
        insertion_sort, "Sort a list by putting each value into its place among those before it.", _LISTS
    ),
    Function(
        merge_sorted,
        "Merge two sorted lists into one.",
        (
            ([1, 3], [2, 4]),
            ([], [1]),
            ([2], []),
            ([1, 1], [1]),
            ([5, 6], [1, 2]),
            ([1, 4, 9], [2, 3, 10, 11]),
        ),
    ),
    Function(
        rotate_left,
        "Move the first values of a list to its end.",
        (([1, 2, 3], 1), ([1, 2, 3], 0), ([], 2), ([1, 2, 3], 4), ([5], 3), ([1, 2, 3, 4, 5], 2)),
    ),
    Function(without_duplicates, "Keep the first of equal values of a list, in order.", _LISTS),
    Function(
        flatten,
        "Make one flat list of a list that holds lists within lists.",
        (([1, [2, 3]],), ([],), ([[1, [2, [3]]], 4],), ([[], [1]],), ([1, 2],), ([[["x"]]],)),
    ),
    Function(
        transpose,
        "Turn the rows of a table into columns.",
        (([[1, 2], [3, 4]],), ([],), ([[1, 2, 3]],), ([[1], [2]],), ([[1, 2], [3, 4], [5, 6]],), ([["a"]],)),
    ),
    Function(
        pairs_with_sum,
        "List all pairs of values of a list that add up to a number, earlier values first.",
        (([1, 2, 3, 4], 5), ([1, 1], 2), ([], 3), ([5], 5), ([0, 4, 2, 2], 4), ([1, 2], 9)),
    ),
    Function(
        largest_block_sum,
        "Find the largest sum of neighbouring values of a list.",
        (
            ([1, -2, 3, 4],),
            ([-3, -1, -2],),
            ([5],),
            ([2, -1, 2],),
            ([-2, 1, -3, 4, -1, 2, 1, -5, 4],),
            ([0, 0],),
        ),
    ),
    Function(
        split_by_size,
        "Cut a list into blocks of a given size; the last may be shorter.",
        (([1, 2, 3, 4, 5], 2), ([], 3), ([1], 1), ([1, 2, 3], 3), ([1, 2, 3, 4], 3), ([9, 8], 5)),
    ),
    Function(
        word_counts,
        "Count how often each word stands in a text, case put aside.",
        (*_WORDS, ("a b A c b a",)),
    ),
    Function(
        invert,
        "Turn a mapping round: from each value to the list of its keys.",
        (
            ({"a": "x", "b": "y"},),
            ({},),
            ({"a": "x", "b": "x"},),
            ({"k": "v"},),
            ({"p": "q", "r": "q", "s": "t"},),
        ),
    ),
    Function(
        most_common,
        "Find the value that stands most often in a list, the first of them if there are several.",
        (([1, 2, 2],), ([],), ([3],), ([1, 1, 2, 2, 2],), ([4, 5, 4, 5],), (["a", "b", "b"],)),
    ),
    Function(
        roman_value,
        "Read a Roman number up to a few hundred.",
        (("III",), ("IV",), ("IX",), ("XL",), ("LVIII",), ("XCIV",), ("CXLIX",)),
    ),
    Function(
        grade,
        "Give the grade for a number of points: A from 90, B from 75, C from 50, else D.",
        ((95,), (90,), (89,), (75,), (74,), (50,), (49,), (0,)),
    ),
    Function(
        change_coins,
        "Pay an amount in as few coins of 50, 20, 10, 5, 2 and 1 as possible, largest first.",
        ((0,), (1,), (4,), (18,), (99,), (100,), (37,)),
    ),
    Function(
        count_paths,
        "Count the ways through a grid from one corner to the other when one may only go right or down.",
        ((1, 1), (2, 2), (1, 5), (3, 3), (3, 4), (4, 2)),
    ),
)
