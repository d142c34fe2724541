# Prints one huge line.
# verdict: limit output
# ruff: noqa
print('x' * 10**7)
