# Asks for names and pages of the network.
# verdict: pass
# ruff: noqa
import socket, urllib.request
try:
    socket.getaddrinfo(b'example.com', 80)
    print('ESCAPED', "socket.getaddrinfo(b'example.com', 80)")
except (OSError, ValueError, ImportError):
    pass
try:
    urllib.request.urlopen('http://127.0.0.1:{PORT}', timeout=1)
    print('ESCAPED', "urllib.request.urlopen('http://127.0.0.1:{PORT}', timeout=1)")
except (OSError, ValueError, ImportError):
    pass
