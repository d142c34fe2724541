# Opens and makes devices.
# verdict: pass
# ruff: noqa
import os
try:
    open('/dev/mem', 'rb')
    print('ESCAPED', "open('/dev/mem', 'rb')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/kmsg')
    print('ESCAPED', "open('/dev/kmsg')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/sda', 'rb')
    print('ESCAPED', "open('/dev/sda', 'rb')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/vda', 'rb')
    print('ESCAPED', "open('/dev/vda', 'rb')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/tty')
    print('ESCAPED', "open('/dev/tty')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/kvm')
    print('ESCAPED', "open('/dev/kvm')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/shm/x', 'w')
    print('ESCAPED', "open('/dev/shm/x', 'w')")
except (OSError, ValueError, ImportError):
    pass
try:
    open('/dev/ptmx')
    print('ESCAPED', "open('/dev/ptmx')")
except (OSError, ValueError, ImportError):
    pass
try:
    os.mknod('disk', 0o60666, os.makedev(8, 0))
    print('ESCAPED', "os.mknod('disk', 0o60666, os.makedev(8, 0))")
except (OSError, ValueError, ImportError):
    pass
try:
    os.mknod('mem', 0o20666, os.makedev(1, 1)); open('mem', 'rb').read(1)
    print('ESCAPED', "os.mknod('mem', 0o20666, os.makedev(1, 1)); open('mem', 'rb').read(1)")
except (OSError, ValueError, ImportError):
    pass
