/* Reads every character of a page in one call, and makes lines of the stream of them in another.
 *
 * ctypes is what such calls cost, not pdfium: 3,400 characters take 20 ms through it and 0.1 ms from here.
 * Nothing is linked: pdfium's functions come as addresses from the library that pypdfium2 has loaded.
 * glyphs.py and cutting.py hold the same in Python, for where there is no compiler; a test compares them.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { float left, top, right, bottom; } Rect;
typedef struct { float a, b, c, d, e, f; } Matrix;

typedef struct {
    unsigned int (*unicode)(void *, int);
    int (*box)(void *, int, Rect *);
    int (*origin)(void *, int, double *, double *);
    double (*size)(void *, int);
    int (*matrix)(void *, int, Matrix *);
    int (*generated)(void *, int);
    int (*unmapped)(void *, int);
    void *(*object)(void *, int);
    int (*weight)(void *, int);
    unsigned long (*font_info)(void *, int, void *, unsigned long, int *);
    void *(*font)(void *);
    int (*count)(void *);
} Calls;

enum { ROWS = 9, NAME = 128, TABLE = 0x10000, FIELDS = 8 };
enum { FONTS = 256, SLOT = 8 };
enum { GENERATED = 1, UNMAPPED = 2, QUADRANT = 2, BOLD = 16, ITALIC = 32, FIXED = 64 };
enum { VISIBLE = 1, BREAK = 2, DROP = 4, RTL = 16 }; /* letters.py */
enum { SAMPLE = 8 };
enum { FONT_FIXED = 1 << 0, FONT_ITALIC = 1 << 6, FONT_BOLD = 1 << 18, WEIGHT_BOLD = 600, TELLING = 4 };

static const char *const bold_names[] = {"bold", "black", "heavy", "demi", "cmbx", "cmssbx", "sfbx", "ecbx", "-bd", "-medi", NULL};

static const char *const fixed_names[] = {"courier", "mono", "cmtt", "consol", "typewriter", "sftt", NULL};

static int named(const char *low, const char *const *parts) {
    for (; *parts; parts++)
        if (strstr(low, *parts)) return 1;
    return 0;
}

/* 0 upright, 1 turned left, 2 upside down, 3 turned right: where the text's own right points. */
static uint32_t quadrant(const Matrix *m) {
    if (fabsf(m->b) > fabsf(m->a)) return m->b > 0 ? 1 : 3;
    return m->a < 0 ? 2 : 0;
}

static uint32_t style(const Calls *call, void *page, int i) {
    char name[NAME] = {0};
    int flags = 0;
    uint32_t result = 0;
    if (call->font_info(page, i, name, NAME, &flags) > NAME) name[0] = 0;
    name[NAME - 1] = 0;
    for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
    if (named(name, bold_names) || flags & FONT_BOLD || (strlen(name) < TELLING && call->weight(page, i) >= WEIGHT_BOLD))
        result |= BOLD;
    if (flags & FONT_ITALIC) result |= ITALIC;
    if (named(name, fixed_names) || flags & FONT_FIXED) result |= FIXED;
    return result;
}

/* What all characters of one text object have in common; a font is looked at when it is not the one before. */
typedef struct { uint32_t flags, style, slot; float size; void *font; } Look;
typedef struct { void *font; float tallest; int seen, odd; } Font;
typedef struct { int used; Font of[FONTS]; } Fonts;

static int is_odd(float size, float height) { return size < 0.4f * height || size > 2.5f * height; }

static uint32_t slot_of(Fonts *fonts, void *font) {
    for (int i = 0; i < fonts->used; i++)
        if (fonts->of[i].font == font) return (uint32_t)i;
    if (fonts->used == FONTS) return FONTS - 1;
    Font fresh = {font, 0, 0, 0};
    fonts->of[fonts->used] = fresh;
    return (uint32_t)fonts->used++;
}

