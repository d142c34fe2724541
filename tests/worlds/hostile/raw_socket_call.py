# Makes a socket by a system call.
# verdict: pass
# ruff: noqa
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
for numbers, args in (
    ((41, 198), (2, 1, 0,)),
    ((41, 198), (1, 1, 0,)),
    ((41, 198), (16, 3, 0,)),
    ((53, 199), (2, 1, 0, bytes(8),)),
):
    result = libc.syscall(numbers[arm], *args)
    if result != -1:
        print('ESCAPED', numbers, result)
