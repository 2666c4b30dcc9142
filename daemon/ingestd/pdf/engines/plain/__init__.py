"""Reading characters where the C module was not built, by ctypes and numpy. Nothing of it is loaded where it was.

Equal numbers and equal lines; a test compares them.
"""

from ingestd.pdf.engines.plain.lines import lines, mend
from ingestd.pdf.engines.plain.reading import read

__all__ = ["lines", "mend", "read"]
