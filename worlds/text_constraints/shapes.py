"""Shapes: the nine types about the whole text: how it opens and closes, its case, its language, its commas.

Knows nothing of what stands within.
"""

from __future__ import annotations

import random
import re

from pydantic import Field

from maieutic.worlds.text_constraints.instruction import (
    Check,
    Instruction,
    Params,
    Relation,
    against,
    exactly,
    holds,
    some,
)
from maieutic.worlds.text_constraints.reading import language, tokens

LANGUAGES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "ml": "Malayalam",
    "mr": "Marathi",
    "ne": "Nepali",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
}


class Language(Params):
    """The language of the whole text, as an ISO 639-1 code."""

    language: str = Field(min_length=2)


class Prompt(Params):
    """The text to repeat."""

    prompt_to_repeat: str = Field(min_length=1)


class End(Params):
    """How the text ends."""

    end_phrase: str = Field(min_length=1)


class Capitals(Params):
    """How many words in capitals."""

    capital_frequency: int = Field(ge=0)
    capital_relation: Relation


def _language(text: str, params: Language) -> Check:
    found = language(text)
    if found is None:
        return holds(True, "no language can be told, which the published checker lets pass", "")
    return holds(
        found == params.language, f"is in {found}", f"is in {found}, wanted {params.language}", found
    )


def _language_repaired(text: str, params: Language) -> Check:
    found = language(text.lower() if text.isupper() else text)
    said = "no language can be told" if found is None else f"is in {found}"
    return holds(found == params.language, said, f"{said}, wanted {params.language}", found)


def _two(text: str, params: Params) -> Check:
    parts = text.split("******")
    filled = [part.strip() for part in parts if part.strip()]
    if not all(part.strip() for part in parts[1:-1]):
        return exactly(len(filled), 2, "responses", also=False, but="one between two dividers is empty")
    return exactly(
        len(filled),
        2,
        "responses divided by ******",
        also=len(set(filled)) == len(filled),
        but="they are equal",
    )


def _repeat(text: str, params: Prompt) -> Check:
    opens = text.strip().lower().startswith(params.prompt_to_repeat.strip().lower())
    return holds(opens, "opens with the request", "does not open with the request word for word")


def _end(text: str, params: End) -> Check:
    ends = text.strip().strip('"').lower().endswith(params.end_phrase.strip().lower())
    return holds(ends, "ends with the phrase", "does not end with the phrase", text.strip()[-40:])


_CLOSING = " \t\n\r\"'“”„‘’«»*_`~.)]"


def _end_repaired(text: str, params: End) -> Check:
    phrase = params.end_phrase.strip().lower()
    bare = phrase.rstrip(_CLOSING)
    body = text.strip().lower() if not bare else text.lower().rstrip(_CLOSING)
    wanted = bare or phrase
    before = body[: -len(wanted)]
    ends = body.endswith(wanted) and not (re.match(r"\w", wanted) and re.search(r"\w\Z", before))
    return holds(ends, "ends with the phrase", "does not end with the phrase", text.strip()[-40:])


def _quotation(text: str, params: Params) -> Check:
    body = text.strip()
    ok = len(body) > 1 and body[0] == body[-1] == '"'
    return holds(ok, "is in double quotes", "is not in double quotes")


QUOTES = ('""', "“”", "„“", "„”", "«»", "»«", "””")


def _quotation_repaired(text: str, params: Params) -> Check:
    body = text.strip()
    ok = len(body) > 1 and body[0] + body[-1] in QUOTES
    return holds(ok, "is in double quotes", "is not in double quotes")


def _capitals(text: str, params: Capitals) -> Check:
    found = sum(1 for token in tokens(text) if token.isupper())
    return against(found, params.capital_relation, params.capital_frequency, "words in capitals")


def _case(text: str, *, upper: bool, published: bool) -> Check:
    name = "capitals" if upper else "lower case"
    if not (text.isupper() if upper else text.islower()):
        return holds(False, "", f"is not all in {name}")
    found = language(text if published else text.lower())
    if found is None and published:
        return holds(
            True, f"is in {name}; no language can be told, which the published checker lets pass", ""
        )
    return holds(
        found == "en", f"is in {name}", f"is in {name}, but in {found or 'no known language'}", found
    )


def _upper(text: str, params: Params) -> Check:
    return _case(text, upper=True, published=True)


def _upper_repaired(text: str, params: Params) -> Check:
    return _case(text, upper=True, published=False)


def _lower(text: str, params: Params) -> Check:
    return _case(text, upper=False, published=True)


def _lower_repaired(text: str, params: Params) -> Check:
    return _case(text, upper=False, published=False)


def _commas(text: str, params: Params) -> Check:
    found = text.count(",")
    return Check(
        ok=not found,
        observed=found,
        reason=f"has {found} commas" if found else "has no comma",
        distance=-found,
    )


def _nothing(rng: random.Random) -> Params:
    return Params()


DRAWN_LANGUAGES = ("de", "es", "fi", "fr", "it", "pl", "pt", "ru", "sw", "vi")
ENDINGS = (
    "That is the whole story.",
    "More on this another day!",
    "What would you have done?",
    "And so it goes on.",
    "Write back when you can.",
    "Here I rest my case.",
    "Who could ask for more?",
    "The rest is up to you.",
)
REQUESTS = (
    "Tell me how a lighthouse works.",
    "Describe a quiet morning in a small town.",
    "Explain why bread rises in the oven.",
    "Write a short note to a new neighbour.",
)


