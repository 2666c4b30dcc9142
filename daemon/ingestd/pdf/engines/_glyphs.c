/* Reads every character of a page in one call, and makes lines of the stream of them in another.
 *
 * ctypes is what such calls cost, not pdfium: 3,400 characters take 20 ms through it and 0.1 ms from here.
 * Nothing is linked: pdfium's functions come as addresses from the library that pypdfium2 has loaded.
 */
#include "_glyphs.h"
#include <ctype.h>

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

enum { NAME = 128, TABLE = 0x10000, FIELDS = 8 };
enum { FONTS = 256, SLOT = 8 };
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

typedef struct { void *font; uint32_t style; float tallest; int seen, odd; } Font;
typedef struct { int used; Font of[FONTS]; } Fonts;

/* The number of the font of a character; what it looks like is asked once. All beyond the last share its number. */
static uint32_t slot_of(Fonts *fonts, const Calls *call, void *page, int i, void *font) {
    for (int slot = 0; slot < fonts->used; slot++)
        if (fonts->of[slot].font == font) return (uint32_t)slot;
    Font fresh = {font, style(call, page, i), 0, 0, 0};
    if (fonts->used < FONTS) fonts->of[fonts->used++] = fresh;
    else fonts->of[FONTS - 1].font = font, fonts->of[FONTS - 1].style = fresh.style;
    return (uint32_t)fonts->used - 1;
}

/* What all characters of one text object have in common. */
typedef struct { uint32_t flags, slot; float size; } Look;

static Look look_at(Fonts *fonts, const Calls *call, void *page, int i, void *object) {
    Matrix m = {1, 0, 0, 1, 0, 0};
    Look look = {0, slot_of(fonts, call, page, i, call->font(object)), 0};
    call->matrix(page, i, &m);
    look.flags = fonts->of[look.slot].style | quadrant(&m) << QUADRANT | look.slot << SLOT;
    look.size = (float)(call->size(page, i) * sqrt((double)m.c * m.c + (double)m.d * m.d));
    return look;
}

/* The kinds of character that are on the page, and how many of those asked have no Unicode value. */
typedef struct { int present, unmapped; } Found;

static int is_generated(const Calls *call, void *page, int i, uint32_t code) {
    return (code == ' ' || code == '\r' || code == '\n') && call->generated(page, i) == 1;
}

/* Counts how a glyph's box fits the size of its font; whether it does not. */
static int weigh(Font *font, const Glyph *glyph) {
    float height = glyph->flags >> QUADRANT & 1 ? glyph->box.right - glyph->box.left : glyph->box.top - glyph->box.bottom;
    if (!(height > 0)) return 0;
    int odd = glyph->size < 0.4f * height || glyph->size > 2.5f * height;
    font->seen++, font->odd += odd;
    if (height > font->tallest) font->tallest = height;
    return odd;
}

/* Type 3 fonts may be of size 1 and drawn large: where most boxes say so, the tallest is the measure. */
static void measure_by_boxes(const Fonts *fonts, Glyph *glyphs, int count) {
    for (Glyph *glyph = glyphs; glyph < glyphs + count; glyph++) {
        const Font *font = &fonts->of[glyph->flags >> SLOT];
        if (!(glyph->flags & GENERATED) && 2 * font->odd > font->seen) glyph->size = font->tallest;
    }
}

/* layout.py */
static float sane(float number) { return fabsf(number) < FAR_AWAY ? number : 0; }

static Rect sane_box(Rect box) {
    return (Rect){sane(box.left), sane(box.top), sane(box.right), sane(box.bottom)};
}

static Found fill(const Calls *call, void *page, int count, const uint8_t *table, Glyph *glyphs) {
    uint8_t *kinds = (uint8_t *)(glyphs + count);
    void *last = NULL;
    Look look = {0, 0, 0};
    Fonts fonts;
    fonts.used = 0;
    double x = 0, y = 0;
    float bottom = 0;
    Found found = {0, 0};
    int odd = 0;
    for (int i = 0; i < count; i++) {
        Glyph glyph = {call->unicode(page, i), GENERATED, {0, 0, 0, 0}, 0, 0, 0};
        Rect box = {0, 0, 0, 0};
        call->box(page, i, &box);
        glyph.box = sane_box(box);
        found.present |= kinds[i] = table[glyph.code < TABLE ? glyph.code : TABLE - 1];
        if (!is_generated(call, page, i, glyph.code)) {
            void *object = call->object(page, i);
            if (object != last || box.bottom != bottom) call->origin(page, i, &x, &y), bottom = box.bottom;
            if (object != last) look = look_at(&fonts, call, page, i, object), last = object;
            int unmapped = i % SAMPLE == 0 && call->unmapped(page, i) == 1;
            found.unmapped += unmapped;
            glyph.flags = look.flags | (unmapped ? UNMAPPED : 0);
            glyph.x = sane((float)x), glyph.y = sane((float)y), glyph.size = sane(look.size);
            if (kinds[i] & VISIBLE) odd |= weigh(&fonts.of[look.slot], &glyph);
        }
        glyphs[i] = glyph;
    }
    if (odd) measure_by_boxes(&fonts, glyphs, count);
    return found;
}

/* -- lines: plain/cutting.py says why ----------------------------------------------------------------------- */

static const float WIDE_GAP = 0.9f, RAISED = 0.12f, CLOSE = 0.15f, SAME_ROW = 0.55f, OVERLAP = 0.3f;

