"""Reading a text: its sentences, words, word tokens and language, the same in every process and with no download.

Knows no instruction. Sentences are split by nltk's Punkt algorithm with an own small parameter set for English
(Punkt's trained parameters are data that cannot be had from pip); word tokens are nltk's treebank rules;
languages are told by langdetect with a fixed seed and its profiles in alphabetical order.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if (
    TYPE_CHECKING
):  # imported when a text is read: they bring much with them, and a scenario may never need them
    from langdetect.detector_factory import DetectorFactory
    from nltk.tokenize.destructive import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# What American English shortens with a full stop. Left out on purpose, because the English Punkt model does not
# know them either and so ends a sentence there: e.g., i.e., etc., no., approx., est.
_SHORTENED = """
mr mrs ms messrs dr prof sr jr st rep reps sen gen col lt maj adm ph.d m.b.a
jan feb aug sep sept oct nov dec tues wed fri a.m p.m a.d yr
inc corp co cos ltd bros cie s.a s.p.a n.v b.v a.g chg vs ft mg ave
j.b j.c j.j j.k j.p j.r a.a a.c a.s b.f d.h e.l e.m h.c l.p m.j r.a r.h r.j r.t s.g t.j w.c w.w
u.s u.s.a u.k u.n u.s.s.r d.c n.y n.j n.c n.h n.d n.m s.c r.i l.a w.va sw
ala ariz calif colo conn fla ga ill kan ky mich minn nev okla ore pa tenn va vt wash wis
c d e f g h k l m n p r s t v w
"""
# Words that so often open a sentence that one begins even after a shortened word ("at 9 p.m. The ...").
_OPENERS = """
although but despite even he however if in indeed instead it i many meanwhile moreover most nevertheless nor
nonetheless similarly since so some the there these they this though thus under when while yet among both according
"""
# Words that are hardly ever capitalised unless they open a sentence.
_PLAIN = """
her your through please someone nothing always sometimes soon here tomorrow yesterday finally very still
remember imagine consider ask try check follow choose call put note mix serve enjoy thank thanks yes such
without within between behind beyond above along into onto upon whether which whom therefore hence
otherwise afterwards already almost enough apply create drain discuss ensure include list mention prepare
provide remove season send wait practice describe explain
"""
# Words that are written both ways within sentences (titles and headings capitalise them).
_EITHER = """
she we his its their our my that those what where how why who because before during everyone nobody
everything never often perhaps maybe then once later today next also only just keep make take give let
use add start stop come go get write read see look find bring buy place each every another other with
about after against around from toward until whose however again nearly quite rather too more less few
several much little half people children students teachers doctors companies prices investors avoid
continue cover heat share show water work plan save set identify track visit
"""
# "9. Review" is one sentence, "9. Repeat" is two: a number and a word that often belong together.
_AFTER_NUMBER = (
    "review business credit financing letters corrections dividend insider leisure notable who international"
)
_UPPER_MID = 1 << 2  # Punkt's flags: seen capitalised within a sentence,
_LOWER_MID = 1 << 5  # and seen in lower case there


@cache
def _punkt() -> PunktSentenceTokenizer:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types.update(_SHORTENED.split())
    parameters.sent_starters.update(_OPENERS.split())
    for word in _PLAIN.split():
        parameters.ortho_context[word] |= _LOWER_MID
    for word in (_EITHER + _OPENERS).split():
        parameters.ortho_context[word] |= _LOWER_MID | _UPPER_MID
    parameters.collocations.update(("##number##", word) for word in _AFTER_NUMBER.split())
    tokenizer = PunktSentenceTokenizer(parameters)
    # the two words about a full stop decide alone, and texts that are edited step by step keep most of theirs
    tokenizer.text_contains_sentbreak = lru_cache(maxsize=8192)(tokenizer.text_contains_sentbreak)
    return tokenizer


def sentences(text: str) -> list[str]:
    """The sentences of `text` (Kiss and Strunk 2006, Unsupervised Multilingual Sentence Boundary Detection).

    >>> sentences("Dr. Roe came at 9 p.m. on Friday. She left! Why?")
    ['Dr. Roe came at 9 p.m. on Friday.', 'She left!', 'Why?']
    """
    return list(_split(text))


@lru_cache(maxsize=1024)  # whoever edits a text asks for the sentences of the same lines again and again
def _split(text: str) -> tuple[str, ...]:
    return tuple(_punkt().tokenize(text))


def words(text: str) -> list[str]:
    r"""The runs of word characters (`\w+`): "don't" is two.

    >>> words("Don't pay 3.14")
    ['Don', 't', 'pay', '3', '14']
    """
    return re.findall(r"\w+", text)


_WHOLE_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # a kana or ideograph is a word by itself
    r"|\d+(?:[.,:]\d+)*(?:[^\W\d_\u3040-\u30ff\u3400-\u9fff]+)?"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['’‑-][^\W\u3040-\u30ff\u3400-\u9fff]+)*"
)


def whole_words(text: str) -> list[str]:
    """The words as a person counts them: inner apostrophes, hyphens and decimal points do not divide.

    >>> whole_words("Don't pay 3.14 for the well-known 電車")
    ["Don't", 'pay', '3.14', 'for', 'the', 'well-known', '電', '車']
    """
    return _WHOLE_WORD.findall(text)


def tokens(text: str) -> list[str]:
    """The treebank word tokens of each sentence: punctuation and clitics stand apart, hyphens do not divide.

    >>> tokens("NASA's well-known ROCKET.")
    ['NASA', "'s", 'well-known', 'ROCKET', '.']
    """
    return [token for sentence in _split(text) for token in _tokens(sentence)]


@cache
def _treebank() -> NLTKWordTokenizer:
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()


@lru_cache(maxsize=4096)  # an edit leaves most sentences as they were
def _tokens(sentence: str) -> tuple[str, ...]:
    return tuple(_treebank().tokenize(sentence))


@cache
def _detectors() -> DetectorFactory:
    import langdetect
    from langdetect.detector_factory import DetectorFactory
    from langdetect.utils.lang_profile import LangProfile

    factory = DetectorFactory()
    factory.seed = 0
    paths = sorted(
        path for path in (Path(langdetect.__file__).parent / "profiles").iterdir() if path.is_file()
    )
    for index, path in enumerate(paths):
        factory.add_profile(LangProfile(**json.loads(path.read_text("utf-8"))), index, len(paths))
    return factory


@lru_cache(maxsize=4096)
def language(text: str) -> str | None:
    """The ISO 639-1 code of the likeliest language of `text`; none where nothing in it can be told.

    >>> language("Der Zug nach Bremen fährt heute erst am späten Abend ab."), language("12 + 30")
    ('de', None)
    """
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors().create()
    detector.append(text)
    try:
        found: str = detector.detect()
    except LangDetectException:
        return None
    return found
