/* What single characters are, before lines are made of them: plain/lines.py, clusters.py and accents.py say why.
 *
 * What is known of letters is asked of letters.py, which comes as an argument.
 */
#include "_glyphs.h"

enum { REACH = 300 }; /* plain/accents.py */

/* What a function of letters.py answers: a number, or -1 and an error. */
static long number_of(PyObject *answer) {
    long number = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    return number;
}

/* -- signs of private use ----------------------------------------------------------------------------- */

static int replace_private(Page *p, PyObject *letters) {
    for (int i = 0; i < p->count; i++) {
        if (!(p->kinds[i] & PRIVATE)) continue;
        long sign = number_of(PyObject_CallMethod(letters, "sign_of", "I", p->of[i].code));
        if (sign < 0) return -1;
        p->of[i].code = (uint32_t)sign, p->kinds[i] = sign ? VISIBLE : DROP;
    }
    return 0;
}

/* -- letters that one glyph stands for ---------------------------------------------------------------- */

static int share_a_box(const Rect *a, const Rect *b) {
    return b->left == a->left && b->right == a->right && b->right > b->left && b->bottom == a->bottom && b->top == a->top;
}

/* 1 where the font calls the glyph by a presentation form; -1 and an error. */
static int is_form(const Glyph *glyphs, int count, PyObject *letters) {
    int order = PY_BIG_ENDIAN ? 1 : -1;
    uint32_t *codes = malloc((size_t)count * sizeof *codes);
    if (codes == NULL) return PyErr_NoMemory(), -1;
    for (int i = 0; i < count; i++) codes[i] = glyphs[i].code;
    PyObject *text = PyUnicode_DecodeUTF32((const char *)codes, count * (Py_ssize_t)sizeof *codes, "replace", &order);
    int yes = text ? (int)number_of(PyObject_CallMethod(letters, "is_form", "O", text)) : -1;
    Py_XDECREF(text);
    free(codes);
    return yes;
}

static void reverse(Page *p, int first, int last) {
    for (; first < last; first++, last--) {
        uint32_t code = p->of[first].code;
        uint8_t kind = p->kinds[first];
        p->of[first].code = p->of[last].code, p->kinds[first] = p->kinds[last];
        p->of[last].code = code, p->kinds[last] = kind;
    }
}

static int turn_back(Page *p, PyObject *letters) {
    int last;
    for (int first = 0; first < p->count; first = last + 1) {
        int kinds = p->kinds[first];
        for (last = first; last + 1 < p->count && share_a_box(&p->of[last].box, &p->of[last + 1].box);) kinds |= p->kinds[++last];
        if (last == first || !(kinds & RTL)) continue;
        int form = is_form(&p->of[first], last - first + 1, letters);
        if (form < 0) return -1;
        if (!form) reverse(p, first, last);
    }
    return 0;
}

/* -- loose accents ------------------------------------------------------------------------------------ */

/* The visible glyphs of a page by their index, and those of them that were accents and are none any more. */
typedef struct { Page *page; PyObject *letters; int count, *at; uint8_t *gone; } Seen;

static Place place_at(const Seen *seen, int k) { return place_of(seen->page, seen->at[k]); }

/* -1 and an error. */
static int is_letter(const Seen *seen, int k) {
    uint32_t code = seen->page->of[seen->at[k]].code;
    if (code < 0x80) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    return (int)number_of(PyObject_CallMethod(seen->letters, "is_letter", "I", code));
}

static int is_under(const Place *accent, const Place *at) {
    float middle = (accent->x0 + accent->x1) / 2, reach = (float)(0.6 * (double)accent->size);
    return at->x0 <= middle && middle <= at->x1 && fabsf(at->base - accent->base) < reach;
}

enum { NONE = -1, FAILED = -2 };

/* `k`, if the accent may stand on it. */
static int under(const Seen *seen, const Place *accent, int k) {
    if (k < 0 || k >= seen->count) return NONE;
    Place at = place_at(seen, k);
    int yes = is_under(accent, &at) ? is_letter(seen, k) : 0;
    return yes < 0 ? FAILED : yes ? k : NONE;
}

