# Links files of the library into its own folder to change them there.
# verdict: pass
# ruff: noqa
import os
try:
    os.link(os.__file__, 'mine'); open('mine', 'a')
    print('ESCAPED', "os.link(os.__file__, 'mine'); open('mine', 'a')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.link('{CANARY}', 'mine')
    print('ESCAPED', "os.link('{CANARY}', 'mine')")
except (OSError, ValueError, ImportError):
    pass
