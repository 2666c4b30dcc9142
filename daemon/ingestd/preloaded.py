"""Importing this makes a process ready to be a worker: the forkserver does it once, and its children are warm.

A sealed worker can import nothing more, so everything that a parser may import late is imported here.
"""

import gc
import os

# What is imported stays, and a document's objects die with it, by count: looking for cycles among them is a
# twentieth of the time.
gc.set_threshold(100_000, 20, 20)
# Before numpy, loaded where a C module is missing: a thread of a library would keep a worker from closing its
# sandbox.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from ingestd import sandbox  # noqa: E402 (what is imported here is what that is for)
from ingestd.pdf.warming import warm_up  # noqa: E402

sandbox.preload("pypdf")
warm_up()