static int is_accent(const Seen *seen, int k) {
    return k >= 0 && k < seen->count && seen->page->kinds[seen->at[k]] & ACCENT;
}

/* The glyph whose box holds the middle of the accent, the nearest in the stream; NONE, or FAILED and an error. */
static int letter_under(const Seen *seen, int accent) {
    Place place = place_at(seen, accent);
    int found = under(seen, &place, accent + 1);
    if (found == NONE) found = under(seen, &place, accent - 1);
    for (int step = 1; found == NONE && step <= REACH; step++) {
        if (!is_accent(seen, accent - step)) found = under(seen, &place, accent - step);
        if (found == NONE && step < REACH && !is_accent(seen, accent + step)) found = under(seen, &place, accent + step);
    }
    return found;
}

/* Takes back the space or line end that pdfium saw around the accent, unless there is one anyway. */
static void close_up(Seen *seen, int accent) {
    Page *p = seen->page;
    int k = accent - 1, space = 1;
    while (k >= 0 && seen->gone[k]) k--;
    if (k < 0 || accent + 1 >= seen->count) return;
    Place before = place_at(seen, k), after = place_at(seen, accent + 1);
    double size = after.size, gap = after.x0 - before.x1;
    if (fabsf(before.base - after.base) > 0.3 * size || !(-0.3 * size < gap && gap < 0.9 * size)) return;
    for (int i = seen->at[k] + 1; i < seen->at[accent + 1]; i++) {
        if (!(p->of[i].flags & GENERATED)) continue;
        p->of[i].code = space && gap > 0.15 * size ? ' ' : 0, p->kinds[i] = 0;
        space = 0;
    }
}

static int put_on(Seen *seen, int accent, int letter) {
    Page *p = seen->page;
    Glyph *mark = &p->of[seen->at[accent]], *under = &p->of[seen->at[letter]];
    long whole = number_of(PyObject_CallMethod(seen->letters, "composed", "II", under->code, mark->code));
    if (whole <= 0) return (int)whole;
    under->code = (uint32_t)whole;
    mark->code = 0, p->kinds[seen->at[accent]] = 0, seen->gone[accent] = 1;
    close_up(seen, accent);
    return 0;
}

static int put_all_back(Seen *seen) {
    for (int k = 0; k < seen->count; k++) {
        if (!is_accent(seen, k)) continue;
        int letter = letter_under(seen, k);
        if (letter == FAILED || (letter != NONE && put_on(seen, k, letter) < 0)) return -1;
    }
    return 0;
}

static int put_back(Page *p, PyObject *letters) {
    Seen seen = {p, letters, 0, malloc(((size_t)p->count + 1) * sizeof *seen.at), calloc((size_t)p->count + 1, 1)};
    int failed = seen.at == NULL || seen.gone == NULL;
    if (failed) PyErr_NoMemory();
    for (int i = 0; i < p->count && !failed; i++)
        if (p->kinds[i] & VISIBLE) seen.at[seen.count++] = i;
    failed = failed || put_all_back(&seen) < 0;
    free(seen.at);
    free(seen.gone);
    return failed ? -1 : 0;
}

PyObject *mend_glyphs(PyObject *self, PyObject *args) {
    Py_buffer rows;
    PyObject *letters;
    Page p;
    if (!PyArg_ParseTuple(args, "w*i(ffff)O", &rows, &p.count, &p.page[0], &p.page[1], &p.page[2], &p.page[3], &letters))
        return NULL;
    int done = page_in(&p, &rows) && replace_private(&p, letters) == 0 && turn_back(&p, letters) == 0;
    if (done) p.most = most_of(&p);
    done = done && put_back(&p, letters) == 0;
    PyBuffer_Release(&rows);
    if (!done) return NULL;
    Py_RETURN_NONE;
}
