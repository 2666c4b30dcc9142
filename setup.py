"""Only what pyproject.toml cannot say: the C modules are built where a compiler is, and left out where none is."""

from setuptools import Extension, setup

MODULES = {
    "ingestd.chunking._borders": "daemon/ingestd/chunking/_borders.c",
    "ingestd.pdf.engines._glyphs": "daemon/ingestd/pdf/engines/_glyphs.c",
}

setup(
    ext_modules=[
        Extension(name, [source], optional=True, py_limited_api=True, extra_compile_args=["-O2"])
        for name, source in MODULES.items()
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