typedef struct { int32_t first, last; float x0, x1, base, size; uint32_t look, follows, turned; } Cut;
Place place_of(const Page *p, int i) {
    Place at;
    const Glyph *g = &p->of[i];
    const Rect *box = &g->box;
    switch (p->most) {
    case 0: at.x0 = box->left - p->page[0], at.x1 = box->right - p->page[0], at.base = p->page[3] - g->y; break;
    case 2: at.x0 = p->page[2] - box->right, at.x1 = p->page[2] - box->left, at.base = g->y - p->page[1]; break;
    case 1: at.x0 = box->bottom - p->page[1], at.x1 = box->top - p->page[1], at.base = g->x - p->page[0]; break;
    default: at.x0 = p->page[3] - box->top, at.x1 = p->page[3] - box->bottom, at.base = p->page[2] - g->x;
    }
    at.size = g->size > 0.5f ? g->size : 0.5f;
    at.quadrant = ((g->flags >> QUADRANT & 3) - p->most) & 3;
    return at;
}

uint32_t most_of(const Page *p) {
    int votes[4] = {0, 0, 0, 0};
    uint32_t most = 0;
    for (int i = 0; i < p->count; i++)
        if (p->kinds[i] & VISIBLE) votes[p->of[i].flags >> QUADRANT & 3]++;
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
    if (j - i == 2 && p->of[i + 1].flags & GENERATED && fabsf(b->base - a->base) > RAISED * b->size &&
        fabsf(b->x0 - a->x1) < CLOSE * larger)
        p->of[i + 1].code = 0;
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
        if (!(p->of[i].flags & GENERATED)) return 0;
    return 1;
}

static void mend(const Page *p, const Place *a, const Place *b, int i, int j) {
    float larger = a->size > b->size ? a->size : b->size;
    uint32_t code = b->x0 - a->x1 < CLOSE * larger ? 0 : ' ';
    for (i++; i < j; i++, code = 0) p->of[i].code = code;
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
        extend(&cuts[used - 1], &sum, &at, i, p->of[i].flags);
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
        if (p->of[i].code && !(p->kinds[i] & DROP)) all |= scratch[n++] = p->of[i].code;
    uint32_t behind = cut->last + 1 < p->count ? p->of[cut->last + 1].code : 0;
    if (behind == 0x02 || behind == 0xFFFE) scratch[n++] = '-';
    if (all >= 0x80) return PyUnicode_DecodeUTF32((const char *)scratch, n * 4, "replace", &native);
    char *narrow = (char *)scratch;
    for (Py_ssize_t i = 0; i < n; i++) narrow[i] = (char)scratch[i];
    return PyUnicode_FromStringAndSize(narrow, n);
}

/* As tuple's own `new` does it for a type made of it, without a tuple to copy from. */
static PyObject *line_of(const Page *p, const Cut *cut, uint32_t *scratch, PyTypeObject *type, allocfunc allocate) {
    PyObject *line = allocate(type, FIELDS);
    if (line == NULL) return NULL;
    PyObject *fields[FIELDS] = {
        text_of(p, cut, scratch), PyFloat_FromDouble(cut->x0), PyFloat_FromDouble(cut->x1), PyFloat_FromDouble(cut->base),
        PyFloat_FromDouble(cut->size), PyLong_FromLong((long)cut->look), PyLong_FromLong((long)cut->follows),
        PyLong_FromLong((long)cut->turned),
    };
    int whole = 1;
    for (int i = 0; i < FIELDS; i++) {
        whole &= fields[i] != NULL;
        PyTuple_SetItem(line, i, fields[i]);
    }
    if (!whole) Py_CLEAR(line);
    return line;
}

static PyObject *lines_of(Page *p, PyTypeObject *type) {
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Py_ssize_t room = p->count + 1;
    Cut *cuts = malloc((size_t)room * sizeof *cuts);
    uint32_t *scratch = malloc((size_t)room * sizeof *scratch);
    PyObject *lines = cuts && scratch ? PyList_New(0) : PyErr_NoMemory();
    int used = lines ? cut_page(p, cuts, (int)room) : 0;
    for (int i = 0; i < used && lines; i++) {
        PyObject *line = line_of(p, &cuts[i], scratch, type, allocate);
        if (line == NULL || PyList_Append(lines, line) < 0) Py_CLEAR(lines);
        Py_XDECREF(line);
    }
    free(cuts);
    free(scratch);
    return lines;
}

int page_in(Page *p, const Py_buffer *rows) {
    if (p->count < 0 || rows->len < p->count * (Py_ssize_t)(sizeof(Glyph) + 1)) {
        PyErr_SetString(PyExc_ValueError, "nine rows of numbers and one of kinds are needed");
        return 0;
    }
    p->of = rows->buf, p->kinds = (uint8_t *)(p->of + p->count);
    p->most = most_of(p);
    return 1;
}

static PyObject *make_lines(PyObject *self, PyObject *args) {
    Py_buffer rows;
    PyObject *type, *lines = NULL;
    Page p;
    if (!PyArg_ParseTuple(args, "w*i(ffff)O!", &rows, &p.count, &p.page[0], &p.page[1], &p.page[2], &p.page[3], &PyType_Type,
                          &type))
        return NULL;
    if (!PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type))
        PyErr_SetString(PyExc_TypeError, "lines: a type of tuple is needed");
    else if (page_in(&p, &rows))
        lines = lines_of(&p, (PyTypeObject *)type);
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
    PyObject *rows = room_for(scratch, count * (Py_ssize_t)(sizeof(Glyph) + 1));
    if (rows == NULL) return NULL;
    Found found = fill(call, page, count, table, (Glyph *)PyByteArray_AsString(rows));
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
    {"mend", mend_glyphs, METH_VARARGS, "mend(rows, count, page, letters): sets right what single characters are"},
    {"lines", make_lines, METH_VARARGS, "lines(rows, count, page, type) -> (lines, quadrant of most text)"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_glyphs", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__glyphs(void) { return PyModule_Create(&module); }
