# Searches with a pattern that takes for ever.
# verdict: limit cpu
# ruff: noqa
import re
re.match(r'(a+)+b', 'a' * 60)
