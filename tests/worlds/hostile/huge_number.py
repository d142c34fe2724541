# Works on a number that takes for ever, in one step that no Python code can interrupt.
# verdict: limit cpu
# ruff: noqa
print(3 ** (10 ** 9) % 7 and len(str(7 ** 10 ** 7)))
