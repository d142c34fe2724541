# Takes all memory.
# verdict: limit memory
# ruff: noqa
x = []
while True:
    x.append(bytearray(1 << 20))
