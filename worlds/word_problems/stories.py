"""Stories: families of word problems about things and money, each a short text that determines one chain of steps.

Knows nothing of tasks. A family draws names, things, wordings and numbers from the random stream that it is given, so
that the answer is a sensible amount: whole things stay whole, nobody gives away more than there is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

NAMES = (
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
    "Anouk",
    "Bruno",
    "Celia",
    "Dmitri",
    "Esther",
    "Fumiko",
    "Goran",
    "Hana",
    "Ivo",
    "Jamila",
    "Kofi",
    "Leila",
    "Mateo",
    "Nils",
    "Olga",
)
_WORDED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Story:
    """A text and its calculations: `(expression, what it works out)`, the last of which answers the question.

    A third part names the skill where the expression alone does not show it.
    """

    text: str
    steps: tuple[tuple[str, ...], ...]
    unit: str


Family = Callable[[random.Random], Story]


def told(chance: random.Random, *parts: tuple[str, ...]) -> str:
    """One wording of each part, in order.

    >>> told(random.Random(0), ("Bo has 3 pens.",), ("How many?",))
    'Bo has 3 pens. How many?'
    """
    return " ".join(chance.choice(part) for part in parts)


def count(chance: random.Random, n: int) -> str:
    """A small number in digits or in words.

    >>> count(random.Random(1), 250)
    '250'
    """
    return _WORDED[n - 2] if 2 <= n <= len(_WORDED) + 1 and chance.random() < 0.4 else str(n)


def money(cents: int) -> str:
    """An amount in dollars.

    >>> money(1250), money(300)
    ('12.50', '3')
    """
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02d}"


def shopping(chance: random.Random) -> Story:
    """Two kinds of things are bought, and change is given."""
    who = chance.choice(NAMES)
    things = [
        "pens",
        "notebooks",
        "apples",
        "candles",
        "stamps",
        "mugs",
        "postcards",
        "lemons",
        "brushes",
        "bulbs",
    ]
    thing, other = chance.sample(things, 2)
    n, m = chance.randint(2, 9), chance.randint(2, 9)
    a, b = 5 * chance.randint(5, 90), 5 * chance.randint(5, 90)
    paid = 100 * ((n * a + m * b) // 100 + chance.choice([1, 5, 10, 20]))
    many, more = count(chance, n), count(chance, m)
    text = told(
        chance,
        (
            f"{who} buys {many} {thing} at ${money(a)} each and {more} {other} at ${money(b)} each.",
            (
                f"At the market, {thing} cost ${money(a)} apiece and {other} ${money(b)} apiece. {who} takes {many} {thing} "
                f"and {more} {other}."
            ),
            (
                f"In {who}'s basket are {many} {thing} and {more} {other}. The price is ${money(a)} for each of the {thing} "
                f"and ${money(b)} for each of the {other}."
            ),
        ),
        (
            f"{who} pays with ${money(paid)}.",
            f"{who} puts ${money(paid)} on the counter.",
            f"The cashier is given ${money(paid)}.",
        ),
        (
            f"How many dollars of change does {who} get?",
            f"What change, in dollars, does {who} receive?",
            "How many dollars come back?",
        ),
    )
    steps = (
        (f"{n} * {money(a)}", f"the cost of {n} {thing} at ${money(a)}"),
        (f"{m} * {money(b)}", f"the cost of {m} {other} at ${money(b)}"),
        ("#0 + #1", "the cost of everything"),
        (f"{money(paid)} - #2", f"the change from ${money(paid)}"),
    )
    return Story(text, steps, "dollars")


def boxes(chance: random.Random) -> Story:
    """Things in boxes, some lost, the rest shared."""
    who = chance.choice(NAMES)
    thing = chance.choice(
        ["eggs", "marbles", "tulip bulbs", "tiles", "batteries", "buttons", "glasses", "plates"]
    )
    per, shelves, n = chance.randint(6, 48), chance.randint(2, 6), chance.randint(3, 19)
    lost = chance.randint(2, per - 1)
    lost += (n * per - lost) % shelves
    place = chance.choice(["shelves", "trays", "tables", "racks"])
    text = told(
        chance,
        (
            f"{who} unpacks {count(chance, n)} boxes with {per} {thing} in each.",
            f"A lorry brings {who} {n} boxes. Every box holds {per} {thing}.",
            f"There are {per} {thing} in a box, and {who} has {count(chance, n)} boxes.",
        ),
        (
            f"{lost} of the {thing} are broken and thrown away.",
            f"It turns out that {lost} {thing} are damaged, and they are sent back.",
            f"First {lost} {thing} are put aside for a neighbour.",
        ),
        (
            f"The rest are laid out evenly on {count(chance, shelves)} {place}.",
            f"All others go on {shelves} {place}, the same number on each.",
        ),
        (f"How many {thing} lie on each?", f"How many {thing} are there on one of the {place}?"),
    )
    steps = (
        (f"{n} * {per}", f"all the {thing} in {n} boxes of {per}"),
        (f"#0 - {lost}", f"the {thing} left when {lost} are gone"),
        (f"#1 / {shelves}", f"the {thing} on each of {shelves} {place}"),
    )
    return Story(text, steps, thing)


def discount(chance: random.Random) -> Story:
    """A price less a percentage, several times, with postage."""
    who = chance.choice(NAMES)
    noun = chance.choice(
        ["lamp", "coat", "radio", "tent", "bicycle bell", "backpack", "kettle", "chair", "football"]
    )
    price, off = 20 * chance.randint(2, 24), chance.choice([5, 10, 15, 20, 25, 30, 40])
    n, post = chance.randint(2, 5), chance.randint(3, 14)
    text = told(
        chance,
        (
            f"A {noun} costs ${price}. In the sale every {noun} is {off}% cheaper.",
            f"A shop takes {off}% off the price of a {noun}, which was ${price}.",
            f"The usual price of a {noun} is ${price}, but this week there is a discount of {off} percent.",
        ),
        (
            f"{who} orders {count(chance, n)} of them and pays ${post} for the delivery.",
            f"{who} wants {n} at that price, and the delivery of all of them costs ${post}.",
        ),
        (
            f"What does {who} pay altogether, in dollars?",
            "How many dollars is the whole bill?",
            f"How much, in dollars, does {who} spend?",
        ),
    )
    steps = (
        (f"{off}% * {price}", f"the {off}% taken off ${price}"),
        (f"{price} - #0", f"the sale price of one {noun}"),
        (f"{n} * #1", f"the price of {n} at the sale price"),
        (f"#2 + {post}", "the price with delivery"),
    )
    return Story(text, steps, "dollars")


def saving(chance: random.Random) -> Story:
    """Weekly savings with a share spent."""
    who = chance.choice(NAMES)
    goal = chance.choice(
        ["a guitar", "a telescope", "a skateboard", "a sewing machine", "a drone", "a violin"]
    )
    bottom, week = chance.choice([2, 3, 4, 5]), chance.randint(6, 38)
    weeks = chance.randint(4, 16)
    while week * weeks % bottom:
        weeks += 1
    gift, giver = (
        chance.randint(10, 60),
        chance.choice(["an aunt", "a cousin", "a neighbour", "a grandfather"]),
    )
    text = told(
        chance,
        (
            f"To buy {goal}, {who} puts ${week} aside every week for {weeks} weeks.",
            f"{who} is saving for {goal}: ${week} a week, {weeks} weeks long.",
            f"For {weeks} weeks {who} drops ${week} a week into a jar, because {goal} is expensive.",
        ),
        (
            f"Then 1/{bottom} of it has to go into a repair, and {giver} adds ${gift}.",
            f"A repair takes 1/{bottom} of what has been saved. After that {giver} gives ${gift}.",
        ),
        (
            f"How many dollars does {who} have for {goal}?",
            f"How much money, in dollars, is there now for {goal}?",
        ),
    )
    steps = (
        (f"{week} * {weeks}", f"what is saved in {weeks} weeks"),
        (f"#0 * 1/{bottom}", "what the repair takes"),
        ("#0 - #1", "what is left after the repair"),
        (f"#2 + {gift}", f"what there is with the gift of ${gift}"),
    )
    return Story(text, steps, "dollars")


def tickets(chance: random.Random) -> Story:
    """Groups at two prices in one calculation, and a voucher."""
    event = chance.choice(["a concert", "the zoo", "a match", "a museum", "the planetarium", "a puppet show"])
    adults, children = chance.randint(2, 9), chance.randint(3, 24)
    full, half = 2 * chance.randint(4, 15), chance.randint(2, 7)
    voucher = chance.randint(2, 2 * adults + 5)
    text = told(
        chance,
        (
            (
                f"A group of {count(chance, adults)} adults and {children} children goes to {event}. An adult pays ${full}, a "
                f"child ${half}."
            ),
            (
                f"Tickets to {event} are ${full} for adults and ${half} for children. A class comes with {children} children "
                f"and {count(chance, adults)} adults."
            ),
        ),
        (f"They have a voucher for ${voucher}.", f"A voucher takes ${voucher} off their bill."),
        ("What does the group pay, in dollars?", "How many dollars do they have to pay?"),
    )
    steps = (
        (f"{adults} * {full} + {children} * {half}", "the price of all tickets"),
        (f"#0 - {voucher}", f"the price less the voucher of ${voucher}"),
    )
    return Story(text, steps, "dollars")


def harvest(chance: random.Random) -> Story:
    """Three days, each told by the one before."""
    who = chance.choice(NAMES)
    thing = chance.choice(["pears", "plums", "pumpkins", "chestnuts", "lemons", "walnuts", "figs"])
    first, more, times = chance.randint(12, 160), chance.randint(8, 75), chance.randint(2, 4)
    gone = chance.randint(5, first)
    text = told(
        chance,
        (
            (
                f"On Monday {who} picks {first} {thing}, on Tuesday {more} more than on Monday, and on Wednesday "
                f"{count(chance, times)} times as many as on Tuesday."
            ),
            (
                f"{who} picked {first} {thing} on Monday. Tuesday brought {more} more {thing} than Monday, and Wednesday "
                f"{times} times the number of Tuesday."
            ),
        ),
        (f"{gone} of all of them are given away.", f"Then {gone} {thing} go to the neighbours."),
        (f"How many {thing} are left?", f"How many {thing} does {who} still have?"),
    )
    steps = (
        (f"{first} + {more}", "the number picked on Tuesday"),
        (f"{times} * #0", "the number picked on Wednesday"),
        (f"{first} + #0", "the number picked on Monday and Tuesday"),
        ("#2 + #1", "the number picked on all three days"),
        (f"#3 - {gone}", f"what is left when {gone} are given away"),
    )
    return Story(text, steps, thing)


def bundles(chance: random.Random) -> Story:
    """The same bundle for everybody, in one calculation with parentheses."""
    who, event = chance.choice(NAMES), chance.choice(["a birthday", "a camp", "a class trip", "a tournament"])
    one, other = chance.sample(["stickers", "pencils", "sweets", "balloons", "badges", "cards"], 2)
    guests, p, q = chance.randint(3, 14), chance.randint(2, 9), chance.randint(2, 9)
    spare = chance.randint(2, 30)
    text = told(
        chance,
        (
            f"For {event} {who} fills {guests} bags. Into each go {count(chance, p)} {one} and {count(chance, q)} {other}.",
            f"At {event} each of {count(chance, guests)} children gets a bag with {p} {one} and {q} {other} from {who}.",
        ),
        (f"{spare} more are kept as spares.", f"Besides, {who} puts {spare} of these things away for later."),
        (
            f"How many {one} and {other} does {who} need in all?",
            "How many things are that altogether?",
        ),
    )
    steps = (
        (f"{guests} * ({p} + {q})", f"the {one} and {other} in {guests} bags"),
        (f"#0 + {spare}", f"all of them with the {spare} spares"),
    )
    return Story(text, steps, "things")


def score(chance: random.Random) -> Story:
    """What percentage of a number another one is."""
    who, what = (
        chance.choice(NAMES),
        chance.choice(["questions of a quiz", "penalty kicks", "free throws", "riddles"]),
    )
    whole = chance.choice([20, 25, 40, 50, 80, 125, 200])
    missed = chance.choice([n for n in range(2, whole - 1) if n * 100 % whole == 0])
    text = told(
        chance,
        (
            f"Of {whole} {what}, {who} gets {missed} wrong and all others right.",
            f"{who} tries {whole} {what}. {missed} of them fail, the others succeed.",
        ),
        (
            f"What percentage of the {whole} goes well? Give the number of percent.",
            "How many percent of all tries are good ones?",
        ),
    )
    steps = (
        (f"{whole} - {missed}", f"the {what} that go well"),
        (f"#0 / {whole} * 100", f"how many percent of {whole} these are", "percent"),
    )
    return Story(text, steps, "percent")


def parting(chance: random.Random) -> Story:
    """A sum is shared in a ratio, and one of the shares is spent in part."""
    a, b = chance.sample(NAMES, 2)
    p, q = chance.choice([(p, q) for p in range(2, 8) for q in range(2, 8) if p != q and gcd(p, q) == 1])
    whole, what = (
        (p + q) * chance.randint(4, 30),
        chance.choice(["a raffle", "a garden job", "a flea market"]),
    )
    spent = chance.randint(2, whole * p // (p + q) - 1)
    text = told(
        chance,
        (
            f"{a} and {b} earn ${whole} at {what} and share it in the ratio {p} to {q}, in this order.",
            f"From {what} there are ${whole}. They are split between {a} and {b} in the ratio {p} : {q}.",
        ),
        (
            f"{a} spends ${spent} of it at once.",
            f"On the way home {a} pays ${spent} for a present.",
        ),
        (f"How many dollars does {a} have left?", f"What is left for {a}, in dollars?"),
    )
    steps = (
        (f"{p} + {q}", f"the number of parts at {p} to {q}"),
        (f"{whole} / #0", f"one part of ${whole}", "ratio"),
        (f"#1 * {p}", f"the {p} parts of {a}", "ratio"),
        (f"#2 - {spent}", f"what {a} has left of it without ${spent}"),
    )
    return Story(text, steps, "dollars")


def growth(chance: random.Random) -> Story:
    """A number grows by a percentage, then by some more, and is shared by places."""
    club = chance.choice(["chess club", "choir", "swimming club", "drama group", "cycling club"])
    percent, unit = chance.choice([(5, 20), (10, 10), (20, 5), (25, 4), (40, 5), (50, 2), (75, 4)])
    start, rooms = unit * chance.randint(3, 18), chance.randint(2, 5)
    grown = start + start * percent // 100
    more = chance.randint(3, 20)
    more += -(grown + more) % rooms
    text = told(
        chance,
        (
            f"A {club} had {start} members last year. This year it has {percent}% more, and then {more} others join.",
            (
                f"The number of members of a {club} was {start}. It rose by {percent} percent, after which {more} new members "
                "came from a neighbouring town."
            ),
        ),
        (
            f"They meet in {count(chance, rooms)} groups of the same size.",
            f"All members are divided equally into {rooms} groups.",
        ),
        ("How many members are in a group?", "How large is each group?"),
    )
    steps = (
        (f"{percent}% * {start}", f"the {percent}% that are added to {start}"),
        (f"{start} + #0", "the members after the rise"),
        (f"#1 + {more}", f"the members with the {more} others"),
        (f"#2 / {rooms}", f"the members in each of {rooms} groups"),
    )
    return Story(text, steps, "members")


FAMILIES: tuple[Family, ...] = (
    shopping,
    boxes,
    discount,
    saving,
    tickets,
    harvest,
    bundles,
    score,
    parting,
    growth,
)
