"""Judges: what those who judge in a run's episodes said, how far they agree, and what sways them.

Knows nothing of records. A judgement is a field of an answer that holds one of few values, or a number, about the turn
that it answers. Where a role is shown several texts at once in numbered fields (`output_1`, `output_2`) and answers
with such a number or letter, or rates each of them (`score_1`, `score_2`), it compares, and the places of the texts may sway it: the share of judgements for the text
shown first should be a half where the order is drawn, and the same player should prefer the same text in both orders
(Zheng et al. 2023, section 3.3). Longer texts may sway any judge; a correlation alone does not say that they were not
better, too.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel, JsonValue

from maieutic import Episode, Event, digest
from maieutic.exports.agreement import Interval, Nominal
from maieutic.exports.entry import spoken
from maieutic.graphs import Graph
from maieutic.roles import Role, private_fields
from maieutic.roles.choices import numerical, options

_PLACE = re.compile(r"(.*?)_?(\d|[a-d]|first|second)", re.IGNORECASE)
View = Mapping[str, JsonValue]


@dataclass
class Line:
    """A correlation, from sums."""

    n: int = 0
    means: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float, float] = (0.0, 0.0, 0.0)  # squared deviations of x and y, and their product

    def add(self, x: float, y: float) -> None:
        """One more point."""
        self.n += 1
        to_x, to_y = x - self.means[0], y - self.means[1]
        self.means = (self.means[0] + to_x / self.n, self.means[1] + to_y / self.n)
        xx, yy, xy = self.spread
        left = y - self.means[1]
        self.spread = (xx + to_x * (x - self.means[0]), yy + to_y * left, xy + to_x * left)

    def value(self) -> tuple[float, float, float] | None:
        """Pearson's r and its 95 % interval by Fisher's transformation; None where there is no telling."""
        xx, yy, xy = self.spread
        if self.n < 4 or xx <= 0 or yy <= 0:
            return None
        r = max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
        if abs(r) == 1:
            return r, r, r
        middle, half = math.atanh(r), 1.96 / math.sqrt(self.n - 3)
        return r, math.tanh(middle - half), math.tanh(middle + half)


@dataclass
class Verdicts:
    """One field of the answers of one role.

    Attributes:
        said: what was said -> how often; only of names.
        alpha: agreement of several judgements of the same turn.
        length: words of the judged text against the verdict, yes as 1 and no as 0.
    """

    said: Counter[str] = field(default_factory=Counter)
    alpha: Nominal | Interval = field(default_factory=Nominal)
    length: Line = field(default_factory=Line)


@dataclass
class Comparisons:
    """What one role said of texts shown side by side.

    Attributes:
        first: for the one shown first: (hits, n); judgements for none of them are not in it.
        ties: judgements for none.
        longer: for the longest, where one is: (hits, n).
        both: the same player asked in another order: (the same text both times, n).
        alpha: agreement of several judgements of the same texts, the order undone.
    """

    first: tuple[int, int] = (0, 0)
    ties: int = 0
    longer: tuple[int, int] = (0, 0)
    both: tuple[int, int] = (0, 0)
    alpha: Nominal = field(default_factory=Nominal)


class Judges:
    """Sums over episodes, taken one episode at a time.

    Args:
        roles: of the scenario.
        several: names of the roles that are asked several times of one turn, as `asked_at_once` finds them; of others
            (a draft after one that was held back) no agreement is taken. None takes it of all.

    Attributes:
        verdicts: (role, field) -> what was said.
        comparisons: role -> what was said.
        between: (seat, other seat, field) -> what each said of the same turn -> how often.
    """

    def __init__(self, roles: Iterable[Role], several: Collection[str] | None = None) -> None:
        self._roles = {role.name: role for role in roles}
        self._several = self._roles if several is None else several
        self.verdicts: dict[tuple[str, str], Verdicts] = {}
        self.comparisons: dict[str, Comparisons] = {}
        self.between: dict[tuple[str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)

    @property
    def curious(self) -> bool:
        """Whether `add` wants to know what was shown: some role compares, or judges a turn several times."""
        return any(
            slots(role) or (role.name in self._several and (options(role.answer) or numerical(role.answer)))
            for role in self._roles.values()
        )

    def add(self, episode: Episode, shown: Mapping[str, View] | None = None) -> None:
        """Count one episode.

        Args:
            episode: the episode.
            shown: event id -> what its player was shown. Two turns judge the same thing only where they were shown
                the same (a role may be asked about several parts of a text); without it, all that answer one turn do.
        """
        said: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        same: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        by_id = {event.id: event for event in episode.events}
        for event in episode.events:
            role = self._roles.get(event.role)
            if event.invalid is not None or role is None or event.parent not in by_id or slots(role):
                continue
            thing = event.parent if shown is None else digest(event.parent, dict(shown.get(event.id, {})))
            for name, value in judgements(role, event):
                said[event.role, name][event.parent].append(value)
                if event.role in self._several and (shown is None or event.id in shown):
                    same[event.role, name][thing].append(value)
        for (name, answer), by_event in said.items():
            self._verdicts(name, answer, by_event, by_id)
            for values in same[name, answer].values():
                self.verdicts[name, answer].alpha.add(values)
        self._between(said)
        for role in self._roles.values():
            if places := slots(role):
                self._compare(role, *places, episode.by_role(role.name), shown or {})

    def _verdicts(
        self, role: str, name: str, by_event: Mapping[str, list[Any]], by_id: Mapping[str, Event]
    ) -> None:
        number = name in numerical(self._roles[role].answer)
        if (role, name) not in self.verdicts:
            self.verdicts[role, name] = Verdicts(alpha=Interval() if number else Nominal())
        found = self.verdicts[role, name]
        for event, values in by_event.items():
            if not number:
                found.said.update(values)
            size = _words(by_id[event])
            for value in values:
                rated = value if number else {"yes": 1.0, "no": 0.0}.get(value)
                if size and rated is not None:
                    found.length.add(size, rated)

    def _between(self, said: Mapping[tuple[str, str], Mapping[str, list[Any]]]) -> None:
        """Judges of different seats who said something of the same turn under the same name; the first of each."""
        first: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for (role, name), by_event in said.items():
            if name in numerical(self._roles[role].answer):
                continue
            for event, values in by_event.items():
                first[event, name].setdefault(self._roles[role].seat, values[0])
        for (_, name), by_seat in first.items():
            seats = sorted(by_seat)
            for place, one in enumerate(seats):
                for other in seats[place + 1 :]:
                    self.between[one, other, name][by_seat[one], by_seat[other]] += 1

    def _compare(
        self,
        role: Role,
        answers: Mapping[str, str],
        places: Mapping[str, str],
        events: Iterable[Event],
        shown: Mapping[str, View],
    ) -> None:
        preferred: dict[str, list[str]] = defaultdict(list)  # texts in any order -> which is preferred
        orders: dict[str, list[tuple[tuple[str, ...], str | None]]] = defaultdict(
            list
        )  # the same, by one player
        found = self.comparisons.setdefault(role.name, Comparisons())
        for event in events:
            view = shown.get(event.id, {})
            texts = {mark: str(view[one]) for mark, one in places.items() if one in view}
            if len(texts) < 2 or len(set(texts.values())) < len(texts):
                continue  # of equal texts none can be preferred
            if not event.answer.keys() >= set(answers.values()):
                continue
            chosen = texts.get(_preferred(answers, event))
            others = {name: value for name, value in view.items() if name not in places.values()}
            item = digest(sorted(texts.values()))
            orders[digest(item, event.agent, others)].append((tuple(texts.values()), chosen))
            if chosen is None:
                found.ties += 1
                continue
            # names that say nothing of the texts, so that chance agreement is that of a coin
            preferred[item].append(str(sorted(map(digest, texts.values())).index(digest(chosen))))
            found.first = _with(found.first, chosen == next(iter(texts.values())))
            sizes = {text: len(text.split()) for text in texts.values()}
            longest = [text for text, size in sizes.items() if size == max(sizes.values())]
            if len(longest) == 1 and len(sizes) > 1:
                found.longer = _with(found.longer, chosen == longest[0])
        for values in preferred.values():
            found.alpha.add(values)
        for asked in orders.values():
            for place, (order, chosen) in enumerate(asked):
                for again, other in asked[place + 1 :]:
                    if again != order:
                        found.both = _with(found.both, chosen == other)


def asked_at_once(graph: Graph) -> set[str]:
    """The roles that some node of a scenario's graph asks several times side by side."""
    facts = [node.metadata or {} for node in graph.nodes.values()]
    return {str(one["role"]) for one in facts if "role" in one and int(one.get("fan") or 1) > 1}