static void look_at(Look *look, Fonts *fonts, const Calls *call, void *page, int i, void *object) {
    Matrix m = {1, 0, 0, 1, 0, 0};
    void *font = call->font(object);
    if (font == NULL || font != look->font) {
        look->style = style(call, page, i), look->font = font;
        look->slot = slot_of(fonts, font);
    }
    call->matrix(page, i, &m);
    look->flags = look->style | quadrant(&m) << QUADRANT | look->slot << SLOT;
    look->size = (float)(call->size(page, i) * sqrt((double)m.c * m.c + (double)m.d * m.d));
}

static int maybe_generated(uint32_t code) { return code == ' ' || code == '\r' || code == '\n'; }

/* The kinds of character that are on the page, and how many of those asked have no Unicode value. */
typedef struct { int present, unmapped; } Found;

static Found fill(const Calls *call, void *page, int count, const uint8_t *table, uint32_t *rows) {
    uint32_t *codes = rows, *flags = rows + count;
    float *left = (float *)(flags + count), *bottom = left + count, *right = bottom + count, *top = right + count;
    float *x = top + count, *y = x + count, *size = y + count;
    uint8_t *kinds = (uint8_t *)(size + count);
    void *last = NULL;
    Look look = {0, 0, 0, 0, NULL};
    Fonts fonts = {0, {{NULL, 0, 0, 0}}};
    double at_x = 0, at_y = 0;
    float bottom_before = 0;
    Found found = {0, 0};
    int unlike = 0;
    for (int i = 0; i < count; i++) {
        Rect box = {0, 0, 0, 0};
        uint32_t code = call->unicode(page, i);
        call->box(page, i, &box);
        codes[i] = code;
        found.present |= kinds[i] = table[code < TABLE ? code : TABLE - 1];
        left[i] = box.left, bottom[i] = box.bottom, right[i] = box.right, top[i] = box.top;
        if (maybe_generated(code) && call->generated(page, i) == 1) {
            flags[i] = GENERATED, size[i] = x[i] = y[i] = 0;
            continue;
        }
        void *object = call->object(page, i);
        if (object != last || box.bottom != bottom_before) {
            call->origin(page, i, &at_x, &at_y);
            bottom_before = box.bottom;
        }
        if (object != last) look_at(&look, &fonts, call, page, i, object), last = object;
        x[i] = (float)at_x, y[i] = (float)at_y;
        int unmapped = i % SAMPLE == 0 && call->unmapped(page, i) == 1;
        found.unmapped += unmapped;
        flags[i] = look.flags | (unmapped ? UNMAPPED : 0);
        size[i] = look.size;
        float height = look.flags >> QUADRANT & 1 ? box.right - box.left : box.top - box.bottom;
        Font *font = &fonts.of[look.slot];
        if (!(kinds[i] & VISIBLE) || !(height > 0)) continue;
        int odd = is_odd(size[i], height);
        font->seen++, font->odd += odd, unlike |= odd;
        if (height > font->tallest) font->tallest = height;
    }
    /* Type 3 fonts may be of size 1 and drawn large: where most boxes say so, the tallest is the measure. */
    for (int i = 0; unlike && i < count; i++) {
        const Font *font = &fonts.of[flags[i] >> SLOT];
        if (!(flags[i] & GENERATED) && 2 * font->odd > font->seen) size[i] = font->tallest;
    }
    return found;
}

/* -- lines: cutting.py says why ----------------------------------------------------------------------- */

static const float WIDE_GAP = 0.9f, RAISED = 0.12f, CLOSE = 0.15f, SAME_ROW = 0.55f, OVERLAP = 0.3f;

typedef struct { float x0, x1, base, size; uint32_t quadrant; } Place;
typedef struct { int32_t first, last; float x0, x1, base, size; uint32_t look, follows, turned; } Cut;
typedef struct {
    int count;
    uint32_t *codes, *flags;
    const float *left, *bottom, *right, *top, *x, *y, *size;
    const uint8_t *kinds;
    float page[4]; /* left, bottom, right, top */
    uint32_t most;
} Page;

