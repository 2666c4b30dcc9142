"""Only what pyproject.toml cannot say: the C module is built where a compiler is, and left out where none is."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "ingestd.pdf.engines._glyphs",
            ["daemon/ingestd/pdf/engines/_glyphs.c"],
            optional=True,
            py_limited_api=True,
            extra_compile_args=["-O2"],
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
