# Asks for more memory than there is.
# verdict: limit memory
# ruff: noqa
x = [0] * 10**11
