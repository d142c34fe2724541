# Writes a large file.
# verdict: limit file
# ruff: noqa
with open('x', 'wb') as file:
    while True:
        file.write(b'x' * 65536)