def _with(share: tuple[int, int], hit: bool) -> tuple[int, int]:
    return share[0] + hit, share[1] + 1


def _words(event: Event) -> int:
    """Words of the longest text of a turn."""
    return max((len(one.split()) for one in event.answer.values() if isinstance(one, str)), default=0)


def judgements(role: Role, event: Event) -> Iterator[tuple[str, Any]]:
    """What a turn says that is one of few values, or a number: (field, value)."""
    for name in options(role.answer):
        if event.answer.get(name) is not None:
            yield name, spoken(event.answer[name])
    for name in numerical(role.answer):
        value = event.answer.get(name)
        if isinstance(value, int | float):
            yield name, float(value)


def _preferred(answers: Mapping[str, str], event: Event) -> str:
    """The mark of the text that a turn prefers; of no text where it prefers none."""
    if "" in answers:
        return spoken(event.answer[answers[""]]).casefold()
    rated: dict[str, Any] = {mark: event.answer[name] for mark, name in answers.items()}
    best = [mark for mark, value in rated.items() if value == max(rated.values())]
    return best[0] if len(best) == 1 else ""


@cache
def _slots(
    sees: tuple[str, ...], answer: type[BaseModel]
) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for name in sees:
        if found := _PLACE.fullmatch(name):
            groups[found[1]][found[2].casefold()] = name
    for name, values in options(answer).items():
        if name in private_fields(answer):
            continue
        known = {spoken(value).casefold() for value in values}
        for places in groups.values():
            if len(places) > 1 and set(places) <= known:
                return {"": name}, dict(sorted(places.items()))
    rated: dict[str, dict[str, str]] = defaultdict(dict)
    for name in numerical(answer):
        if found := _PLACE.fullmatch(name):
            rated[found[1]][found[2].casefold()] = name
    for names in rated.values():
        for places in groups.values():
            if len(places) > 1 and names.keys() == places.keys():
                return dict(sorted(names.items())), dict(sorted(places.items()))
    return None


def slots(role: Role) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """The fields by which a role says which of several texts it prefers, and mark of a text -> where it is shown.

    The first is `{"": FIELD}` where one field holds a mark, and mark -> field where each text is rated. None where it
    compares nothing.

    >>> from maieutic.roles.annotator import COMPARE
    >>> from maieutic.roles.curriculum import RATE
    >>> slots(COMPARE)
    ({'': 'preference'}, {'1': 'output_1', '2': 'output_2'})
    >>> slots(RATE)
    ({'1': 'score_1', '2': 'score_2'}, {'1': 'response_1', '2': 'response_2'})
    """
    return _slots(tuple(role.sees), role.answer)
