"""PDFs spoiled by chance, each in a way that something in the world might: a seed gives the same ones again."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Iterator, Sequence

OBJECT = re.compile(rb"\d+ \d+ obj\b.*?endobj", re.DOTALL)
REFERENCE = re.compile(rb"\b\d{1,6} \d{1,5} R\b")
NUMBER = re.compile(rb"(?<![\d.])-?\d+(?:\.\d+)?")
KEYED_NUMBER = re.compile(
    rb"/(?:Length1?|Count|Prev|Size|First|N|Columns|Predictor|Rotate|W|Index)\s*\[?\s*(\d+)"
)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
NAME = re.compile(rb"/[A-Z][A-Za-z0-9]{1,20}")
LINK = re.compile(rb"/(?:Kids|Parent|Prev|Next|First|Last|Contents|Resources|XObject|Length|Pages|Root)\b")

EXTREMES = (
    b"0", b"-1", b"1", b"2", b"255", b"65535", b"65536", b"2147483647", b"2147483648", b"-2147483648",
    b"4294967295", b"4294967296", b"9223372036854775807", b"99999999999999999999999", b"1e308", b"0.00000001",
    b"3.4e38", b"-0", b"NaN",
)  # fmt: skip
MAX_ROUNDS = 3
HEADER = 16
"""Bytes at the beginning that most mutants keep, or few would ever meet a parser."""

Mutation = Callable[[random.Random, bytearray], None]


def mutants(rng: random.Random, seeds: Sequence[bytes]) -> Iterator[bytes]:
    """Without an end. Every tenth is of two documents."""
    while True:
        data = rng.choice(seeds)
        if rng.random() < 0.1:
            data = spliced(rng, data, rng.choice(seeds))
        yield mutated(rng, data)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """A few mutations, one over the other."""
    body = bytearray(data)
    for _ in range(rng.randint(1, MAX_ROUNDS)):
        rng.choice(MUTATIONS)(rng, body)
    if rng.random() < 0.97:
        body[:HEADER] = data[:HEADER]
    return bytes(body)


def spliced(rng: random.Random, head: bytes, tail: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return head[: rng.randint(0, len(head))] + tail[rng.randint(0, len(tail)) :]


def bytes_flipped(rng: random.Random, body: bytearray) -> None:
    """From one byte to one in a hundred."""
    if body:
        for _ in range(rng.choice([1, 3, 10, 1 + len(body) // 1000, 1 + len(body) // 100])):
            body[rng.randrange(len(body))] = rng.randrange(256)


def truncated(rng: random.Random, body: bytearray) -> None:
    """A transfer that broke."""
    del body[rng.randint(len(body) // 8, len(body)) :]


def block_deleted(rng: random.Random, body: bytearray) -> None:
    """A hole."""
    start, end = _block(rng, body)
    del body[start:end]


def block_doubled(rng: random.Random, body: bytearray) -> None:
    """A piece, again, anywhere."""
    start, end = _block(rng, body)
    at = rng.randint(0, len(body))
    body[at:at] = body[start:end]


def block_zeroed(rng: random.Random, body: bytearray) -> None:
    """A sector that was never written."""
    start, end = _block(rng, body)
    body[start:end] = bytes(end - start)


def objects_swapped(rng: random.Random, body: bytearray) -> None:
    """Two objects in each other's place: the table of references lies."""
    found = _some(rng, OBJECT, body, 2)
    if len(found) == 2:
        (a, b), (c, d) = sorted(found)
        body[a:d] = body[c:d] + body[b:c] + body[a:b]


def reference_redirected(rng: random.Random, body: bytearray) -> None:
    """Pages that are their own ancestors, streams that are fonts."""
    references = [bytes(match[0]) for match in REFERENCE.finditer(body)]
    for start, end in _some(rng, REFERENCE, body, rng.choice([1, 1, 4])):
        body[start:end] = rng.choice(references).ljust(end - start)[: end - start]


def link_looped(rng: random.Random, body: bytearray) -> None:
    """A key of the document's skeleton gets another reference, a list of them, or an offset that leads back."""
    references = [bytes(match[0]) for match in REFERENCE.finditer(body)] or [b"1 0 R"]
    for _, end in _some(rng, LINK, body, rng.choice([1, 2])):
        chosen = rng.choices(references, k=rng.choice([1, 2, 200]))
        value = b"[" + b" ".join(chosen) + b"]" if rng.random() < 0.5 else chosen[0]
        body[end:end] = b" " + (value if rng.random() < 0.8 else b"%d" % rng.randrange(len(body))) + b" "


def numbers_changed(rng: random.Random, body: bytearray) -> None:
    """Any numbers, to what programs stumble over."""
    for start, end in _some(rng, NUMBER, body, rng.choice([1, 3, 20])):
        body[start:end] = rng.choice(EXTREMES)


def lengths_changed(rng: random.Random, body: bytearray) -> None:
    """Lengths, counts and offsets."""
    found = list(KEYED_NUMBER.finditer(body))
    for match in sorted(rng.sample(found, min(len(found), rng.choice([1, 2, 5]))), key=lambda m: -m.start()):
        start, end = match.span(1)
        body[start:end] = rng.choice([*EXTREMES, b"%d" % rng.randrange(len(body))])


def names_exchanged(rng: random.Random, body: bytearray) -> None:
    """One filter, type or key for another."""
    names = [bytes(match[0]) for match in NAME.finditer(body)]
    for start, end in _some(rng, NAME, body, rng.choice([1, 1, 5])):
        body[start:end] = rng.choice(names)


def stream_corrupted(rng: random.Random, body: bytearray) -> None:
    """Compressed bytes that are none any more."""
    for start, end in _some(rng, STREAM, body, 1):
        for _ in range(rng.choice([1, 5, 50])):
            body[rng.randrange(start, end)] = rng.randrange(256)


def stream_rewritten(rng: random.Random, body: bytearray) -> None:
    """Well compressed, but its content is mutated: what lies behind the filter meets it."""
    for start, end in _some(
        rng, re.compile(rb"(?<=FlateDecode).{0,200}?" + STREAM.pattern, re.DOTALL), body, 1
    ):
        match = STREAM.search(body, start, end)
        content = _inflated(bytes(match[1])) if match else b""
        if match and content:
            inner = bytearray(content)
            rng.choice(INNER)(rng, inner)
            body[match.start(1) : match.end(1)] = zlib.compress(bytes(inner), 1)


INNER: tuple[Mutation, ...] = (
    bytes_flipped, truncated, block_deleted, block_doubled, numbers_changed, names_exchanged,
    reference_redirected,
)  # fmt: skip
MUTATIONS: tuple[Mutation, ...] = (
    *INNER, block_zeroed, objects_swapped, link_looped, lengths_changed, stream_corrupted, stream_rewritten,
    stream_rewritten,
)  # fmt: skip


def _block(rng: random.Random, body: bytearray) -> tuple[int, int]:
    start = rng.randint(0, len(body))
    return start, min(len(body), start + rng.choice([1, 16, 256, 4096, 1 + len(body) // 4]))


def _some(rng: random.Random, what: re.Pattern[bytes], body: bytearray, count: int) -> list[tuple[int, int]]:
    """Places of ``what`` chosen by chance, the last one first so that they may be replaced in turn."""
    found = [match.span() for match in what.finditer(body) if match.end() > match.start()]
    return sorted(rng.sample(found, min(count, len(found))), reverse=True)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 1 << 22)
    except zlib.error:
        return b""
