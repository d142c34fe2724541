# Starts processes by system calls.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((56, 220), (17, 0, 0, 0, 0,)),
    ((57, 220), (17, 0, 0, 0, 0,)),
    ((58, 220), (17, 0, 0, 0, 0,)),
    ((435, 435), (bytes(88), 88,)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
