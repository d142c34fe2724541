# Makes or enters namespaces.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((272, 97), (0x10000000,)),
    ((272, 97), (0x00020000,)),
    ((272, 97), (0x10020000,)),
    ((308, 268), (0, 0,)),
    ((56, 220), (0x10000011, 0, 0, 0, 0,)),
    ((435, 435), (0, 0,)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
