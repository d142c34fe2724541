# Makes files without end.
# verdict: limit file
# ruff: noqa
import os
n = 0
while True:
    os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))
    n += 1
