# Starts workers.
# verdict: limit processes
# ruff: noqa
import multiprocessing
multiprocessing.get_context('fork').Process(target=print, args=('ESCAPED',)).start()
