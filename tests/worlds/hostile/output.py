# Prints without end.
# verdict: limit output
# ruff: noqa
while True:
    print('x' * 1000)
