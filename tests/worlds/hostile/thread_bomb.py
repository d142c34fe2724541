# Starts threads without end.
# verdict: limit processes
# ruff: noqa
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(9,)).start()
