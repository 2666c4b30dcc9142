"""What a worker process gives up before it meets a PDF.

``close`` takes four layers in turn, each optional where the kernel lacks it: ``privileges`` (none to
gain, none kept, no tracing), ``limits`` (memory, files, processes), ``landlock`` (no file system, no
network, no signals to others) and ``seccomp`` (no system call but those a parser needs). ``preload``
imports beforehand what cannot be imported afterwards.
"""

from ingestd.sandbox.enclosure import SandboxLimits, SandboxReport, close
from ingestd.sandbox.preload import preload

__all__ = ["SandboxLimits", "SandboxReport", "close", "preload"]
