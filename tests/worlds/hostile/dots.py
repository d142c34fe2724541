# Climbs above the root.
# verdict: pass
# ruff: noqa
import os
try:
    open('../' * 40 + '{CANARY}'.lstrip('/')).read()
    print('ESCAPED', "open('../' * 40 + '{CANARY}'.lstrip('/')).read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/..' * 40 + '{CANARY}').read()
    print('ESCAPED', "open('/..' * 40 + '{CANARY}').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    os.chdir('/..'); os.listdir('home')
    print('ESCAPED', "os.chdir('/..'); os.listdir('home')")
except (OSError, ValueError, ImportError):
    pass