def _draw_language(rng: random.Random) -> Language:
    return Language(language=rng.choice(DRAWN_LANGUAGES))


def _draw_prompt(rng: random.Random) -> Prompt:
    return Prompt(prompt_to_repeat=rng.choice(REQUESTS))


def _draw_end(rng: random.Random) -> End:
    return End(end_phrase=rng.choice(ENDINGS))


def _draw_capitals(rng: random.Random) -> Capitals:
    relation: Relation = rng.choice(("at least", "less than"))
    return Capitals(
        capital_frequency=rng.randint(1 if relation == "at least" else 2, 20), capital_relation=relation
    )


_LANGUAGE_WORDINGS = (
    lambda p: f"Write all of it in {LANGUAGES.get(p.language, p.language)}.",
    lambda p: f"My reader knows {LANGUAGES.get(p.language, p.language)} only: use no other language.",
)
_TWO_WORDINGS = (
    lambda p: "Write two different versions, one after the other, with ****** between them and nothing more.",
    lambda p: "I would like a choice of two answers that differ; put six stars (******) between the two.",
)
_REPEAT_WORDINGS = (
    lambda p: (
        f'Begin by copying out this request as it stands, before anything else: "{p.prompt_to_repeat}" '
        "Your answer comes after it."
    ),
    lambda p: f'The first thing you write is my request, unchanged ("{p.prompt_to_repeat}"); then answer it.',
)
_END_WORDINGS = (
    lambda p: f'The very last words must be: "{p.end_phrase}"',
    lambda p: f'Finish with "{p.end_phrase}" and let nothing come after it.',
)
_QUOTATION_WORDINGS = (
    lambda p: 'Put the whole reply between double quotes, " at the start and " at the end.',
    lambda p: "Wrap everything you write in one pair of double quotation marks.",
)
_CAPITAL_WORDINGS = (
    lambda p: (
        f"Set no fewer than {some(p.capital_frequency, 'word')} entirely in capitals."
        if p.capital_relation == "at least"
        else f"Of words entirely in capitals there should be fewer than {p.capital_frequency}."
    ),
    lambda p: (
        f"Shout now and then: {some(p.capital_frequency, 'word')} or more ALL IN CAPITALS."
        if p.capital_relation == "at least"
        else f"Hardly shout: fewer than {p.capital_frequency} words ALL IN CAPITALS."
    ),
)
_UPPER_WORDINGS = (
    lambda p: "Write in English and use capital letters only.",
    lambda p: "I want English text WITHOUT A SINGLE SMALL LETTER.",
)
_LOWER_WORDINGS = (
    lambda p: "Write in English and use small letters only.",
    lambda p: "I want English text without a single capital letter.",
)
_COMMA_WORDINGS = (
    lambda p: "Do it without a single comma.",
    lambda p: "There must be no comma anywhere.",
)

_TWO = Instruction("combination:two_responses", Params, _nothing, _TWO_WORDINGS, _two)
_REPEAT = Instruction("combination:repeat_prompt", Prompt, _draw_prompt, _REPEAT_WORDINGS, _repeat)
_CAPITALS = Instruction(
    "change_case:capital_word_frequency", Capitals, _draw_capitals, _CAPITAL_WORDINGS, _capitals
)
_COMMAS = Instruction("punctuation:no_comma", Params, _nothing, _COMMA_WORDINGS, _commas)
_UNTOLD = "text whose language cannot be told does not pass"

PUBLISHED = (
    _TWO,
    _REPEAT,
    Instruction("startend:end_checker", End, _draw_end, _END_WORDINGS, _end),
    Instruction("startend:quotation", Params, _nothing, _QUOTATION_WORDINGS, _quotation),
    Instruction("language:response_language", Language, _draw_language, _LANGUAGE_WORDINGS, _language),
    _CAPITALS,
    Instruction("change_case:english_capital", Params, _nothing, _UPPER_WORDINGS, _upper),
    Instruction("change_case:english_lowercase", Params, _nothing, _LOWER_WORDINGS, _lower),
    _COMMAS,
)
REPAIRED = (
    _TWO,
    _REPEAT,
    Instruction(
        "startend:end_checker",
        End,
        _draw_end,
        _END_WORDINGS,
        _end_repaired,
        "closing quotes, markup and a full stop after the phrase do no harm; the phrase must begin at a word",
    ),
    Instruction(
        "startend:quotation",
        Params,
        _nothing,
        _QUOTATION_WORDINGS,
        _quotation_repaired,
        "typographic double quotes count",
    ),
    Instruction(
        "language:response_language",
        Language,
        _draw_language,
        _LANGUAGE_WORDINGS,
        _language_repaired,
        f"{_UNTOLD}; text all in capitals is read in lower case",
    ),
    _CAPITALS,
    Instruction(
        "change_case:english_capital",
        Params,
        _nothing,
        _UPPER_WORDINGS,
        _upper_repaired,
        f"the language is told from a lower-case copy; {_UNTOLD}",
    ),
    Instruction("change_case:english_lowercase", Params, _nothing, _LOWER_WORDINGS, _lower_repaired, _UNTOLD),
    _COMMAS,
)
