# Lists folders outside.
# verdict: pass
# ruff: noqa
import os
try:
    os.listdir('/home')
    print('ESCAPED', "os.listdir('/home')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/work')
    print('ESCAPED', "os.listdir('/work')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/proc')
    print('ESCAPED', "os.listdir('/proc')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/sys')
    print('ESCAPED', "os.listdir('/sys')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/var')
    print('ESCAPED', "os.listdir('/var')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/usr/bin')
    print('ESCAPED', "os.listdir('/usr/bin')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('{FOLDER}')
    print('ESCAPED', "os.listdir('{FOLDER}')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('{CHECKOUT}/worlds')
    print('ESCAPED', "os.listdir('{CHECKOUT}/worlds')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('{CHECKOUT}/.git')
    print('ESCAPED', "os.listdir('{CHECKOUT}/.git')")
except (OSError, ValueError, ImportError):
    pass
