"""Judges of what comes out: figures of text, chunks and concepts against known answers.

They know no product: each takes plain values (page texts, ranges of characters, lists of phrases).
"""
