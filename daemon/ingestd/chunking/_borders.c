/* Finds the strong borders of a text in one pass, and chooses the cheapest cuts among borders.
 *
 * lines.py, sentences.py, borders.py and partition.py hold the same in Python, and the reasons; a test compares
 * them. What a character is, Python tells, once for each (kinds.py); so does it weigh the
 * words before full stops. Any string may come, and every one takes time in proportion to its length.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>

enum { TERMINATOR = 1, WIDE = 2, CLOSER = 4, BLANK = 8, NEW_LINE = 16, BULLET = 32, OPENER = 64 }; /* kinds.py */
enum { SPACE = 128, LOWER = 256, LETTER = 512, DECIMAL = 1024, DIGIT = 2048, KNOWN = 0x8000 };
enum { WORD, SHORTENED, ORDINAL, INITIAL, NUMERO }; /* sentences.py */
enum { BLANK_LINE, PARAGRAPH, ROW, SENTENCE, CLAUSE, WRAP, HARMS }; /* borders.py */
enum { CODES = 0x110000, TOKEN = 16, LONG_WORD = 7, AFTER = 4, SHORT_LINE = 45 };

/* The kinds of all characters met so far: pages of it that nobody has needed take no memory. */
static uint16_t *known;

typedef struct { Py_ssize_t end, start; int harm; } Border;

typedef struct {
    PyObject *text, *kinds_of, *weight_of;
    Py_UCS4 *codes;
    Py_ssize_t length, first, last, line; /* line: where the one begins that is looked at */
    double harm[HARMS];
    int caseless, failed; /* failed: a Python exception is set */
    Border *found;
    Py_ssize_t count, room;
} Search;

static unsigned learn(Search *s, Py_UCS4 code) {
    if (s->failed) return KNOWN;
    PyObject *answer = PyObject_CallFunction(s->kinds_of, "k", (unsigned long)code);
    long kinds = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    if (kinds == -1 && PyErr_Occurred()) {
        s->failed = 1;
        return KNOWN;
    }
    return known[code] = (uint16_t)(kinds | KNOWN);
}

static inline Py_UCS4 code_at(const Search *s, Py_ssize_t i) { return i >= 0 && i < s->length ? s->codes[i] : 0; }

static inline unsigned kinds_at(Search *s, Py_ssize_t i) {
    if (i < 0 || i >= s->length) return 0;
    unsigned kinds = known[s->codes[i]];
    return kinds ? kinds : learn(s, s->codes[i]);
}

static int comes_before(const Search *s, const Border *a, const Border *b) {
    if (a->end != b->end) return a->end < b->end;
    if (a->start != b->start) return a->start < b->start;
    return s->harm[a->harm] < s->harm[b->harm];
}

/* They come in order, but for those of one place. */
static void add(Search *s, Py_ssize_t end, Py_ssize_t start, int harm) {
    if (s->failed) return;
    if (s->count == s->room) {
        Py_ssize_t room = s->room ? 2 * s->room : 64;
        Border *more = (size_t)room < SIZE_MAX / sizeof *more ? realloc(s->found, (size_t)room * sizeof *more) : NULL;
        if (more == NULL) {
            PyErr_NoMemory();
            s->failed = 1;
            return;
        }
        s->found = more, s->room = room;
    }
    Border border = {end, start, harm};
    Py_ssize_t i = s->count++;
    for (; i > 0 && comes_before(s, &border, &s->found[i - 1]); i--) s->found[i] = s->found[i - 1];
    s->found[i] = border;
}

/* -- line ends: lines.py ------------------------------------------------------------------------------ */

static int ends_sentence(Search *s, Py_ssize_t end) {
    Py_ssize_t i = end - 1, floor = end > 4 ? end - 4 : 0;
    while (i > floor && kinds_at(s, i) & CLOSER) i--;
    return (kinds_at(s, i) & (TERMINATOR | WIDE)) != 0;
}

static int is_letter(Py_UCS4 code) { return (code | 32) >= 'a' && (code | 32) <= 'z'; }

static int is_roman(Py_UCS4 code) { return (code | 32) == 'i' || (code | 32) == 'v' || (code | 32) == 'x'; }

