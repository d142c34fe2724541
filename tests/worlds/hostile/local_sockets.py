# Talks to servers by local, raw and kernel sockets.
# verdict: pass
# ruff: noqa
import socket
try:
    socket.socket(socket.AF_UNIX)
    print('ESCAPED', 'socket.socket(socket.AF_UNIX)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    print('ESCAPED', 'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    print('ESCAPED', 'socket.socket(socket.AF_PACKET, socket.SOCK_RAW)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW)
    print('ESCAPED', 'socket.socket(socket.AF_INET, socket.SOCK_RAW)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(40)
    print('ESCAPED', 'socket.socket(40)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socket(38)
    print('ESCAPED', 'socket.socket(38)')
except (OSError, ValueError, ImportError):
    pass
try:
    socket.socketpair(socket.AF_INET)
    print('ESCAPED', 'socket.socketpair(socket.AF_INET)')
except (OSError, ValueError, ImportError):
    pass