static Place place_of(const Page *p, int i) {
    Place at;
    float size = p->size[i];
    switch (p->most) {
    case 0: at.x0 = p->left[i] - p->page[0], at.x1 = p->right[i] - p->page[0], at.base = p->page[3] - p->y[i]; break;
    case 2: at.x0 = p->page[2] - p->right[i], at.x1 = p->page[2] - p->left[i], at.base = p->y[i] - p->page[1]; break;
    case 1: at.x0 = p->bottom[i] - p->page[1], at.x1 = p->top[i] - p->page[1], at.base = p->x[i] - p->page[0]; break;
    default: at.x0 = p->page[3] - p->top[i], at.x1 = p->page[3] - p->bottom[i], at.base = p->page[2] - p->x[i];
    }
    at.size = size > 0.5f ? size : 0.5f;
    at.quadrant = ((p->flags[i] >> QUADRANT & 3) - p->most) & 3;
    return at;
}

static uint32_t most_of(const Page *p) {
    int votes[4] = {0, 0, 0, 0};
    uint32_t most = 0;
    for (int i = 0; i < p->count; i++)
        if (p->kinds[i] & VISIBLE) votes[p->flags[i] >> QUADRANT & 3]++;
    for (uint32_t q = 1; q < 4; q++)
        if (votes[q] > votes[most]) most = q;
    return most;
}

/* One past the last character of the row that begins at i, and whether any of it runs right to left. */
static int row_end(const Page *p, int i, int *mixed) {
    for (*mixed = 0; i < p->count && !(p->kinds[i] & BREAK); i++)
        if (p->kinds[i] & RTL) *mixed = 1;
    return i;
}

enum { SAME, AWAY, FOLLOWS };

static int step(const Place *a, const Place *b, int mixed) {
    if (a->quadrant != b->quadrant) return AWAY;
    if (mixed || b->quadrant) return SAME;
    float larger = a->size > b->size ? a->size : b->size, down = fabsf(b->base - a->base);
    if (b->x0 - a->x1 > WIDE_GAP * larger) return down < 0.5f * larger ? FOLLOWS : AWAY;
    if (a->x0 - b->x1 > WIDE_GAP * larger) return AWAY;
    return down > 0.7f * larger && b->x0 < a->x0 ? AWAY : SAME;
}

static void join_script(const Page *p, const Place *a, const Place *b, int i, int j) {
    float larger = a->size > b->size ? a->size : b->size;
    if (j - i == 2 && p->flags[i + 1] & GENERATED && fabsf(b->base - a->base) > RAISED * b->size &&
        fabsf(b->x0 - a->x1) < CLOSE * larger)
        p->codes[i + 1] = 0;
}

typedef struct { double base, size; int bold, fixed, count; } Sum;

static void begin(Cut *cut, Sum *sum, const Place *at, int i, int follows) {
    Cut fresh = {i, i, at->x0, at->x1, 0, 0, 0, (uint32_t)follows, at->quadrant != 0};
    Sum none = {0, 0, 0, 0, 0};
    *cut = fresh, *sum = none;
}

static void extend(Cut *cut, Sum *sum, const Place *at, int i, uint32_t flags) {
    cut->last = i;
    if (at->x0 < cut->x0) cut->x0 = at->x0;
    if (at->x1 > cut->x1) cut->x1 = at->x1;
    sum->base += at->base, sum->size += at->size, sum->bold += (flags & BOLD) != 0;
    sum->fixed += (flags & FIXED) != 0, sum->count++;
}

static void end(Cut *cut, const Sum *sum) {
    cut->base = (float)(sum->base / sum->count), cut->size = (float)(sum->size / sum->count);
    cut->look = (2 * sum->bold > sum->count) | (2 * sum->fixed > sum->count) << 1;
}

/* Whether pdfium ended a row only because a script was raised or lowered. */
static int goes_on(const Page *p, const Place *a, const Place *b, int i, int j) {
    float larger = a->size > b->size ? a->size : b->size, gap = b->x0 - a->x1;
    if (a->quadrant || b->quadrant || fabsf(b->base - a->base) >= SAME_ROW * larger) return 0;
    if (gap <= -OVERLAP * larger || gap >= WIDE_GAP * larger) return 0;
    for (i++; i < j; i++)
        if (!(p->flags[i] & GENERATED)) return 0;
    return 1;
}

