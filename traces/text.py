"""Text: an episode for the terminal: a dialogue as a conversation, a tree as a tree, a pair with its changed words.

Knows nothing of any one scenario. Whatever a model wrote is shown as plain text: no markup of ours is read in
it, and control characters are made visible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree as Drawing

from maieutic import Episode, Event, Pair, Record, path, tree
from maieutic.traces.about import ABOUT, about_first
from maieutic.traces.words import Change, changes, distance, excerpt

_HIDDEN = re.compile(  # control, invisible and direction-changing characters, and halves of surrogates
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_STYLES = ("cyan", "green", "magenta", "yellow", "blue", "red")
_SHORT = 30  # characters of a cell that is never folded
_APART = 0.6  # share of changed words above which two texts are shown whole
_LONGEST = 4000  # characters shown of one text; the journal has all of it


def plain(text: str) -> str:
    """`text` without control characters, escape sequences, reversals of direction and what cannot be seen; those are
    spelled out.

    >>> plain("a\\x1b[31mb\\u202ec")
    'a<1b>[31mb<202e>c'
    """
    shown = _HIDDEN.sub(lambda found: f"<{ord(found[0]):x}>", text)
    return (
        shown
        if len(shown) <= _LONGEST
        else f"{shown[:_LONGEST]} ... ({len(shown) - _LONGEST} more characters)"
    )


def episode_view(episode: Episode, records: Iterable[Record] = (), *, whole: bool = False) -> Group:
    """The whole episode: heading, events, scores, pairs; `whole` as in `tree_view`."""
    body: list[RenderableType] = [heading(episode)]
    body.append(talk_view(episode) if "head" in episode.notes else tree_view(episode, whole=whole))
    body += [pair_view(record) for record in records if isinstance(record, Pair)]
    body.append(ending(episode))
    return Group(*body)


def heading(episode: Episode) -> Text:
    """One line on what was played."""
    return Text.assemble(
        (episode.scenario, "bold"),
        "  ",
        plain(episode.task.id),
        (f"  episode {episode.id}  seed {episode.seed}", "dim"),
    )


def ending(episode: Episode) -> Text:
    """One line on how it ended."""
    scores = "  ".join(f"{name} {value:.3g}" for name, value in sorted(episode.scores.items()))
    text = Text.assemble(("stopped: ", "dim"), (episode.stop.value, "bold"), "  ", (scores, "dim"))
    return text.append(f"\n{plain(episode.failure)}", "red") if episode.failure else text


def talk_view(episode: Episode) -> Group:
    """A conversation: the task, then each turn beside its speaker; what others cannot see stands dim beneath."""
    styles = _seat_styles(episode)
    lines = Table.grid(padding=(0, 2, 1, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    heard = {event.id for event in path(episode.events, str(episode.notes.get("head")))}
    for event in episode.events:
        said = event.answer.get("text")
        text = Text(plain(said) if isinstance(said, str) else "")
        rest = {key: value for key, value in event.answer.items() if key != "text"}
        if rest:
            text.append(("\n" if isinstance(said, str) else "") + _facts(rest), "dim")
        if isinstance(said, str) and event.id not in heard:
            text.append("\nheld back", "red")
        lines.add_row(Text(event.role, f"bold {styles[event.seat]}"), _with_hidden(text, event))
    return Group(_task_view(episode), Text(), lines)


def tree_view(episode: Episode, *, whole: bool = False) -> Drawing:
    """The log as a tree; judged nodes show their value, and revisions what they changed.

    Args:
        episode: the episode.
        whole: every turn in full. Otherwise turns of one role under one parent that nothing followed, such as votes,
            share a line, and long texts are cut.
    """
    styles = _seat_styles(episode)
    graph = tree(episode.id, episode.events)
    by_id = {event.id: event for event in episode.events}
    values = episode.notes.get("values")
    values = values if isinstance(values, dict) else {}
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in episode.events:
        if not whole and graph.out_degree(event.id) == 0 and event.id not in values and event.invalid is None:
            groups.setdefault((event.parent, event.role), []).append(event)
    drawing = Drawing(_task_view(episode))
    places = {episode.id: drawing}
    for event in episode.events:
        group = groups.get((event.parent, event.role), []) if event.id not in values else []
        if len(group) > 1 and event in group:
            if event is group[0]:
                line = Text.assemble(
                    (event.role, f"bold {styles[event.seat]}"), (f"  x {len(group)}  ", "dim")
                )
                places[event.parent].add(line.append(_tally(group), "dim"))
            continue
        line = Text(event.role, f"bold {styles[event.seat]}")
        value = values.get(event.id)
        if isinstance(value, int | float):
            line.append(f"  {value:.2f}", "green" if value > 0.5 else "red")
        for mark, style in (("root", "reverse"), ("best", "reverse green")):
            if event.id == episode.notes.get(mark):
                line.append(" ").append(f" {mark} ", style)
        line.append("  ").append(_said(event, by_id, values, whole=whole))
        rest = {key: value for key, value in event.answer.items() if key != "text"}
        if rest:
            line.append("\n" + _facts(rest), "dim")
        places[event.id] = places[event.parent].add(_with_hidden(line, event))
    return drawing


def _said(event: Event, by_id: Mapping[str, Event], values: Mapping[str, object], *, whole: bool) -> Text:
    """A turn's words; of a revision, what it changed in the candidate that it goes back to."""
    said = event.answer.get("text")
    if not isinstance(said, str):
        return Text()
    above = by_id.get(event.parent)
    while above is not None and above.id not in values:
        above = by_id.get(above.parent)
    if event.id in values and above is not None and not whole:
        return _changed(excerpt(str(above.answer.get("text", "")), said))
    shown = plain(said)
    return Text(shown if whole or len(shown) <= 300 else f"{shown[:300]} ...")


