# Takes all memory by mapping it.
# verdict: limit memory
# ruff: noqa
import mmap
x = []
try:
    while True:
        m = mmap.mmap(-1, 1 << 24)
        m.write(b'x' * (1 << 24))
        x.append(m)
except OSError:
    raise MemoryError from None
