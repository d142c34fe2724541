"""Draw: records, measures and decisions of a written scenario, from an episode.

Knows nothing of how it was played.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maieutic import Dialogue, Episode, Event, Judged, Message, Pair, Record, Stepwise, path
from maieutic.roles import Role
from maieutic.scenarios.ratings import Rating, on_scales, panels
from maieutic.scenarios.scenario import Decision
from maieutic.scenarios.written.expression import parse
from maieutic.scenarios.written.form import DialogueForm, JudgedForm, PairForm, ScenarioForm, StepwiseForm
from maieutic.scenarios.written.scope import Scope, field_of, holds, number, over, worth, worth_of


def measured(form: ScenarioForm, episode: Episode) -> dict[str, float]:
    """The measures that have a value; a condition counts 1 or 0."""
    scope, found = over(episode), dict[str, float]()
    for name, text in form.measures.items():
        value = worth(parse(text), scope)
        value = float(value) if isinstance(value, bool) else number(value)
        if value is not None:
            found[name] = float(value)
    return found


def decided(form: ScenarioForm, episode: Episode) -> Iterator[Decision]:
    """What each usable turn of the named nodes decided; nothing where the truth is not known."""
    whole = over(episode)
    for kind, one in form.decisions.items():
        said, true = parse(one.said), parse(one.true)
        for event in whole.turns(one.of, whole=True):
            scope = _about(whole, event, one.of)
            truth = worth(true, scope)
            if truth is not None:
                yield Decision(kind=kind, said=holds(said, scope), true=bool(truth), event=event.id)


def rated(form: ScenarioForm, roles: Mapping[str, Role], episode: Episode) -> Iterator[Rating]:
    """What several turns said of the turn that they all answer; numbers between two bounds where a node asks `times`."""
    yield from panels(episode)
    for name in dict.fromkeys(node.ask for node in form.nodes.values() if node.times != 1):
        yield from on_scales(episode, roles[name])


def drawn(form: ScenarioForm, roles: Mapping[str, Role], episode: Episode) -> Iterator[Record]:
    """The records, in the order in which they are written."""
    scope = over(episode)
    for one in form.records:
        kind: Any = one.pair or one.dialogue or one.judged or one.stepwise
        if kind is None or (kind.condition is not None and not holds(parse(kind.condition), scope)):
            continue
        match kind:
            case PairForm():
                yield from _pair(kind, scope, episode)
            case DialogueForm():
                yield from _dialogue(kind, scope, episode)
            case JudgedForm():
                yield from _judged(kind, scope, episode)
            case StepwiseForm():
                yield from _stepwise(kind, scope, episode)


def _about(scope: Scope, event: Event, node: str) -> Scope:
    bound = {node: event, "turn": event}
    if event.parent in scope.by_id:
        bound["parent"] = scope.by_id[event.parent]
    return scope.binding(**bound)


def _common(episode: Episode, purpose: str) -> dict[str, Any]:
    return {"episode": episode.id, "task": episode.task.id, "purpose": purpose}


def _prompt(text: str, scope: Scope) -> tuple[Message, ...]:
    said = worth(parse(text), scope)
    return () if said is None else (Message(role="user", content=str(said)),)


def _pair(form: PairForm, scope: Scope, episode: Episode) -> Iterator[Pair]:
    by = parse(form.by)
    best = form.chosen or f"best({form.between}, {form.by})"
    worst = form.rejected or f"worst({form.between}, {form.by})"
    chosen, rejected = worth(parse(best), scope), worth(parse(worst), scope)
    if not isinstance(chosen, Event) or not isinstance(rejected, Event):
        return
    node = form.between or "turn"
    values = [worth_of(event, node, by, scope) for event in (chosen, rejected)]
    texts = [field_of(event, form.text) for event in (chosen, rejected)]
    if None in values or None in texts or not values[0] > values[1] or texts[0] == texts[1]:  # type: ignore[operator]
        return  # equal worth or equal words: nothing to prefer
    yield Pair(
        **_common(episode, form.purpose),
        prompt=_prompt(form.prompt, scope),
        chosen=str(texts[0]),
        rejected=str(texts[1]),
        chosen_event=chosen.id,
        rejected_event=rejected.id,
        chosen_verdict=float(values[0] or 0),
        rejected_verdict=float(values[1] or 0),
    )


def _dialogue(form: DialogueForm, scope: Scope, episode: Episode) -> Iterator[Dialogue]:
    learned = form.train or form.assistant
    said: list[Message] = []
    names: list[str] = []
    if form.opening is not None:
        said += _prompt(form.opening, scope)
    speaking = [
        event
        for event in episode.events
        if event.seat in (*form.user, *form.assistant) and event.invalid is None and form.text in event.answer
    ]
    for event in path(episode.events, speaking[-1].id) if speaking else ():
        if event not in speaking:
            continue
        who, text = "user" if event.seat in form.user else "assistant", str(event.answer[form.text])
        train = event.seat in learned
        names.append(event.id)
        if said and said[-1].role == who:
            before = said.pop()
            text, train = f"{before.content}\n\n{text}", before.train or train
        said.append(Message(role=who, content=text, train=train))
    while said and not said[-1].train:
        said.pop()
    if not names or not said:
        return
    if form.system is not None:
        said = [Message(role="system", content=str(worth(parse(form.system), scope))), *said]
    yield Dialogue(**_common(episode, form.purpose), messages=tuple(said), events=tuple(names))


def _judged(form: JudgedForm, scope: Scope, episode: Episode) -> Iterator[Judged]:
    verdict = parse(form.verdict)
    for event in scope.turns(form.critique, whole=True):
        response = scope.by_id.get(event.parent)
        if response is None or response.invalid is not None or form.text not in response.answer:
            continue
        here = _about(scope, event, form.critique)
        yield Judged(
            **_common(episode, form.purpose),
            prompt=_prompt(form.prompt, here),
            response=str(response.answer[form.text]),
            critique=str(field_of(event, form.text)),
            verdict=holds(verdict, here),
            response_event=response.id,
            critique_event=event.id,
        )


def _stepwise(form: StepwiseForm, scope: Scope, episode: Episode) -> Iterator[Stepwise]:
    steps, labels = parse(form.steps), parse(form.labels)
    told, marks = worth(steps, scope), worth(labels, scope)
    if not isinstance(told, list) or not isinstance(marks, list) or len(told) != len(marks) or not told:
        return
    names = [getattr(one, "name", "") for one in (steps, labels)]
    yield Stepwise(
        **_common(episode, form.purpose),
        prompt=_prompt(form.prompt, scope),
        steps=tuple(map(str, told)),
        labels=tuple(map(bool, marks)),
        events=tuple(dict.fromkeys(event.id for name in names for event in scope.turns(name)[-1:])),
    )