/* One past a number, a letter or a small Roman number as lists have them; the beginning itself where none is. */
static Py_ssize_t behind_label(Search *s, Py_ssize_t i) {
    Py_ssize_t begin = i;
    while (i < begin + 3 && kinds_at(s, i) & DECIMAL) i++;
    if (i > begin) return i;
    while (i < begin + 4 && is_roman(code_at(s, i))) i++;
    return i == begin && is_letter(code_at(s, i)) ? i + 1 : i;
}

static int is_item(Search *s, Py_ssize_t i) {
    if (code_at(s, i) == '|') return 1;
    if (kinds_at(s, i) & BULLET) return (kinds_at(s, i + 1) & SPACE) != 0;
    Py_ssize_t begin = i + (code_at(s, i) == '('), end = behind_label(s, begin);
    Py_UCS4 mark = code_at(s, end);
    return end > begin && (mark == '.' || mark == ')') && kinds_at(s, end + 1) & SPACE;
}

static int is_row(const Search *s, Py_ssize_t i, Py_ssize_t end) {
    for (int spaces = 0; i < end; i++) {
        Py_UCS4 code = code_at(s, i);
        spaces = code == ' ' ? spaces + 1 : 0;
        if (code == '|' || code == '\t' || spaces == 3) return 1;
    }
    return 0;
}

static int harm_of_line_end(Search *s, Py_ssize_t end, Py_ssize_t start, int new_lines, int new_page) {
    int closed = ends_sentence(s, end), small = (kinds_at(s, start) & LOWER) != 0;
    Py_UCS4 before = code_at(s, start - 1);
    if (new_page) return closed ? PARAGRAPH : small ? WRAP : CLAUSE;
    if (new_lines > 1) return code_at(s, end - 1) == ':' ? ROW : BLANK_LINE;
    if (closed) return PARAGRAPH;
    if (before == ' ' || before == '\t' || is_item(s, start) || is_row(s, s->line, end)) return ROW;
    if (small) return WRAP;
    return end - s->line < SHORT_LINE ? ROW : CLAUSE;
}

/* Adds the line end at i with all white space around it; where the next line begins. */
static Py_ssize_t line_end(Search *s, Py_ssize_t i) {
    Py_ssize_t end = i, start = i;
    int new_lines = 0, new_page = 0;
    while (end > s->line && kinds_at(s, end - 1) & SPACE) end--;
    for (; start < s->last && kinds_at(s, start) & SPACE; start++) {
        if (code_at(s, start) == '\f') new_page = 1;
        if (kinds_at(s, start) & NEW_LINE && new_lines < 2) new_lines++;
        if (code_at(s, start) == '\r' && code_at(s, start + 1) == '\n') start++;
    }
    add(s, end, start, harm_of_line_end(s, end, start, new_lines, new_page));
    return s->line = start;
}

/* -- ends of sentences and records: sentences.py, borders.py ------------------------------------------ */

static int is_long_word(Search *s, Py_ssize_t stop) {
    if (stop < LONG_WORD) return 0;
    for (Py_ssize_t i = stop - LONG_WORD; i < stop; i++)
        if (!(kinds_at(s, i) & LETTER)) return 0;
    return 1;
}

static long weigh(Search *s, Py_ssize_t stop) {
    Py_ssize_t begin = stop, floor = stop > TOKEN ? stop - TOKEN : 0;
    while (begin > floor && !(kinds_at(s, begin - 1) & SPACE)) begin--;
    while (begin < stop && kinds_at(s, begin) & OPENER) begin++;
    if (s->failed) return WORD;
    PyObject *word = PyUnicode_Substring(s->text, begin, stop);
    PyObject *answer = word ? PyObject_CallFunctionObjArgs(s->weight_of, word, NULL) : NULL;
    long weight = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(word);
    Py_XDECREF(answer);
    if (weight == -1 && PyErr_Occurred()) s->failed = 1;
    return weight;
}

