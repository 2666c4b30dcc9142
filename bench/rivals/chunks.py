"""Other ways to cut a text."""

from __future__ import annotations

from collections.abc import Sequence

from bench.judges.chunks import Chunker, Piece


def fixed(size: int, overlap: int) -> Chunker:
    """Windows of so many characters."""

    def cut(text: str) -> Sequence[Piece]:
        starts = range(0, max(1, len(text) - overlap), size - overlap)
        return [Piece(start, min(len(text), start + size)) for start in starts]

    return cut


def recursive(size: int, overlap: int) -> Chunker:
    """LangChain's recursive splitter."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap, add_start_index=True)

    def cut(text: str) -> Sequence[Piece]:
        found = [(d.metadata["start_index"], d.page_content) for d in splitter.create_documents([text])]
        return [Piece(start, start + len(content)) for start, content in found]

    return cut