static void mend(const Page *p, const Place *a, const Place *b, int i, int j) {
    float larger = a->size > b->size ? a->size : b->size;
    uint32_t code = b->x0 - a->x1 < CLOSE * larger ? 0 : ' ';
    for (i++; i < j; i++, code = 0) p->codes[i] = code;
}

static int cut_page(const Page *p, Cut *cuts, int room) {
    int used = 0, open = 0, last = -1, limit = 0, mixed = 0, was_mixed = 0, fresh = 0;
    Sum sum = {0, 0, 0, 0, 0};
    Place before = {0, 0, 0, 0, 0};
    for (int i = 0; i < p->count; i++) {
        if (i >= limit) {
            while (i < p->count && p->kinds[i] & BREAK) i++;
            if (i >= p->count) break;
            was_mixed = fresh ? was_mixed | mixed : mixed, fresh = 1;
            limit = row_end(p, i, &mixed);
        }
        if (!(p->kinds[i] & VISIBLE)) continue;
        Place at = place_of(p, i);
        int how = AWAY;
        if (open && !fresh) how = step(&before, &at, mixed);
        else if (open && !mixed && !was_mixed && goes_on(p, &before, &at, last, i)) {
            mend(p, &before, &at, last, i);
            how = SAME;
        }
        if (last >= 0) join_script(p, &before, &at, last, i);
        fresh = 0;
        if (how != SAME) {
            if (open) end(&cuts[used - 1], &sum);
            if (used == room) return used;
            begin(&cuts[used++], &sum, &at, i, how == FOLLOWS), open = 1;
        }
        extend(&cuts[used - 1], &sum, &at, i, p->flags[i]);
        before = at, last = i;
    }
    if (open) end(&cuts[used - 1], &sum);
    return used;
}

/* The text of a cut: without what is zeroed or no text, with a hyphen where pdfium has put its mark for one. */
static PyObject *text_of(const Page *p, const Cut *cut, uint32_t *scratch) {
    Py_ssize_t n = 0;
    int native = 0;
    uint32_t all = 0;
    for (int i = cut->first; i <= cut->last; i++)
        if (p->codes[i] && !(p->kinds[i] & DROP)) all |= scratch[n++] = p->codes[i];
    uint32_t behind = cut->last + 1 < p->count ? p->codes[cut->last + 1] : 0;
    if (behind == 0x02 || behind == 0xFFFE) scratch[n++] = '-';
    if (all >= 0x80) return PyUnicode_DecodeUTF32((const char *)scratch, n * 4, "replace", &native);
    char *narrow = (char *)scratch;
    for (Py_ssize_t i = 0; i < n; i++) narrow[i] = (char)scratch[i];
    return PyUnicode_FromStringAndSize(narrow, n);
}

/* As NamedTuple's own _make does it. */
static PyObject *line_of(const Page *p, const Cut *cut, uint32_t *scratch, PyTypeObject *type, newfunc make) {
    PyObject *row = PyTuple_New(FIELDS), *arguments = NULL, *line = NULL;
    if (row == NULL) return NULL;
    PyObject *fields[FIELDS] = {
        text_of(p, cut, scratch), PyFloat_FromDouble(cut->x0), PyFloat_FromDouble(cut->x1), PyFloat_FromDouble(cut->base),
        PyFloat_FromDouble(cut->size), PyLong_FromLong((long)cut->look), PyLong_FromLong((long)cut->follows),
        PyLong_FromLong((long)cut->turned),
    };
    int whole = 1;
    for (int i = 0; i < FIELDS; i++) {
        whole &= fields[i] != NULL;
        PyTuple_SetItem(row, i, fields[i]);
    }
    if (whole) arguments = PyTuple_Pack(1, row);
    if (arguments) line = make(type, arguments, NULL);
    Py_XDECREF(arguments);
    Py_DECREF(row);
    return line;
}

