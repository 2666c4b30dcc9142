"""Key phrases: many cheap candidates, one weighted sum, both kinds (phrases where a text is technical, words else).

ranking      ``extract_concepts``, ``rank``: classes of variants, features, the sum, no repeats
candidates   ``gather``: runs between stop words, counted; merged over page ranges
cleaning     notices, reference lists, running heads, broken words
lexicon      the words, coded as characters
language     which language a text is in
"""

from ingestd.concepts.candidates import Candidates, gather
from ingestd.concepts.hints import Hints
from ingestd.concepts.ranking import extract_concepts, rank

__all__ = ["Candidates", "Hints", "extract_concepts", "gather", "rank"]
