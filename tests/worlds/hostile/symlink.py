# Reaches out of its folder by symbolic links.
# verdict: pass
# ruff: noqa
import os
try:
    os.symlink('{CANARY}', 'a'); open('a').read()
    print('ESCAPED', "os.symlink('{CANARY}', 'a'); open('a').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    os.symlink('/proc/1/root', 'b'); os.listdir('b/etc')
    print('ESCAPED', "os.symlink('/proc/1/root', 'b'); os.listdir('b/etc')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.symlink('../../..', 'c'); open('c{CANARY}').read()
    print('ESCAPED', "os.symlink('../../..', 'c'); open('c{CANARY}').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    os.symlink('/etc', 'd'); open('d/passwd').read()
    print('ESCAPED', "os.symlink('/etc', 'd'); open('d/passwd').read()")
except (OSError, ValueError, ImportError):
    pass
