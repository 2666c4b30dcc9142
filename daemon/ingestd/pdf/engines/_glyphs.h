/* What the parts of the C module share. plain/ holds the same in Python, for where there is no compiler; a test
 * compares them.
 */
#ifndef INGESTD_GLYPHS_H
#define INGESTD_GLYPHS_H
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATED = 1, UNMAPPED = 2, QUADRANT = 2, BOLD = 16, ITALIC = 32, FIXED = 64 };
enum { VISIBLE = 1, BREAK = 2, DROP = 4, RTL = 16, ACCENT = 32, PRIVATE = 64 }; /* letters.py */

#define FAR_AWAY 1e6f /* layout.py */

typedef struct { float left, top, right, bottom; } Rect;
typedef struct { uint32_t code, flags; Rect box; float x, y, size; } Glyph; /* glyphs.py: its rows */

/* The characters of a page, and the way most of its text runs. */
typedef struct {
    int count;
    Glyph *of;
    uint8_t *kinds;
    float page[4]; /* left, bottom, right, top */
    uint32_t most;
} Page;

/* Where a glyph stands, turned so that most of the text is upright, y downwards. */
typedef struct { float x0, x1, base, size; uint32_t quadrant; } Place;

uint32_t most_of(const Page *page);
Place place_of(const Page *page, int i);

/* The page in a buffer of rows; false and an error where it does not hold as many. */
int page_in(Page *page, const Py_buffer *rows);

PyObject *mend_glyphs(PyObject *self, PyObject *args);

#endif