static int full_stop_ends(Search *s, Py_ssize_t stop, Py_ssize_t end) {
    Py_ssize_t after = end, limit = end + AFTER < s->length ? end + AFTER : s->length;
    while (after < limit && kinds_at(s, after) & SPACE) after++;
    unsigned kinds = after < limit ? kinds_at(s, after) : 0;
    if (kinds & TERMINATOR || (kinds & LOWER && !s->caseless)) return 0;
    if (is_long_word(s, stop) || stop == 0 || kinds_at(s, stop - 1) & SPACE || end - stop > 1) return 1;
    switch (weigh(s, stop)) {
    case SHORTENED: return 0;
    case ORDINAL: return after == limit;
    case INITIAL: return !s->caseless && !(after + 1 < limit && code_at(s, after + 1) == '.');
    case NUMERO: return !(kinds & DIGIT);
    default: return 1;
    }
}

/* Adds the end of a sentence if it is one at stop; where to look on. */
static Py_ssize_t sentence_end(Search *s, Py_ssize_t stop) {
    Py_ssize_t end = stop, start;
    while (end < s->last && kinds_at(s, end) & (TERMINATOR | WIDE)) end++;
    while (end < s->last && kinds_at(s, end) & CLOSER) end++;
    if (end >= s->last || !(kinds_at(s, stop) & WIDE || kinds_at(s, end) & BLANK)) return end;
    if (code_at(s, stop) == '.' && !full_stop_ends(s, stop, end)) return end;
    for (start = end; start < s->last && kinds_at(s, start) & SPACE; start++)
        if (code_at(s, start) == '\n') return end;
    add(s, end, start, SENTENCE);
    return end;
}

/* Adds the border before the bracket at i if another one was closed before. */
static void record_end(Search *s, Py_ssize_t i) {
    Py_ssize_t end = i, bracket;
    while (end > s->first && kinds_at(s, end - 1) & SPACE) end--;
    bracket = end - 1 - (code_at(s, end - 1) == ',');
    if (end < i && bracket >= s->first && (code_at(s, bracket) == '}' || code_at(s, bracket) == ']'))
        add(s, end, i, SENTENCE);
}

static void search(Search *s) {
    for (Py_ssize_t i = s->first; i < s->last && !s->failed;) {
        Py_UCS4 code = s->codes[i];
        unsigned kinds = known[code] ? known[code] : learn(s, code);
        if (kinds & (TERMINATOR | WIDE)) i = sentence_end(s, i);
        else if (kinds & NEW_LINE || code == '\f') i = line_end(s, i);
        else {
            if (code == '{' || code == '[') record_end(s, i);
            i++;
        }
    }
}

static PyObject *as_tuple(const Border *border, PyObject *harm) {
    PyObject *tuple = PyTuple_New(3), *end = PyLong_FromSsize_t(border->end), *start = PyLong_FromSsize_t(border->start);
    if (tuple == NULL || end == NULL || start == NULL) {
        Py_XDECREF(tuple), Py_XDECREF(end), Py_XDECREF(start);
        return NULL;
    }
    Py_INCREF(harm);
    PyTuple_SetItem(tuple, 0, end), PyTuple_SetItem(tuple, 1, start), PyTuple_SetItem(tuple, 2, harm);
    return tuple;
}

static PyObject *as_list(const Search *s, PyObject *harms) {
    PyObject *list = PyList_New(s->count);
    for (Py_ssize_t i = 0; i < s->count && list; i++) {
        PyObject *tuple = as_tuple(&s->found[i], PyTuple_GetItem(harms, s->found[i].harm));
        if (tuple == NULL) Py_CLEAR(list);
        else PyList_SetItem(list, i, tuple);
    }
    return list;
}

static int read_harms(Search *s, PyObject *harms) {
    if (PyTuple_Size(harms) != HARMS) {
        PyErr_SetString(PyExc_ValueError, "strong: six harms are needed");
        return 0;
    }
    for (int i = 0; i < HARMS; i++) s->harm[i] = PyFloat_AsDouble(PyTuple_GetItem(harms, i));
    return !PyErr_Occurred();
}

