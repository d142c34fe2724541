# Writes to its output below Python.
# verdict: limit output
# ruff: noqa
import os
while True:
    os.write(1, b'x' * 65536)
