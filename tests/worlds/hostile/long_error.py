# Raises an error with a message of megabytes.
# verdict: error
# tests: assert answer() == 42
# ruff: noqa
def answer():
    raise ValueError('x' * 10**7)
