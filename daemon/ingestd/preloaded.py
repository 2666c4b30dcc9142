"""Importing this makes a process ready to be a worker: the forkserver does it once, and its children are warm.

A sealed worker can import nothing more, so everything that a parser may import late is imported here.
"""

import os

# Before numpy, loaded where a C module is missing: a thread of a library would keep a worker from closing its
# sandbox.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from ingestd import sandbox
from ingestd.pdf.warming import warm_up

sandbox.preload("pypdf")
warm_up()