static PyObject *lines_of(Page *p, PyTypeObject *type) {
    newfunc make = (newfunc)PyType_GetSlot(&PyTuple_Type, Py_tp_new);
    Py_ssize_t room = p->count + 1;
    Cut *cuts = malloc((size_t)room * sizeof *cuts);
    uint32_t *scratch = malloc((size_t)room * sizeof *scratch);
    PyObject *lines = cuts && scratch ? PyList_New(0) : PyErr_NoMemory();
    int used = lines ? cut_page(p, cuts, (int)room) : 0;
    for (int i = 0; i < used && lines; i++) {
        PyObject *line = line_of(p, &cuts[i], scratch, type, make);
        if (line == NULL || PyList_Append(lines, line) < 0) Py_CLEAR(lines);
        Py_XDECREF(line);
    }
    free(cuts);
    free(scratch);
    return lines;
}

static PyObject *make_lines(PyObject *self, PyObject *args) {
    Py_buffer rows;
    PyObject *type, *lines = NULL;
    Page p;
    if (!PyArg_ParseTuple(args, "w*i(ffff)O!", &rows, &p.count, &p.page[0], &p.page[1], &p.page[2], &p.page[3], &PyType_Type,
                          &type))
        return NULL;
    if (!PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "lines: a type of tuple is needed");
    } else if (p.count >= 0 && rows.len >= (Py_ssize_t)p.count * (ROWS * 4 + 1)) {
        size_t n = (size_t)p.count;
        p.codes = rows.buf, p.flags = p.codes + n;
        p.left = (const float *)(p.flags + n), p.bottom = p.left + n, p.right = p.bottom + n, p.top = p.right + n;
        p.x = p.top + n, p.y = p.x + n, p.size = p.y + n;
        p.kinds = (const uint8_t *)(p.size + n);
        p.most = most_of(&p);
        lines = lines_of(&p, (PyTypeObject *)type);
    } else {
        PyErr_SetString(PyExc_ValueError, "lines: nine rows of numbers and one of kinds are needed");
    }
    PyBuffer_Release(&rows);
    return lines ? Py_BuildValue("(NI)", lines, p.most) : NULL;
}

/* `scratch` again, or a buffer of its own for a page that it is too small for. */
static PyObject *room_for(PyObject *scratch, Py_ssize_t size) {
    if (PyByteArray_Size(scratch) < size) return PyByteArray_FromStringAndSize(NULL, size);
    Py_INCREF(scratch);
    return scratch;
}

static PyObject *filled(const Calls *call, void *page, int limit, const uint8_t *table, PyObject *scratch) {
    int count = call->count(page);
    count = count < 0 ? 0 : count > limit ? limit : count;
    PyObject *rows = room_for(scratch, (Py_ssize_t)count * (ROWS * 4 + 1));
    if (rows == NULL) return NULL;
    Found found = fill(call, page, count, table, (uint32_t *)PyByteArray_AsString(rows));
    return Py_BuildValue("(Niii)", rows, count, found.present, found.unmapped);
}

static PyObject *read_glyphs(PyObject *self, PyObject *args) {
    Py_buffer calls, page, table;
    PyObject *scratch, *result = NULL;
    int limit;
    if (!PyArg_ParseTuple(args, "y*y*iy*O!", &calls, &page, &limit, &table, &PyByteArray_Type, &scratch)) return NULL;
    if (calls.len == sizeof(Calls) && page.len == sizeof(void *) && limit >= 0 && table.len == TABLE)
        result = filled(calls.buf, *(void **)page.buf, limit, table.buf, scratch);
    else
        PyErr_SetString(PyExc_ValueError, "read: twelve addresses, a pointer, a limit and a table of kinds are needed");
    PyBuffer_Release(&calls);
    PyBuffer_Release(&page);
    PyBuffer_Release(&table);
    return result;
}

static PyMethodDef methods[] = {
    {"read", read_glyphs, METH_VARARGS, "read(addresses, text_page, limit, table, scratch) -> (rows, count, kinds, unmapped)"},
    {"lines", make_lines, METH_VARARGS, "lines(rows, count, page, type) -> (lines, quadrant of most text)"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_glyphs", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__glyphs(void) { return PyModule_Create(&module); }