static PyObject *strong(PyObject *self, PyObject *args) {
    PyObject *harms, *list = NULL;
    Search s = {0};
    if (!PyArg_ParseTuple(args, "U(nn)pO!OO", &s.text, &s.first, &s.last, &s.caseless, &PyTuple_Type, &harms,
                          &s.kinds_of, &s.weight_of))
        return NULL;
    s.length = PyUnicode_GetLength(s.text), s.line = s.first;
    if (s.first < 0 || s.last < s.first || s.last > s.length) {
        PyErr_SetString(PyExc_ValueError, "strong: the extent lies outside the text");
        return NULL;
    }
    if (!read_harms(&s, harms) || (s.codes = PyUnicode_AsUCS4Copy(s.text)) == NULL) return NULL;
    search(&s);
    if (!s.failed) list = as_list(&s, harms);
    free(s.found);
    PyMem_Free(s.codes);
    return list;
}

/* -- the cheapest cuts: partition.py ------------------------------------------------------------------ */

typedef struct { Py_ssize_t end, start, before; double harm, best; } Node;

static int read_nodes(PyObject *borders, Node *nodes, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *tuple = PyList_GetItem(borders, i);
        if (tuple == NULL) return 0;
        if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 3) {
            PyErr_SetString(PyExc_TypeError, "partition: a border is three numbers");
            return 0;
        }
        Node node = {PyLong_AsSsize_t(PyTuple_GetItem(tuple, 0)), PyLong_AsSsize_t(PyTuple_GetItem(tuple, 1)), 0,
                     PyFloat_AsDouble(PyTuple_GetItem(tuple, 2)), 0};
        if (PyErr_Occurred()) return 0;
        nodes[i] = node;
    }
    return 1;
}

/* False where no chunk can end at some border: those before it are too far away, or not in order. */
static int choose(Node *nodes, Py_ssize_t count, const double *cost, Py_ssize_t costs) {
    for (Py_ssize_t i = 1, low = 0; i < count; i++) {
        Node *node = &nodes[i];
        while (low < i && node->end - nodes[low].start >= costs) low++;
        node->before = -1;
        for (Py_ssize_t j = low; j < i; j++) {
            Py_ssize_t length = node->end - nodes[j].start;
            if (length < 0 || length >= costs) return 0;
            double harm = nodes[j].best + cost[length];
            if (node->before < 0 || harm < node->best) node->best = harm, node->before = j;
        }
        if (node->before < 0) return 0;
        node->best += node->harm;
    }
    return 1;
}

static PyObject *walk_back(const Node *nodes, Py_ssize_t count) {
    PyObject *spans = PyList_New(0);
    for (Py_ssize_t i = count - 1; i > 0 && spans; i = nodes[i].before) {
        PyObject *span = Py_BuildValue("(nn)", nodes[nodes[i].before].start, nodes[i].end);
        if (span == NULL || PyList_Append(spans, span) < 0) Py_CLEAR(spans);
        Py_XDECREF(span);
    }
    if (spans && PyList_Reverse(spans) < 0) Py_CLEAR(spans);
    return spans;
}

static PyObject *partition(PyObject *self, PyObject *args) {
    PyObject *borders, *spans = NULL;
    Py_buffer cost;
    if (!PyArg_ParseTuple(args, "O!y*", &PyList_Type, &borders, &cost)) return NULL;
    Py_ssize_t count = PyList_Size(borders);
    Node *nodes = calloc((size_t)count + 1, sizeof *nodes);
    if (nodes == NULL) PyErr_NoMemory();
    else if (read_nodes(borders, nodes, count)) {
        if (choose(nodes, count, cost.buf, cost.len / (Py_ssize_t)sizeof(double))) spans = walk_back(nodes, count);
        else PyErr_SetString(PyExc_ValueError, "partition: borders are not in order, or too far apart");
    }
    free(nodes);
    PyBuffer_Release(&cost);
    return spans;
}

static PyMethodDef methods[] = {
    {"strong", strong, METH_VARARGS,
     "strong(text, extent, caseless, harm, kinds_of, weight_of) -> borders in order"},
    {"partition", partition, METH_VARARGS, "partition(borders, length_cost) -> spans of least harm"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_borders", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__borders(void) {
    if (known == NULL) known = calloc(CODES, sizeof *known);
    return known ? PyModule_Create(&module) : PyErr_NoMemory();
}