def _tally(group: Sequence[Event]) -> str:
    """How often each short answer was given: `verdict: no 3, yes 2`."""
    told = []
    for name in group[0].answer:
        answers = [event.answer.get(name) for event in group]
        if all(
            isinstance(one, bool | int | float) or (isinstance(one, str) and len(one) < 12) for one in answers
        ):
            counts = sorted(Counter(_shown(one) for one in answers).items())
            told.append(f"{name}: " + ", ".join(f"{one} {count}" for one, count in counts[:8]))
    return "  ".join(told)


def _changed(parts: Iterable[Change]) -> Text:
    """What stayed as it is, what went as `[-gone-]`, what came as `{+new+}`: it must show without colours too."""
    text = Text()
    for what, words in parts:
        shown = plain(words)
        if what == "gone":
            text.append(f"[-{shown}-]", "red")
        elif what == "new":
            text.append(f"{{+{shown}+}}", "bold green")
        else:
            text.append(shown)
    return text


def changed_text(old: str, new: str) -> Text:
    """How to get from one text to another, as in `pair_view`; where they have little in common, one under the other."""
    if distance(old, new) > _APART:
        return Text.assemble(("- ", "red"), plain(old), ("\n+ ", "bold green"), plain(new))
    return _changed(changes(old, new))


def pair_view(pair: Pair) -> Panel:
    """Chosen and rejected as one text: `[-what only the rejected one had-]`, `{+what only the chosen one has+}`; one
    under the other where they have little in common."""
    if distance(pair.rejected, pair.chosen) > _APART:
        text = Text.assemble(("+ ", "bold green"), plain(pair.chosen), ("\n- ", "red"), plain(pair.rejected))
    else:
        text = _changed(changes(pair.rejected, pair.chosen))
    verdicts = f"chosen {pair.chosen_verdict:.2f}, rejected {pair.rejected_verdict:.2f}"
    return Panel(text, title=f"pair ({pair.purpose}): {verdicts}", title_align="left", border_style="green")


def _task_view(episode: Episode) -> Text:
    fields = episode.task.fields
    names = about_first(fields)
    text = Text()
    for number, name in enumerate(names):
        value = fields[name]
        shown = plain(value) if isinstance(value, str) else _listed(value)
        text.append(("\n" if number else "") + f"{plain(name)}: ", "bold dim")
        text.append(("\n" if "\n" in shown.strip() else "") + shown, "" if name in ABOUT else "dim")
    return text


def _listed(value: object) -> str:
    return "; ".join(plain(str(one)) for one in value) if isinstance(value, list) else plain(str(value))


def _with_hidden(line: Text, event: Event) -> Text:
    private = {key: value for key, value in event.private.items() if value not in (None, "")}
    if private:
        line.append(f"\n(private) {_facts(private)}", "dim italic")
    if event.invalid is not None:
        line.append(f"\ninvalid: {plain(event.invalid)}", "red")
        if event.raw:
            line.append(f"\nsaid: {plain(event.raw)[:400]}", "dim red")
    return line


def _facts(facts: Mapping[str, object]) -> str:
    return "  ".join(f"{name}={_shown(value)}" for name, value in facts.items())


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else plain(str(value))


def _seat_styles(episode: Episode) -> dict[str, str]:
    seats = dict.fromkeys(event.seat for event in episode.events)
    return {seat: _STYLES[place % len(_STYLES)] for place, seat in enumerate(seats)}


def table(title: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """A plain table: short cells stand to the right, long texts are folded.

    Where it is too wide, cells of several words are broken between them; a number is never cut without a sign.
    """
    rows = [list(line) for line in lines]
    drawn = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        long = any(len(row[number]) > _SHORT for row in rows)
        left = long or number == 0
        whole = not long and not any(" " in row[number] for row in rows)
        drawn.add_column(
            column,
            justify="left" if left else "right",
            overflow="ellipsis" if whole else "fold",
            no_wrap=whole,
            min_width=None
            if long
            else max(len(word) for row in [columns, *rows] for word in row[number].split() or [""]),
        )
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    return drawn
