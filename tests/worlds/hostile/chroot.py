# Climbs out by a second root.
# verdict: pass
# ruff: noqa
import os
try:
    os.mkdir('x'); os.chroot('x')
    print('ESCAPED', "os.mkdir('x'); os.chroot('x')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.open('{FOLDER}', os.O_PATH)
    print('ESCAPED', "os.open('{FOLDER}', os.O_PATH)")
except (OSError, ValueError, ImportError):
    pass
