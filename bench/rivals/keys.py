"""Key phrases of a text by others, and by ten lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bench.judges.keys import Extractor

LIMIT = 15
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")


def commonest(text: str) -> Sequence[str]:
    """Words of five letters and more, by count."""
    return [word for word, _ in Counter(_LONG_WORD.findall(text.lower())).most_common(LIMIT)]


def yake() -> Extractor:
    """YAKE, its defaults."""
    from yake import KeywordExtractor

    extractor = KeywordExtractor(top=LIMIT)
    return lambda text: [phrase for phrase, _ in extractor.extract_keywords(text)]


def kreuzberg() -> Extractor:
    """Kreuzberg's YAKE, of a plain text."""
    from kreuzberg import ExtractionConfig, KeywordAlgorithm, KeywordConfig, extract_bytes_sync

    keywords = KeywordConfig(algorithm=KeywordAlgorithm.Yake, max_keywords=LIMIT)
    config = ExtractionConfig(use_cache=False, keywords=keywords)

    def extract(text: str) -> Sequence[str]:
        result = extract_bytes_sync(text.encode(), "text/plain", config=config)
        return [keyword.text for keyword in result.extracted_keywords or ()]

    return extract
