"""Stories: families of word problems, each a short text whose quantities determine one chain of exact steps.

Knows nothing of tasks. A family draws names, things and numbers from the random stream that it is given, so that the
answer is a sensible amount: whole things stay whole, nobody gives away more than there is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from maieutic.worlds.word_problems.steps import spell

NAMES: tuple[str, ...] = (
    "Amara",
    "Bela",
    "Chidi",
    "Dana",
    "Elif",
    "Farid",
    "Greta",
    "Hiro",
    "Ines",
    "Jonas",
    "Kaya",
    "Lwazi",
    "Mina",
)
NAMES += (
    "Noor",
    "Oskar",
    "Petra",
    "Quentin",
    "Rosa",
    "Samir",
    "Tove",
    "Uma",
    "Viktor",
    "Wanda",
    "Yusuf",
    "Zofia",
)


@dataclass(frozen=True)
class Story:
    """A text and its calculations: `(expression, what it works out)`, the last of which answers the question."""

    text: str
    steps: tuple[tuple[str, str], ...]
    unit: str


Family = Callable[[random.Random], Story]


def _people(chance: random.Random, n: int) -> list[str]:
    return chance.sample(NAMES, n)


def _money(cents: int) -> str:
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02d}"


def shopping(chance: random.Random) -> Story:
    """Two kinds of things are bought, and change is given."""
    who, thing, other = (
        chance.choice(NAMES),
        *chance.sample(["pens", "notebooks", "apples", "candles", "stamps", "mugs"], 2),
    )
    n, m = chance.randint(2, 9), chance.randint(2, 9)
    a, b = 5 * chance.randint(5, 90), 5 * chance.randint(5, 90)
    total = n * a + m * b
    paid = 100 * (total // 100 + chance.choice([1, 5, 10, 20]))
    opening = chance.choice(
        [
            f"{who} buys {n} {thing} at ${_money(a)} each and {m} {other} at ${_money(b)} each.",
            f"At the market, {thing} cost ${_money(a)} apiece and {other} ${_money(b)}. {who} takes {n} {thing} and {m} {other}.",
        ]
    )
    asked = chance.choice(
        ["How many dollars of change does {} get?", "What change, in dollars, does {} receive?"]
    )
    return Story(
        f"{opening} {who} pays with ${_money(paid)}. {asked.format(who)}",
        (
            (f"{n} * {_money(a)}", f"the cost of {n} {thing} at ${_money(a)}"),
            (f"{m} * {_money(b)}", f"the cost of {m} {other} at ${_money(b)}"),
            ("#0 + #1", "the cost of everything"),
            (f"{_money(paid)} - #2", f"the change from ${_money(paid)}"),
        ),
        "dollars",
    )


def boxes(chance: random.Random) -> Story:
    """Things in boxes, some lost, the rest shared."""
    who, thing = (
        chance.choice(NAMES),
        chance.choice(["eggs", "marbles", "tulip bulbs", "tiles", "batteries", "buttons"]),
    )
    per, shelves = chance.randint(6, 48), chance.randint(2, 6)
    n = chance.randint(3, 19)
    lost = chance.randint(1, per - 1)
    rest = n * per - lost
    lost += rest % shelves
    return Story(
        f"{who} unpacks {n} boxes with {per} {thing} in each. {lost} of the {thing} are broken and thrown away. "
        f"The rest are laid out evenly on {shelves} "
        f"{chance.choice(['shelves', 'trays', 'tables'])}. How many {thing} lie on each?",
        (
            (f"{n} * {per}", f"all the {thing} in {n} boxes of {per}"),
            (f"#0 - {lost}", f"the {thing} left when {lost} are gone"),
            (f"#1 / {shelves}", f"the {thing} on each of {shelves}"),
        ),
        thing,
    )


def recipe(chance: random.Random) -> Story:
    """Fractions of cups, scaled and added."""
    who, thing = chance.choice(NAMES), chance.choice(["pancakes", "bread", "soup", "muffins", "dumplings"])
    a, b = sorted(chance.sample([2, 3, 4, 5, 6, 8], 2))
    p, q = chance.randint(1, a - 1), chance.randint(1, b - 1)
    times = chance.randint(2, 7)
    first, second = chance.sample(["flour", "milk", "oats", "sugar", "rice"], 2)
    return Story(
        f"One batch of {thing} takes {p}/{a} cup of {first} and {q}/{b} cup of {second}. {who} makes {times} batches. "
        f"How many cups of {first} and {second} are needed altogether?",
        (
            (f"{p}/{a} + {q}/{b}", f"the cups of {first} and {second} in one batch"),
            (f"#0 * {times}", f"the cups for {times} batches"),
        ),
        "cups",
    )


def discount(chance: random.Random) -> Story:
    """A price less a percentage, several times, with postage."""
    who, thing = (
        chance.choice(NAMES),
        chance.choice(["a lamp", "a coat", "a radio", "a tent", "a bicycle bell", "a backpack"]),
    )
    price, off = 20 * chance.randint(2, 24), chance.choice([5, 10, 15, 20, 25, 30, 40])
    n, post = chance.randint(2, 5), chance.randint(3, 14)
    noun = thing.partition(" ")[2]
    return Story(
        f"{thing.capitalize()} costs ${price}. In the sale every {noun} is {off}% cheaper. {who} orders {n} of them and "
        f"pays ${post} for the delivery. What does {who} pay altogether, in dollars?",
        (
            (f"{off}% * {price}", f"the {off}% taken off ${price}"),
            (f"{price} - #0", f"the sale price of one {noun}"),
            (f"{n} * #1", f"the price of {n} at the sale price"),
            (f"#2 + {post}", "the price with delivery"),
        ),
        "dollars",
    )


def journey(chance: random.Random) -> Story:
    """Distances from speeds, and what is left of the way."""
    who, how = (
        chance.choice(NAMES),
        chance.choice(["cycles", "drives", "rides a scooter", "takes a slow train"]),
    )
    v, w = chance.randint(12, 48), chance.randint(12, 48)
    s, t = chance.randint(2, 5), chance.choice(["1.5", "2.5", "0.5", "2", "3"])
    left = chance.randint(5, 60)
    whole = v * s + int(w * Fraction(t)) + left
    return Story(
        f"{who} {how} for {s} hours at {v} km an hour and then for {t} hours at {w} km an hour. The whole way is {whole} "
        f"km. {chance.choice(['How many km are still to go?', 'How far, in km, is it still?'])}",
        (
            (f"{v} * {s}", f"the way in {s} hours at {v} km an hour"),
            (f"{w} * {t}", f"the way in {t} hours at {w} km an hour"),
            ("#0 + #1", "the way so far"),
            (f"{whole} - #2", f"what is left of {whole} km"),
        ),
        "km",
    )


def saving(chance: random.Random) -> Story:
    """Weekly savings with a share spent."""
    who, goal = (
        chance.choice(NAMES),
        chance.choice(["a guitar", "a telescope", "a skateboard", "a sewing machine"]),
    )
    week, weeks = chance.randint(6, 38), chance.randint(4, 16)
    bottom = chance.choice([2, 3, 4, 5])
    weeks += -(week * weeks) % bottom if week % bottom else 0
    while week * weeks % bottom:
        weeks += 1
    gift = chance.randint(10, 60)
    return Story(
        f"To buy {goal}, {who} puts ${week} aside every week for {weeks} weeks. Then 1/{bottom} of it has to go into a "
        f"repair, and an aunt adds ${gift}. How many dollars does {who} have for {goal}?",
        (
            (f"{week} * {weeks}", f"what is saved in {weeks} weeks"),
            (f"#0 * 1/{bottom}", "what the repair takes"),
            ("#0 - #1", "what is left after the repair"),
            (f"#2 + {gift}", f"what there is with the gift of ${gift}"),
        ),
        "dollars",
    )


def ages(chance: random.Random) -> Story:
    """Ages told by each other."""
    a, b, c = _people(chance, 3)
    young, times, more = chance.randint(3, 14), chance.randint(2, 4), chance.randint(2, 11)
    return Story(
        f"{a} is {young} years old. {b} is {times} times as old as {a}, and {c} is {more} years younger than {b}. "
        f"How old are {a}, {b} and {c} together?",
        (
            (f"{times} * {young}", f"the age of {b}"),
            (f"#0 - {more}", f"the age of {c}"),
            (f"{young} + #0", f"the ages of {a} and {b} together"),
            ("#2 + #1", "all three ages together"),
        ),
        "years",
    )


def minutes(chance: random.Random) -> Story:
    """Hours and minutes: a conversion and a rate."""
    who, thing = chance.choice(NAMES), chance.choice(["envelopes", "labels", "bricks", "pastries", "cards"])
    hours, each, pause = chance.randint(2, 6), chance.choice([2, 3, 4, 5, 6]), 0
    pause = chance.randint(3, 11) * each
    pause += (hours * 60 - pause) % each
    return Story(
        f"{who} works for {hours} hours, of which {pause} minutes are a break. One of the {thing} takes {each} minutes. "
        f"How many {thing} does {who} finish?",
        (
            (f"{hours} * 60", f"{hours} hours in minutes"),
            (f"#0 - {pause}", f"the minutes of work, without the break of {pause}"),
            (f"#1 / {each}", f"how many {thing} at {each} minutes each"),
        ),
        thing,
    )


def garden(chance: random.Random) -> Story:
    """Area, path and seed."""
    who, plant = chance.choice(NAMES), chance.choice(["carrots", "beans", "clover", "spinach"])
    long, wide = chance.randint(6, 30), chance.randint(4, 18)
    path, dose = (
        chance.randint(3, min(20, long * wide // 2)),
        chance.choice(["0.2", "0.5", "1.5", "2.5", "0.4"]),
    )
    return Story(
        f"A bed is {long} m long and {wide} m wide. A path takes {path} square metres of it. On each of the other square "
        f"metres {who} sows {dose} grams of {plant}. How many grams of seed are sown?",
        (
            (f"{long} * {wide}", "the area of the bed"),
            (f"#0 - {path}", f"the area without the path of {path}"),
            (f"#1 * {dose}", f"the seed at {dose} grams a square metre"),
        ),
        "grams",
    )


def mixture(chance: random.Random) -> Story:
    """An amount in a given ratio, and what it costs."""
    who = chance.choice(NAMES)
    one, other = chance.sample(["juice", "water", "paint", "syrup", "sand", "cement"], 2)
    p, q = chance.randint(2, 7), chance.randint(2, 7)
    while p == q:
        q = chance.randint(2, 7)
    have, price = q * chance.randint(2, 9), chance.randint(2, 9)
    return Story(
        f"{who} mixes {one} and {other} in the ratio {p} to {q}. There are {have} litres of {other}, and all of it is used. "
        f"A litre of {one} costs ${price}, a litre of {other} nothing. How many dollars does the mixture cost?",
        (
            (f"{have} * {p}/{q}", f"the litres of {one} for {have} litres of {other}"),
            (f"#0 * {price}", f"the price of the {one}"),
        ),
        "dollars",
    )


def weather(chance: random.Random) -> Story:
    """Temperatures below nought."""
    place = chance.choice(["the hut", "the harbour", "the village", "the pass", "the airfield"])
    start, drop, rise = chance.randint(-6, 6), chance.randint(7, 15), chance.randint(2, 9)
    return Story(
        f"At noon it is {start} degrees at {place}. By midnight it is {drop} degrees colder, and by morning it has become "
        f"{rise} degrees warmer again. What is the temperature in the morning, in degrees?",
        (
            (f"{start} - {drop}", "the temperature at midnight"),
            (f"#0 + {rise}", f"the temperature {rise} degrees warmer"),
        ),
        "degrees",
    )


def ropes(chance: random.Random) -> Story:
    """Lengths with decimals, added and cut."""
    who, thing = chance.choice(NAMES), chance.choice(["rope", "ribbon", "cable", "hose", "wire"])
    a, b = chance.randint(21, 199), chance.randint(101, 999)
    cut = chance.randint(2, (10 * a + b) // 200)
    one, other = spell(Fraction(a, 10)), spell(Fraction(b, 100))
    n = chance.choice([2, 4, 5])
    return Story(
        f"{who} ties a {thing} of {one} m to one of {other} m, which costs no length, and cuts off {cut} m. What is left is "
        f"cut into {n} equal pieces. How long is each piece, in m?",
        (
            (f"{one} + {other}", "both lengths together"),
            (f"#0 - {cut}", f"the length without the {cut} m"),
            (f"#1 / {n}", f"the length of each of {n} pieces"),
        ),
        "m",
    )


def tickets(chance: random.Random) -> Story:
    """Groups at two prices in one calculation, and a voucher."""
    event = chance.choice(["a concert", "the zoo", "a match", "a museum", "the planetarium"])
    adults, children = chance.randint(2, 9), chance.randint(3, 24)
    full, half = 2 * chance.randint(4, 15), chance.randint(2, 7)
    voucher = chance.randint(2, 2 * adults + 5)
    return Story(
        f"A group of {adults} adults and {children} children goes to {event}. An adult pays ${full}, a child ${half}. They "
        f"have a voucher for ${voucher}. What does the group pay, in dollars?",
        (
            (f"{adults} * {full} + {children} * {half}", "the price of all tickets"),
            (f"#0 - {voucher}", f"the price less the voucher of ${voucher}"),
        ),
        "dollars",
    )


def harvest(chance: random.Random) -> Story:
    """Three days, each told by the one before."""
    who, thing = chance.choice(NAMES), chance.choice(["pears", "plums", "pumpkins", "chestnuts", "lemons"])
    first, more, times = chance.randint(12, 160), chance.randint(8, 75), chance.randint(2, 4)
    gone = chance.randint(5, first)
    return Story(
        f"On Monday {who} picks {first} {thing}, on Tuesday {more} more than on Monday, and on Wednesday {times} times as "
        f"many as on Tuesday. {gone} of all of them are given away. How many {thing} are left?",
        (
            (f"{first} + {more}", "the number picked on Tuesday"),
            (f"{times} * #0", "the number picked on Wednesday"),
            (f"{first} + #0", "the number picked on Monday and Tuesday"),
            ("#2 + #1", "the number picked on all three days"),
            (f"#3 - {gone}", f"what is left when {gone} are given away"),
        ),
        thing,
    )


def weights(chance: random.Random) -> Story:
    """Kilograms and grams."""
    who, thing = chance.choice(NAMES), chance.choice(["rice", "flour", "coffee", "salt", "tea"])
    sacks, kilos = chance.randint(2, 6), chance.randint(2, 9)
    bag = chance.choice([125, 200, 250, 500])
    price = chance.randint(2, 6)
    return Story(
        f"{who} fills {thing} from {sacks} sacks of {kilos} kg into bags of {bag} g each and sells every bag for ${price}. "
        f"How many dollars does {who} take?",
        (
            (f"{sacks} * {kilos}", f"the kilograms in {sacks} sacks"),
            ("#0 * 1000", "the same in grams"),
            (f"#1 / {bag}", f"how many bags of {bag} g"),
            (f"#2 * {price}", f"the takings at ${price} a bag"),
        ),
        "dollars",
    )


FAMILIES: tuple[Family, ...] = (
    shopping,
    boxes,
    recipe,
    discount,
    journey,
    saving,
    ages,
    minutes,
    garden,
    mixture,
    weather,
    ropes,
    tickets,
    harvest,
    weights,
)
