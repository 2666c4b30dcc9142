"""Only what pyproject.toml cannot say: the C modules are built where a compiler is, and left out where none is."""

from setuptools import Extension, setup


def compiled(name: str, *sources: str, depends: tuple[str, ...] = ()) -> Extension:
    folder = f"daemon/{name.rpartition('.')[0].replace('.', '/')}/"
    return Extension(
        name,
        [folder + source for source in sources],
        depends=[folder + header for header in depends],
        optional=True,
        py_limited_api=True,
        libraries=["m"],
        extra_compile_args=["-O2", "-ffp-contract=off"],
    )


setup(
    ext_modules=[
        compiled("ingestd.pdf._lines", "_lines.c"),
        compiled("ingestd.pdf.engines._glyphs", "_glyphs.c", "_mending.c", depends=("_glyphs.h",)),
        compiled("ingestd.chunking._borders", "_borders.c"),
        compiled(
            "ingestd.concepts._phrases",
            "_phrases.c",
            "_words.c",
            "_counts.c",
            "_ranked.c",
            depends=("_phrases.h",),
        ),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
