# Writes errors without end.
# verdict: limit cpu
# ruff: noqa
import os, sys
while True:
    sys.stderr.write('x' * 1000)
    os.write(2, b'x' * 65536)
