# Makes a file of terabytes that holds nothing.
# verdict: limit file
# ruff: noqa
import os
os.truncate(os.open('x', os.O_CREAT | os.O_RDWR), 1 << 42)
