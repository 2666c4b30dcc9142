"""Our private durable copies of accepted files, and where they end: archive or quarantine.

layout       names and places in the state directory; failures of its disk
intake       from a settled source to a durable copy
disposal     what becomes of a source whose copy is safe
shelves      moves between spool, archive and quarantine
repair       half steps that a kill left, put right at start
verify       ledger and files against each other
spool        the one door: ``Spool``
"""

from ingestd.spool.disposal import Disposal
from ingestd.spool.repair import Repair
from ingestd.spool.spool import Spool
from ingestd.spool.verify import Finding

__all__ = ["Disposal", "Finding", "Repair", "Spool"]
