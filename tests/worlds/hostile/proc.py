# Looks for other processes and its own memory in /proc.
# verdict: pass
# ruff: noqa
import os
try:
    open('/proc/self/mem', 'rb')
    print('ESCAPED', "open('/proc/self/mem', 'rb')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/proc/self/environ').read()
    print('ESCAPED', "open('/proc/self/environ').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/proc/1/environ').read()
    print('ESCAPED', "open('/proc/1/environ').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/proc/{PID}/environ').read()
    print('ESCAPED', "open('/proc/{PID}/environ').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/proc/self/maps').read()
    print('ESCAPED', "open('/proc/self/maps').read()")
except (OSError, ValueError, ImportError):
    pass
try:
    os.readlink('/proc/self/exe')
    print('ESCAPED', "os.readlink('/proc/self/exe')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/proc/1/root')
    print('ESCAPED', "os.listdir('/proc/1/root')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/proc/sys/kernel/core_pattern', 'w')
    print('ESCAPED', "open('/proc/sys/kernel/core_pattern', 'w')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.listdir('/dev/fd')
    print('ESCAPED', "os.listdir('/dev/fd')")
except (OSError, ValueError, ImportError):
    pass
