# Never ends.
# verdict: limit cpu
# ruff: noqa
while True:
    pass
