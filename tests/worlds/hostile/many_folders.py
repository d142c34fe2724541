# Makes folders within folders without end.
# verdict: limit file
# ruff: noqa
import os
while True:
    os.mkdir('d')
    os.chdir('d')
