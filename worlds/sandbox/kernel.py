"""Kernel: the few system calls that Python 3.11 has no name for, and the filter of the calls that a program may make.

Knows nothing of programs or verdicts, and imports the standard library only: it runs inside the jail too. Linux on
x86_64 and aarch64. The filter is classic BPF as seccomp(2) takes it: forbidden calls fail with an error and the program
goes on; calls of a foreign architecture end it.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import resource
import struct

NEWNS, NEWUTS, NEWIPC, NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
DETACH = 2
_PDEATHSIG, _NO_NEW_PRIVS, _SECCOMP, _CAPBSET_DROP, _SECUREBITS = 1, 38, 22, 24, 28

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
_ARM = platform.machine() == "aarch64"


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    parts = (source.encode(), target.encode(), kind.encode(), flags, options.encode())
    _checked(_libc.mount(*parts), f"mount {target}")


def unmount(target: str) -> None:
    """umount2(2), lazily."""
    _checked(_libc.umount2(target.encode(), DETACH), f"umount {target}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """setns(2)."""
    _checked(_libc.setns(fd, flags), "setns")


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    number = 41 if _ARM else 155
    _checked(_libc.syscall(number, new.encode(), old.encode()), "pivot_root")


def read_only(path: str) -> None:
    """Make a mount and all below it read-only: mount_setattr(2), Linux 5.12 and later."""
    attributes = struct.pack("QQQQ", RDONLY | NOSUID, 0, 0, 0)
    _checked(
        _libc.syscall(442, -100, path.encode(), 0x8000, attributes, len(attributes)), f"read-only {path}"
    )


def die_with_parent() -> None:
    """Be killed when the process that started this one ends."""
    _checked(_libc.prctl(_PDEATHSIG, 9, 0, 0, 0), "prctl PDEATHSIG")


def give_up_privileges(uid: int | None) -> None:
    """Become `uid` (None: stay who one is), without any capability, never to gain one again."""
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # the kernel has no more of them
    _libc.prctl(
        _SECUREBITS, 0x2F, 0, 0, 0
    )  # root's id alone gives nothing; best effort, the filter forbids exec
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _checked(_libc.syscall(91 if _ARM else 126, header, none), "capset")
    _checked(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")


def address_space() -> int:
    """Bytes of address space in use; found by trying limits, since there is no /proc to read it from."""
    old = resource.getrlimit(resource.RLIMIT_AS)
    low, high = 0, 1 << 44
    while high - low > mmap.PAGESIZE:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, old[1]))
        try:
            mmap.mmap(-1, mmap.PAGESIZE).close()
            high = middle
        except (OSError, MemoryError):
            low = middle
        finally:
            resource.setrlimit(resource.RLIMIT_AS, old)
    return high


# name -> (number on x86_64, number on aarch64), None where the architecture has no such call
_FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458), "unshare": (272, 97),
    "setns": (308, 268), "execve": (59, 221), "execveat": (322, 281), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_setup": (206, 0), "init_module": (175, 105),
    "delete_module": (176, 106), "finit_module": (313, 273), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "uselib": (134, None), "syslog": (103, 116), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "personality": (135, 92), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "fanotify_init": (300, 262), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "vmsplice": (278, 75), "sync": (162, 81), "syncfs": (306, 267), "vhangup": (153, 58), "mknod": (133, None),
    "mknodat": (259, 33), "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235),
    "set_mempolicy": (238, 237), "nfsservctl": (180, 42), "lookup_dcookie": (212, 18),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKETPAIR, _LAST = (220, 435, 199, 462) if _ARM else (56, 435, 53, 462)
_FORKS = () if _ARM else (57, 58)  # fork and vfork
_ARCHITECTURE = 0xC00000B7 if _ARM else 0xC000003E
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _EQUAL, _ATLEAST, _ANYBIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NAMESPACES = NEWNS | 0x02000000 | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET  # and cgroups


def system_call_filter(alone: bool) -> bytes:
    """The filter's instructions; `alone`: neither processes nor threads may be started.

    >>> len(system_call_filter(True)) % 8
    0
    """

    def refuse(number: int) -> int:
        return _ERRNO | number

    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),  # architecture
        (_EQUAL, 1, 0, _ARCHITECTURE),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # number of the call
        (_ATLEAST, 0, 1, _LAST + 1),  # newer than this list, and the second table of x86_64
        (_RETURN, 0, 0, refuse(errno.ENOSYS)),
        (_EQUAL, 0, 1, _CLONE3),  # its flags cannot be read from here; the C library falls back to clone
        (_RETURN, 0, 0, refuse(errno.ENOSYS)),
    ]
    for number in (*_FORKS, _CLONE) if alone else ():
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refuse(errno.EAGAIN))]
    place = 1 if _ARM else 0
    forbidden = sorted(numbers[place] for numbers in _FORBIDDEN.values() if numbers[place] is not None)  # type: ignore[type-var]
    for number in forbidden:
        code += [(_EQUAL, 0, 1, number or 0), (_RETURN, 0, 0, refuse(errno.EPERM))]
    if not alone:
        code += [
            (_EQUAL, 0, 3, _CLONE),
            (_LOAD, 0, 0, 16),  # its first argument
            (_ANYBIT, 0, 5, _NAMESPACES),  # none: on to the last line
            (_RETURN, 0, 0, refuse(errno.EPERM)),
        ]
    code += [
        (_EQUAL, 0, 3, _SOCKETPAIR),
        (_LOAD, 0, 0, 16),
        (_EQUAL, 1, 0, 1),  # AF_UNIX: a pair within the program, as asyncio needs it
        (_RETURN, 0, 0, refuse(errno.EPERM)),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *one) for one in code)


def install(instructions: bytes) -> None:
    """Put the filter on this thread and all that it starts, for good."""
    room = ctypes.create_string_buffer(instructions, len(instructions))
    program = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(room))
    holder = ctypes.create_string_buffer(program, len(program))
    _checked(_libc.prctl(_SECCOMP, 2, ctypes.addressof(holder), 0, 0), "prctl SECCOMP")
