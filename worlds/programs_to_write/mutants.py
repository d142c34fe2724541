"""Mutants: wrong versions of a recorded program, where nobody has written down how people go wrong about it.

Each has one bug of a known kind, ends, returns something else than the right one and than the others, and fails a test.
"""

from __future__ import annotations

import json
from functools import lru_cache

from maieutic import rng
from maieutic.worlds.programs.check import LIMITS
from maieutic.worlds.programs.mutate import mutate, mutations
from maieutic.worlds.programs_to_write.running import called, holds, told
from maieutic.worlds.sandbox import shared

_QUICK = LIMITS.model_copy(update={"cpu_seconds": LIMITS.cpu_seconds / 4})
MOST = 3  # of one program
TRIES = 24  # bugs that are tried


@lru_cache(maxsize=4096)
def mutants(program: str, tests: str) -> tuple[str, ...]:
    """Up to `MOST` of them, the same for the same program.

    Raises:
        SandboxError: programs cannot be run safely here.

    >>> sorted(one.splitlines()[1] for one in mutants("def f(n):\\n    return n + 1\\n", "assert f(1) == 2\\n"))
    ['    n + 1', '    return n - 1']
    """
    try:
        every = mutations(program)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    rng("mutants", program, tests).shuffle(every)
    entry, arguments = called(tests)
    cases = [json.loads(one) for one in arguments]
    found: dict[tuple[str, ...], str] = {}
    for one in every[:TRIES] if cases else ():
        made, _ = mutate(program, [one])
        said = shared().answers(made, entry, cases, limits=_QUICK)
        returns = tuple(map(told, said))
        ends = all(case.get("status") not in ("limit", "refused") for case in said)
        # one that gives nothing back is no answer; one that does not end is found out by the clock
        fits = ends and any("answer" in case for case in said) and returns not in found
        if fits and not holds(made, tests):
            found[returns] = made
        if len(found) == MOST:
            break
    return tuple(found.values())
