"""Prose: plain English sentences on a topic, in our own words, for drafts that no model wrote.

Knows no constraint. A topic is a name and four things (in the plural) that belong to it; sentences are frames
filled with these. Nothing here holds digits, quotes, brackets, stars or a word in capitals.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType

TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(things.split())
        for name, things in {
            "keeping bees in a town": "hives roofs flowers neighbours",
            "learning to swim late in life": "pools breaths lessons nerves",
            "night trains": "carriages berths stations windows",
            "baking sourdough at home": "loaves crusts starters ovens",
            "mending old bicycles": "chains brakes wheels spokes",
            "walking in the rain": "puddles boots umbrellas paths",
            "school orchestras": "violins rehearsals concerts drums",
            "growing tomatoes on a balcony": "pots seedlings stakes roots",
            "the first week at a new job": "colleagues meetings desks questions",
            "small public libraries": "shelves readers stories cards",
            "winter markets": "stalls lights sweets crowds",
            "learning a second language": "verbs accents phrases mistakes",
            "cleaning up a river": "banks volunteers bottles fish",
            "a week without a phone": "maps letters clocks errands",
            "watching birds": "feathers nests songs binoculars",
            "moving house": "boxes keys vans curtains",
            "amateur theatre": "scripts costumes curtains cues",
            "the care of old dogs": "paws naps leads blankets",
            "long ferry crossings": "decks gulls cabins harbours",
            "repair cafes": "toasters tools helpers screws",
            "chess in the park": "pawns benches openings rivals",
            "a shared kitchen": "pans rotas spices dishes",
            "volunteering at a shelter": "shifts meals donations guests",
            "the making of paper": "fibres sheets moulds presses",
            "night shifts in a hospital": "wards monitors nurses corridors",
            "wild swimming": "lakes towels currents shores",
            "the return of trams": "rails stops wires passengers",
            "teaching children to cook": "recipes spoons aprons flavours",
            "lost umbrellas": "handles trains owners cupboards",
            "city trees": "branches pavements leaves squirrels",
            "collecting old maps": "borders coasts inks folds",
            "the village fair": "tents prizes cakes judges",
            "working from home": "screens chairs calls breaks",
            "home energy": "meters radiators panels bills",
            "running a first race": "shoes hills laps medals",
            "making pottery": "glazes kilns bowls cracks",
            "travelling with small children": "snacks games queues naps",
            "the study of clouds": "storms forecasts shapes winds",
            "choosing a used car": "tyres engines dealers papers",
            "writing letters by hand": "pens envelopes stamps answers",
            "an evening choir": "voices scores rests altos",
            "museum guards": "paintings visitors alarms benches",
            "community gardens": "beds sheds worms harvests",
            "sleeping well": "pillows dreams alarms habits",
            "saving water": "taps barrels showers leaks",
            "the life of snails": "shells trails gardens eggs",
        }.items()
    }
)
_ANY = ("details", "habits", "questions", "customs", "doubts", "plans")

FRAMES = (
    "Most of what is said about {t} begins with the {a} and ends with the {b}.",
    "Anyone who spends time on {t} soon learns to look at the {a} first.",
    "The {a} matter more than they seem to at first.",
    "People rarely agree on the {a} but nearly all of them care about the {b}.",
    "Start with the {a} and leave the {b} for another day.",
    "It helps to ask somebody who has handled the {a} for years.",
    "Nobody gets the {b} right on the first attempt.",
    "On a good day the {a} look after themselves.",
    "There is a quiet pleasure in getting the {a} ready before anyone else arrives.",
    "What surprises newcomers is how much depends on the {b}.",
    "Sooner or later the {a} will need some patience.",
    "Some find the {b} dull while others can talk about them for hours.",
    "The best advice on {t} is short and rather plain.",
    "Good {a} cost little and last a long time.",
    "When the {b} fail it is wise to stop and think.",
    "Old hands keep an eye on the {a} without making a fuss.",
    "This is why so many return to {t} year after year.",
    "Small changes to the {a} often do more than grand plans.",
    "Few things teach humility as fast as the {b}.",
    "With a little care the {a} and the {b} work well together.",
    "Ask three people about the {a} and you will hear four opinions.",
    "Those who hurry tend to forget the {b}.",
    "My neighbour swears by her {a} and she may well be right.",
    "Much of the work on the {b} happens when nobody is watching.",
    "The story of {t} is also a story of ordinary people.",
    "To begin you need little more than time and a few {a}.",
    "Even the {b} have their own charm once you know them.",
    "That part about the {a} took us by surprise.",
    "It is easy to overlook the {b} and hard to do without them.",
    "Looking back the {a} were the easy part.",
    "In the end, the {a} decide how the day goes.",
    "Of course, the {b} can be trying, but they pass.",
    "Rain or shine, someone has to see to the {a}.",
    "The {a}, the {b} and a bit of luck are all it takes.",
)


def things(topic: str) -> tuple[str, ...]:
    """What belongs to `topic`; general words for a topic that is not ours.

    >>> things("city trees")
    ('branches', 'pavements', 'leaves', 'squirrels')
    """
    return TOPICS.get(topic, _ANY)


def sentence(topic: str, rng: random.Random, *, commas: bool = True) -> str:
    """One sentence on `topic`.

    >>> from maieutic import rng
    >>> sentence("city trees", rng(1), commas=False).endswith(".")
    True
    """
    frames = FRAMES if commas else tuple(one for one in FRAMES if "," not in one)
    first, second = rng.sample(things(topic), 2)
    return rng.choice(frames).format(t=topic or "this", a=first, b=second)


def passage(topic: str, count: int, rng: random.Random) -> list[str]:
    """`count` sentences on `topic`, no two of one frame until all frames are used.

    >>> from maieutic import rng
    >>> len(set(passage("city trees", 30, rng(2))))
    30
    """
    found: list[str] = []
    while len(found) < count:
        for frame in rng.sample(FRAMES, min(len(FRAMES), count - len(found))):
            first, second = rng.sample(things(topic), 2)
            found.append(frame.format(t=topic or "this", a=first, b=second))
    return found


VOCABULARY = frozenset(
    word.strip(".,").lower() for frame in FRAMES for word in frame.split() if "{" not in word
)
