"""Key phrases: many cheap candidates, one weighted sum; phrases where a text is technical, words elsewhere.

The map, imports only downward::

    ranking      ``extract_concepts``, ``rank``: the best, no repeats
    hints        what a PDF knows beside its text
    mixture      which models speak for a text: its length, language and manner
    weights      the fitted models (generated)
    features     the weighted sums
    models       what a model is
    table        candidates by class: variants as one
    candidates   ``gather``, ``Candidates.merge``: runs between stop words, counted, by page range
    cleaning     notices, reference lists, running heads, broken words
    counts       phrases counted, page by page
    lexicon      words coded as characters
    endings      what English words end in, and how weak their stems are
    language     language and manner of a text
    native       the C module: it codes, describes, counts and scores where it was built, with equal results
"""

from ingestd.concepts.candidates import Candidates, gather
from ingestd.concepts.hints import Hints
from ingestd.concepts.ranking import extract_concepts, rank

__all__ = ["Candidates", "Hints", "extract_concepts", "gather", "rank"]
