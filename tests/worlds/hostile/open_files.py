# Opens files without end.
# verdict: limit files
# ruff: noqa
x = []
while True:
    x.append(open('/dev/null'))
