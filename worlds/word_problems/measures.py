"""Measures: families of word problems about lengths, weights, times, mixtures and temperatures.

Knows nothing of tasks. As in `stories.py`, a family draws all that varies from the random stream that it is given.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import gcd

from maieutic.worlds.word_problems.steps import spell
from maieutic.worlds.word_problems.stories import NAMES, Family, Story, count, told


def _proper(chance: random.Random, bottom: int) -> int:
    """A top that makes a proper fraction in lowest terms over `bottom`."""
    return chance.choice([top for top in range(1, bottom) if gcd(top, bottom) == 1])


def ages(chance: random.Random) -> Story:
    """Ages told by each other."""
    a, b, c = chance.sample(NAMES, 3)
    young, times = chance.randint(3, 14), chance.randint(2, 4)
    less = chance.randint(2, min(11, young * times - 2))
    text = told(
        chance,
        (
            (
                f"{a} is {young} years old. {b} is {count(chance, times)} times as old as {a}, and {c} is {less} years younger "
                f"than {b}."
            ),
            f"{c} was born {less} years after {b}. {b} is {times} times as old as {a}, who is {young}.",
            (
                f"In a family {a} is {young}, {b} has lived {times} times as many years as {a}, and {c} is {less} years behind "
                f"{b}."
            ),
        ),
        (f"How old are {a}, {b} and {c} together?", "How many years do the three ages make together?"),
    )
    steps = (
        (f"{times} * {young}", f"the age of {b}"),
        (f"#0 - {less}", f"the age of {c}"),
        (f"{young} + #0", f"the ages of {a} and {b} together"),
        ("#2 + #1", "all three ages together"),
    )
    return Story(text, steps, "years")


def recipe(chance: random.Random) -> Story:
    """Fractions of cups, added and scaled."""
    who = chance.choice(NAMES)
    thing = chance.choice(["pancakes", "bread", "soup", "muffins", "dumplings", "waffles", "biscuits"])
    a, b = chance.sample([2, 3, 4, 5, 6, 8], 2)
    p, q = _proper(chance, a), _proper(chance, b)
    times = chance.randint(2, 7)
    first, second = chance.sample(["flour", "milk", "oats", "sugar", "rice", "water"], 2)
    text = told(
        chance,
        (
            (
                f"One batch of {thing} takes {p}/{a} cup of {first} and {q}/{b} cup of {second}. {who} makes "
                f"{count(chance, times)} batches."
            ),
            f"{who} makes {times} batches of {thing}. Each needs {p}/{a} cup of {first} and {q}/{b} cup of {second}.",
            (
                f"A recipe for {thing} asks for {p}/{a} cup of {first} and {q}/{b} cup of {second}, and {who} cooks it "
                f"{times} times."
            ),
        ),
        (
            f"How many cups of {first} and {second} are needed altogether?",
            f"How many cups do the {first} and the {second} make together?",
        ),
    )
    steps = (
        (f"{p}/{a} + {q}/{b}", f"the cups of {first} and {second} in one batch"),
        (f"#0 * {times}", f"the cups for {times} batches"),
    )
    return Story(text, steps, "cups")


def journey(chance: random.Random) -> Story:
    """Distances from speeds, and what is left of the way."""
    who, how = (
        chance.choice(NAMES),
        chance.choice(["cycles", "drives", "rides a scooter", "takes a slow train"]),
    )
    v, w = chance.randint(12, 48), chance.randint(12, 48)
    s, t = chance.randint(2, 5), chance.choice(["1.5", "2.5", "0.5", "2", "3"])
    whole = v * s + int(w * Fraction(t)) + chance.randint(5, 60)
    text = told(
        chance,
        (
            f"{who} {how} for {count(chance, s)} hours at {v} km an hour and then for {t} hours at {w} km an hour.",
            f"At {v} km an hour {who} {how} for {s} hours, and after a break for {t} hours at {w} km an hour.",
        ),
        (f"The whole way is {whole} km.", f"The goal is {whole} km from the start."),
        ("How many km are still to go?", "How far, in km, is it still?"),
    )
    steps = (
        (f"{v} * {s}", f"the way in {s} hours at {v} km an hour"),
        (f"{w} * {t}", f"the way in {t} hours at {w} km an hour"),
        ("#0 + #1", "the way so far"),
        (f"{whole} - #2", f"what is left of {whole} km"),
    )
    return Story(text, steps, "km")


def minutes(chance: random.Random) -> Story:
    """Hours and minutes: a conversion and a rate."""
    who = chance.choice(NAMES)
    thing = chance.choice(["envelopes", "labels", "bricks", "pastries", "cards", "baskets"])
    hours, each = chance.randint(2, 6), chance.choice([2, 3, 4, 5, 6])
    pause = chance.randint(3, 11) * each
    text = told(
        chance,
        (
            f"{who} works for {count(chance, hours)} hours, of which {pause} minutes are a break.",
            f"A shift of {who} lasts {hours} hours, but {pause} minutes of it are spent resting.",
        ),
        (
            f"One of the {thing} takes {each} minutes.",
            f"For each of the {thing}, {each} minutes of work are needed.",
        ),
        (f"How many {thing} does {who} finish?", f"How many {thing} are done at the end?"),
    )
    steps = (
        (f"{hours} * 60", f"{hours} hours in minutes", "unit-conversion"),
        (f"#0 - {pause}", f"the minutes of work, without the break of {pause}"),
        (f"#1 / {each}", f"how many {thing} at {each} minutes each"),
    )
    return Story(text, steps, thing)


def garden(chance: random.Random) -> Story:
    """Area, path and seed."""
    who, plant = chance.choice(NAMES), chance.choice(["carrots", "beans", "clover", "spinach", "mustard"])
    long, wide = chance.randint(6, 30), chance.randint(4, 18)
    path, dose = (
        chance.randint(3, min(20, long * wide // 2)),
        chance.choice(["0.2", "0.5", "1.5", "2.5", "0.4"]),
    )
    text = told(
        chance,
        (
            f"A bed is {long} m long and {wide} m wide. A path takes {path} square metres of it.",
            f"In a rectangular bed of {long} m by {wide} m, {path} square metres are a path.",
        ),
        (
            f"On each of the other square metres {who} sows {dose} grams of {plant}.",
            f"The rest is sown with {plant}: {who} takes {dose} grams for a square metre.",
        ),
        ("How many grams of seed are sown?", f"How many grams of {plant} does {who} need?"),
    )
    steps = (
        (f"{long} * {wide}", "the area of the bed"),
        (f"#0 - {path}", f"the area without the path of {path}"),
        (f"#1 * {dose}", f"the seed at {dose} grams a square metre"),
    )
    return Story(text, steps, "grams")


def mixture(chance: random.Random) -> Story:
    """An amount in a given ratio, and what it costs."""
    who = chance.choice(NAMES)
    one, other = chance.choice(
        [
            ("juice", "water"),
            ("syrup", "water"),
            ("cement", "sand"),
            ("blue paint", "white paint"),
            ("oil", "vinegar"),
        ]
    )
    p, q = chance.choice([(p, q) for p in range(2, 8) for q in range(2, 8) if p != q and gcd(p, q) == 1])
    have, price = q * chance.randint(2, 9), chance.randint(2, 9)
    text = told(
        chance,
        (
            (
                f"{who} mixes {one} and {other} in the ratio {p} to {q}. There are {have} litres of {other}, and all of it is "
                "used."
            ),
            f"For every {p} litres of {one}, {q} litres of {other} are taken. {who} uses up {have} litres of {other}.",
        ),
        (
            f"A litre of {one} costs ${price}, a litre of {other} nothing.",
            f"The {other} is free, and the {one} costs ${price} a litre.",
        ),
        ("How many dollars does the mixture cost?", f"How many dollars does {who} pay?"),
    )
    steps = (
        (f"{have} * {p}/{q}", f"the litres of {one} for {have} litres of {other}", "ratio"),
        (f"#0 * {price}", f"the price of the {one}"),
    )
    return Story(text, steps, "dollars")


def weather(chance: random.Random) -> Story:
    """Temperatures below nought."""
    place = chance.choice(["the hut", "the harbour", "the village", "the pass", "the airfield", "the lake"])
    start, drop, rise = chance.randint(-6, 6), chance.randint(7, 15), chance.randint(2, 9)
    text = told(
        chance,
        (
            (
                f"At noon it is {start} degrees at {place}. By midnight it is {drop} degrees colder, and by morning it has "
                f"become {rise} degrees warmer again."
            ),
            (
                f"The thermometer at {place} shows {start} degrees at noon, falls by {drop} degrees until midnight and climbs "
                f"by {rise} degrees until the morning."
            ),
        ),
        ("What is the temperature in the morning, in degrees?", "How many degrees are there in the morning?"),
    )
    steps = (
        (f"{start} - {drop}", "the temperature at midnight"),
        (f"#0 + {rise}", f"the temperature {rise} degrees warmer"),
    )
    return Story(text, steps, "degrees")


def ropes(chance: random.Random) -> Story:
    """Lengths with decimals, added and cut."""
    who, thing = chance.choice(NAMES), chance.choice(["rope", "ribbon", "cable", "hose", "wire"])
    a, b, n = chance.randint(21, 199), chance.randint(101, 999), chance.choice([2, 4, 5])
    one, other = spell(Fraction(a, 10)), spell(Fraction(b, 100))
    cut = chance.randint(1, max(1, (10 * a + b) // 200))
    text = told(
        chance,
        (
            f"{who} ties a {thing} of {one} m to one of {other} m, which costs no length, and cuts off {cut} m.",
            (
                f"Two pieces of {thing}, {one} m and {other} m long, are joined end to end without loss. Then {who} takes {cut} m "
                "away."
            ),
        ),
        (
            f"What is left is cut into {count(chance, n)} equal pieces.",
            f"The rest is divided into {n} pieces of the same length.",
        ),
        ("How long is each piece, in m?", "How many metres does a piece measure?"),
    )
    steps = (
        (f"{one} + {other}", "both lengths together"),
        (f"#0 - {cut}", f"the length without the {cut} m"),
        (f"#1 / {n}", f"the length of each of {n} pieces"),
    )
    return Story(text, steps, "m")


def weights(chance: random.Random) -> Story:
    """Kilograms and grams."""
    who, thing = chance.choice(NAMES), chance.choice(["rice", "flour", "coffee", "salt", "tea", "lentils"])
    sacks, kilos, price = chance.randint(2, 6), chance.randint(2, 9), chance.randint(2, 6)
    bag = chance.choice([125, 200, 250, 500])
    text = told(
        chance,
        (
            f"{who} fills {thing} from {count(chance, sacks)} sacks of {kilos} kg into bags of {bag} g each.",
            f"{who} has {sacks} sacks with {kilos} kg of {thing} in each, and packs it all into bags of {bag} g.",
        ),
        (f"Every bag is sold for ${price}.", f"A bag brings in ${price}."),
        (f"How many dollars does {who} take?", "How many dollars do all bags bring?"),
    )
    steps = (
        (f"{sacks} * {kilos}", f"the kilograms in {sacks} sacks"),
        ("#0 * 1000", "the same in grams", "unit-conversion"),
        (f"#1 / {bag}", f"how many bags of {bag} g"),
        (f"#2 * {price}", f"the takings at ${price} a bag"),
    )
    return Story(text, steps, "dollars")


def rates(chance: random.Random) -> Story:
    """Two people work side by side at their own rates."""
    a, b = chance.sample(NAMES, 2)
    thing = chance.choice(["pages", "letters", "photographs", "leaflets", "seedlings"])
    s, t = chance.randint(6, 40), chance.randint(6, 40)
    hours = chance.randint(2, 7)
    extra = chance.randint(5, (s + t) * hours - 5)
    text = told(
        chance,
        (
            f"{a} sorts {s} {thing} an hour and {b} {t} an hour. They work side by side for {count(chance, hours)} hours.",
            f"Together, {a} and {b} sort {thing} for {hours} hours: {a} manages {s} an hour and {b} {t} an hour.",
        ),
        (
            f"At the start {(s + t) * hours + extra} {thing} lay there.",
            f"The pile was {(s + t) * hours + extra} {thing} high when they began.",
        ),
        (f"How many {thing} remain?", f"How many {thing} are not sorted yet?"),
    )
    steps = (
        (f"{s} + {t}", f"the {thing} that both sort in an hour"),
        (f"#0 * {hours}", f"the {thing} sorted in {hours} hours"),
        (f"{(s + t) * hours + extra} - #1", f"the {thing} that remain"),
    )
    return Story(text, steps, thing)


def tank(chance: random.Random) -> Story:
    """A tank is part full, some is drawn off in cans of a fraction of a litre."""
    who, what = chance.choice(NAMES), chance.choice(["rain water", "cider", "olive oil", "apple juice"])
    bottom = chance.choice([3, 4, 5, 8])
    top = _proper(chance, bottom)
    can_top, can_bottom = chance.choice([(1, 2), (3, 4), (2, 3), (2, 5), (4, 5)])
    full = bottom * can_top * chance.randint(4, 12)
    level = full * top // bottom
    left = level % can_top + can_top * chance.randint(1, max(1, level // can_top // 3))
    text = told(
        chance,
        (
            f"A tank for {full} litres is {top}/{bottom} full of {what}. {who} leaves {left} litres in it.",
            (
                f"{who} has a tank that holds {full} litres, and {top}/{bottom} of it is filled with {what}. {left} litres have to "
                "stay in the tank."
            ),
        ),
        (
            f"The rest is drawn off into cans of {can_top}/{can_bottom} litre each.",
            f"What may be taken out fills cans that hold {can_top}/{can_bottom} litre.",
        ),
        ("How many cans are filled?", f"How many cans does {who} fill?"),
    )
    steps = (
        (f"{full} * {top}/{bottom}", f"the litres of {what} in the tank"),
        (f"#0 - {left}", f"the litres that are drawn off when {left} stay"),
        (f"#1 / {can_top}/{can_bottom}", f"how many cans of {can_top}/{can_bottom} litre"),
    )
    return Story(text, steps, "cans")


def plots(chance: random.Random) -> Story:
    """A fraction of a fraction of an area."""
    who, plant = (
        chance.choice(NAMES),
        chance.choice(["roses", "potatoes", "leeks", "tulips", "sunflowers", "beans"]),
    )
    a, b = chance.choice([3, 4, 5]), chance.choice([3, 4, 5, 8])
    p, q = _proper(chance, a), _proper(chance, b)
    area = a * b * chance.randint(2, 30)
    text = told(
        chance,
        (
            (
                f"{who} has {area} square metres of land and plants {p}/{a} of it. {plant.capitalize()} take up {q}/{b} of the "
                "planted part."
            ),
            (
                f"A field measures {area} square metres. {p}/{a} of the field is planted, and on {q}/{b} of that part {who} grows "
                f"{plant}."
            ),
        ),
        (
            f"How many square metres of {plant} are there?",
            f"On how many square metres do {plant} grow?",
        ),
    )
    steps = (
        (f"{p}/{a} * {q}/{b}", f"the part of all the land that bears {plant}"),
        (f"{area} * #0", f"the square metres of {plant}"),
    )
    return Story(text, steps, "square metres")


def cloth(chance: random.Random) -> Story:
    """Decimal lengths at decimal prices."""
    who, thing = chance.choice(NAMES), chance.choice(["linen", "felt", "velvet", "cotton", "silk"])
    first, second = (
        spell(Fraction(chance.choice([n for n in range(11, 79) if n % 10]), 10)) for _ in range(2)
    )
    price = f"{chance.randint(2, 18)}.{chance.choice(['20', '40', '50', '80'])}"
    text = told(
        chance,
        (
            f"{who} needs {first} m of {thing} for a curtain and {second} m for a cover.",
            f"From a roll of {thing} {who} has {first} m cut off, and then another {second} m.",
        ),
        (f"A metre costs ${price}.", f"The price is ${price} a metre."),
        (f"How many dollars does {who} pay for the {thing}?", "What does all of it cost, in dollars?"),
    )
    steps = (
        (f"{first} + {second}", f"the metres of {thing}"),
        (f"#0 * {price}", f"the price at ${price} a metre"),
    )
    return Story(text, steps, "dollars")


MEASURES: tuple[Family, ...] = (
    ages,
    recipe,
    journey,
    minutes,
    garden,
    mixture,
    weather,
    ropes,
    weights,
    rates,
    tank,
    plots,
    cloth,
)
