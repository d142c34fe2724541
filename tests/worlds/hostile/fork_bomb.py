# Forks without end.
# verdict: limit processes
# ruff: noqa
import os
while True:
    os.fork()
