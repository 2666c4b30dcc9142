/* What is asked of every line of a page on its way to text: bad steps, rows made whole, ties between lines.
 *
 * order.py and paragraphs.py hold the same in Python and say why, for where there is no compiler; a test compares
 * them. Sums are done in the same order and in doubles, so that both ways decide alike to the last bit.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT, X0, X1, BASE, SIZE, LOOK, FOLLOWS, TURNED, FIELDS }; /* layout.Line */
enum { FIXED = 2 };
enum { ROWS_AT_ONCE = 2, COLUMN_LETTERS = 13, FULL_LETTERS = 25, FULL = 5 };
static const double LONG_SKIP = 8.0, CELL_GAP = 2.2, WIDER = 1.3, OTHER_SIZE = 0.06, INDENT = 0.7, FAR = 3.0;

typedef struct { PyObject *row, *text; Py_ssize_t length; double x0, x1, base, size; long look, follows, turned; } Line;
typedef struct { PyObject *rows; Py_ssize_t count; Line *of; double *scratch; } Lines;

static int load_line(Line *line, PyObject *row) {
    if (!PyTuple_Check(row) || PyTuple_Size(row) < FIELDS) {
        PyErr_SetString(PyExc_TypeError, "lines are tuples of eight");
        return 0;
    }
    line->row = row, line->text = PyTuple_GetItem(row, TEXT);
    line->length = PyUnicode_GetLength(line->text);
    if (line->length == 0) PyErr_SetString(PyExc_ValueError, "a line without text");
    if (line->length <= 0) return 0;
    line->x0 = PyFloat_AsDouble(PyTuple_GetItem(row, X0)), line->x1 = PyFloat_AsDouble(PyTuple_GetItem(row, X1));
    line->base = PyFloat_AsDouble(PyTuple_GetItem(row, BASE)), line->size = PyFloat_AsDouble(PyTuple_GetItem(row, SIZE));
    line->look = PyLong_AsLong(PyTuple_GetItem(row, LOOK)), line->follows = PyLong_AsLong(PyTuple_GetItem(row, FOLLOWS));
    line->turned = PyLong_AsLong(PyTuple_GetItem(row, TURNED));
    return !PyErr_Occurred();
}

static void unload(Lines *lines) {
    free(lines->of);
    free(lines->scratch);
    Py_XDECREF(lines->rows);
}

/* The numbers of all lines, and as many doubles to work with; holds the rows until `unload`. */
static int load(Lines *lines, PyObject *sequence) {
    lines->rows = PySequence_Tuple(sequence), lines->of = NULL, lines->scratch = NULL;
    if (lines->rows == NULL) return 0;
    lines->count = PyTuple_Size(lines->rows);
    lines->of = malloc(((size_t)lines->count + 1) * sizeof *lines->of);
    lines->scratch = malloc(((size_t)lines->count + 1) * sizeof *lines->scratch);
    int good = lines->of && lines->scratch;
    if (!good) PyErr_NoMemory();
    for (Py_ssize_t i = 0; good && i < lines->count; i++) good = load_line(&lines->of[i], PyTuple_GetItem(lines->rows, i));
    if (!good) unload(lines);
    return good;
}

/* A total order, also where a file says that something is nowhere: qsort may run wild without one. */
static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    if (isnan(a) || isnan(b)) return !!isnan(a) - !!isnan(b);
    return (a > b) - (a < b);
}

static double larger(double a, double b) { return b > a ? b : a; }

/* -- order.py ----------------------------------------------------------------------------------------- */

static PyObject *bad_steps(PyObject *self, PyObject *sequence) {
    Lines lines;
    int back = 0, skips = 0, run = 0;
    if (!load(&lines, sequence)) return NULL;
    const Line *a = NULL;
    for (Py_ssize_t i = 0; i < lines.count; i++) {
        const Line *b = &lines.of[i];
        if (b->length < COLUMN_LETTERS) continue;
        if (a) {
            double down = b->base - a->base;
            run++;
            if (b->x0 > a->x1) run = 0;
            else if (down < -1.5 * b->size) back++;
            else if (b->x1 < a->x0) back += run < ROWS_AT_ONCE;
            else if (down > LONG_SKIP * b->size) skips++;
        }
        a = b;
    }
    unload(&lines);
    return Py_BuildValue("(ii)", back, skips);
}

static int same_row(const Line *a, const Line *b) { return fabs(a->base - b->base) < 0.5 * larger(a->size, b->size); }

static int has_cells(const Line *row, Py_ssize_t count) {
    if (count > 2) return 1;
    double gap = larger(row[1].x0 - row[0].x1, row[0].x0 - row[1].x1);
    return gap > CELL_GAP * larger(row[0].size, row[1].size) && row[0].length > 3;
}

static int is_justified(const Line *row, Py_ssize_t count) {
    double least = row[1].x0 - row[0].x1, most = least;
    for (Py_ssize_t i = 2; i < count; i++) {
        double gap = row[i].x0 - row[i - 1].x1;
        if (gap < least) least = gap;
        if (gap > most) most = gap;
    }
    return most - least < 0.15 * row[0].size;
}

/* Where full lines of text end, to the point; sorted. */
static Py_ssize_t find_edges(const Lines *lines) {
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < lines->count; i++)
        if (lines->of[i].length > FULL_LETTERS) lines->scratch[count++] = trunc(lines->of[i].x1);
    qsort(lines->scratch, (size_t)count, sizeof *lines->scratch, by_value);
    return count;
}

static int is_edge(const Lines *lines, Py_ssize_t edges, double x1) {
    for (int step = -1; step <= 1; step++) {
        double point = trunc(x1) + step;
        if (bsearch(&point, lines->scratch, (size_t)edges, sizeof point, by_value)) return 1;
    }
    return 0;
}

/* `row` with other fields; steals the text. `make` is the tuple's own, as NamedTuple's _make uses it. */
static PyObject *changed(PyObject *row, PyObject *text, PyObject *x0, PyObject *x1, long look, long follows, long turned) {
    newfunc make = (newfunc)PyType_GetSlot(&PyTuple_Type, Py_tp_new);
    PyObject *fields = text ? Py_BuildValue("((NOOOOlll))", text, x0, x1, PyTuple_GetItem(row, BASE), PyTuple_GetItem(row, SIZE),
                                            look, follows, turned)
                            : NULL;
    PyObject *line = fields ? make(Py_TYPE(row), fields, NULL) : NULL;
    Py_XDECREF(fields);
    return line;
}

static PyObject *whole(const Line *row, Py_ssize_t count, int cells) {
    const Line *first = row, *last = row + count - 1;
    PyObject *parts = PyTuple_New(count), *gap = PyUnicode_FromString(cells ? "  " : " "), *text = NULL;
    for (Py_ssize_t i = 0; parts && i < count; i++) {
        Py_INCREF(row[i].text);
        PyTuple_SetItem(parts, i, row[i].text);
    }
    if (parts && gap) text = PyUnicode_Join(gap, parts);
    Py_XDECREF(parts);
    Py_XDECREF(gap);
    PyObject *x0 = PyTuple_GetItem(last->x0 < first->x0 ? last->row : first->row, X0);
    PyObject *x1 = PyTuple_GetItem(last->x1 > first->x1 ? last->row : first->row, X1);
    return changed(first->row, text, x0, x1, first->look & last->look, cells, 0);
}

static PyObject *alone(const Line *line) {
    Py_INCREF(line->row);
    if (!line->follows) return line->row;
    Py_INCREF(line->text);
    PyObject *row = changed(line->row, line->text, PyTuple_GetItem(line->row, X0), PyTuple_GetItem(line->row, X1), line->look, 0,
                            line->turned);
    Py_DECREF(line->row);
    return row;
}

static PyObject *joined(PyObject *self, PyObject *sequence) {
    Lines lines;
    if (!load(&lines, sequence)) return NULL;
    PyObject *found = PyList_New(0);
    Py_ssize_t edges = -1, end;
    for (Py_ssize_t i = 0; found && i < lines.count; i = end) {
        const Line *row = &lines.of[i];
        for (end = i + 1; end < lines.count && lines.of[end].follows && same_row(&lines.of[end - 1], &lines.of[end]);) end++;
        int cells = end - i > 1 && has_cells(row, end - i);
        if (cells && is_justified(row, end - i)) {
            if (edges < 0) edges = find_edges(&lines);
            cells = !is_edge(&lines, edges, lines.of[end - 1].x1);
        }
        PyObject *line = end - i > 1 ? whole(row, end - i, cells) : alone(row);
        if (line == NULL || PyList_Append(found, line) < 0) Py_CLEAR(found);
        Py_XDECREF(line);
    }
    unload(&lines);
    return found;
}

/* -- paragraphs.py ------------------------------------------------------------------------------------ */

enum { NEW = '|', SPACE = ' ', BREAK = '\n', WORD = '-', NOTHING = '0' }; /* how a line is tied to the one before */

/* ends: where its lines end, sorted; block: where the open one began. */
typedef struct { const Line *of; PyObject *mark; double right, lead; const double *ends; Py_ssize_t count, block; } Column;

/* The character at an index, counted from the end where it is negative; 0 where there is none. */
static Py_UCS4 at(const Line *line, Py_ssize_t index) {
    if (index < 0) index += line->length;
    return index < 0 || index >= line->length ? 0 : PyUnicode_ReadChar(line->text, index);
}

/* What a method of str says of one character; beyond ASCII only Python knows. */
static int asked(const char *method, Py_UCS4 c) {
    PyObject *text = PyUnicode_FromOrdinal((int)c);
    PyObject *answer = text ? PyObject_CallMethod(text, method, NULL) : NULL;
    int yes = answer != NULL && PyObject_IsTrue(answer) == 1;
    Py_XDECREF(text);
    Py_XDECREF(answer);
    return yes;
}

static int is_low(Py_UCS4 c) { return c < 0x80 ? c >= 'a' && c <= 'z' : asked("islower", c); }
static int is_alpha(Py_UCS4 c) { return c < 0x80 ? is_low(c) || (c >= 'A' && c <= 'Z') : asked("isalpha", c); }
static int is_alnum(Py_UCS4 c) { return c < 0x80 ? is_alpha(c) || (c >= '0' && c <= '9') : asked("isalnum", c); }
static int is_one_of(Py_UCS4 c, const Py_UCS4 *set) {
    while (*set && *set != c) set++;
    return *set != 0;
}

static const Py_UCS4 BULLETS[] = {0x2022, 0x25AA, 0x25B8, 0x25CF, 0x25CB, 0x25E6, 0x25A0, 0x25A1, 0x2023, 0};
static const Py_UCS4 ENDS[] = {'.', '!', '?', ':', ';', 0x2026, 0x3002, 0xFF01, 0xFF1F, 0xFF1A, 0};
static const Py_UCS4 CLOSERS[] = {'"', '\'', 0x201D, 0x2019, 0xBB, ')', ']', '*', 0x2020, 0x2021, '0', '1', '2', '3', '4', '5',
                                  '6', '7', '8', '9', 0};
static const Py_UCS4 MARKS[] = {'-', 0x2010, 0xAD, 0}, PARTED[] = {'-', 0x2010, 0xAD, ',', 0};

static int is_wide(Py_UCS4 c) {
    return (c >= 0x3000 && c <= 0x9FFF) || (c >= 0xFF00 && c <= 0xFFEF) || c >= 0x20000;
}

static int is_parted(const Line *line) { return is_one_of(at(line, -1), MARKS) && is_alnum(at(line, -2)); }

/* What stands between two lines of running text. */
static int between(const Line *a, const Line *b) {
    if (is_parted(a)) return WORD;
    return is_wide(at(a, -1)) && is_wide(at(b, 0)) ? NOTHING : SPACE;
}

static int ends_sentence(const Line *line) {
    Py_ssize_t last = line->length;
    while (last > 0 && is_one_of(at(line, last - 1), CLOSERS)) last--;
    return last > 0 && is_one_of(at(line, last - 1), ENDS);
}

static int is_marked(const Column *column, const Line *line) {
    PyObject *match = PyObject_CallFunctionObjArgs(column->mark, line->text, NULL);
    Py_XDECREF(match);
    return match != NULL && match != Py_None;
}

static int goes_on_surely(const Column *column, const Line *a, const Line *b) {
    double size = b->size, other = size - a->size, shift = b->x0 - a->x0;
    return b->look == a->look && a->look < FIXED && !b->follows && !a->follows && -0.02 * size < other && other < 0.02 * size &&
           -0.3 * size < shift && shift < 0.3 * size && b->base - a->base < WIDER * column->lead * size &&
           column->right - a->x1 < size && is_alpha(at(b, 0)) &&
           (at(b, 1) == ' ' || (b->length > 1 && is_alpha(at(b, 1)) && (b->length == 2 || is_alpha(at(b, 2)))));
}

static double lead_in(const Column *column, Py_ssize_t a) {
    const Line *line = &column->of[a];
    return a > column->block ? line->base - line[-1].base : column->lead * line->size;
}

static double first_word(const Line *line) {
    Py_ssize_t end = PyUnicode_FindChar(line->text, ' ', 0, line->length, 1);
    return (line->x1 - line->x0) / (double)line->length * (double)((end > 0 ? end : line->length) + 1);
}

static int tie_of_sizes(const Column *column, const Line *a, const Line *b) {
    int one = a->length <= 3 || b->length <= 3;
    return one && b->base - a->base < 1.2 * column->lead * larger(a->size, b->size) && is_low(at(b, 0)) ? SPACE : NEW;
}

static int tie_of_ended(const Column *column, const Line *a, const Line *b) {
    if (ends_sentence(a)) return NEW;
    if (is_low(at(b, 0))) return SPACE;
    return is_marked(column, b) || a->length > 25 ? NEW : BREAK;
}

static int is_new_item(const Column *column, const Line *a, const Line *b) {
    return is_marked(column, b) && (is_marked(column, &column->of[column->block]) || ends_sentence(a));
}

static int tie_of_indented(const Column *column, const Line *a, const Line *b, const Line *after, int ended) {
    int lone = a == &column->of[column->block];
    if (lone && !ended && after && fabs(after->x0 - b->x0) < INDENT * b->size && after->base > b->base) return SPACE;
    if (lone && is_marked(column, a)) return SPACE;
    return is_low(at(b, 0)) && !ends_sentence(a) ? SPACE : NEW;
}

/* How many of the column's lines end before a place. */
static Py_ssize_t ended_before(const Column *column, double place) {
    Py_ssize_t low = 0, high = column->count;
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        if (column->ends[middle] < place) low = middle + 1;
        else high = middle;
    }
    return low;
}

static int is_full(const Column *column, const Line *line) {
    return line->length >= FULL_LETTERS && ended_before(column, line->x1 + 1) - ended_before(column, line->x1 - 1) >= FULL;
}

static int hangs(const Line *block) { return block[1].x0 - block[0].x0 > INDENT * block[1].size; }

static int tie(const Column *column, Py_ssize_t i, const Line *after) {
    const Line *b = &column->of[i], *a = b - 1, *block = &column->of[column->block];
    double size = b->size, down = b->base - a->base, shift = b->x0 - a->x0;
    if (fabs(size - a->size) > OTHER_SIZE * size) return tie_of_sizes(column, a, b);
    if (a->look != b->look && !((a->look | b->look) & FIXED)) return NEW;
    if (a->follows || b->follows) return a->follows && b->follows && down < 2.5 * column->lead * size ? BREAK : NEW;
    if (down > WIDER * column->lead * size && down > 1.15 * lead_in(column, i - 1)) return NEW;
    if (a->look & FIXED && b->look & FIXED) return BREAK;
    if (is_one_of(at(b, 0), BULLETS)) return NEW;
    if (is_parted(a) && is_alpha(at(b, 0))) return SPACE;
    double room = column->right - a->x1;
    int ended = room > 0.3 * size + first_word(b) && !(room > FAR * size && is_full(column, a));
    if (-INDENT * size < shift && shift < INDENT * size)
        return ended ? tie_of_ended(column, a, b) : is_new_item(column, a, b) ? NEW : SPACE;
    if (shift > 0) return tie_of_indented(column, a, b, after, ended);
    if (a != block && hangs(block)) return NEW;
    return ended ? tie_of_ended(column, a, b) : SPACE;
}

/* How the column that begins with b goes on from the one before. */
static int over_the_edge(const Line *block, const Line *b, const Line *second) {
    const Line *a = b - 1;
    if (a->turned || b->turned || fabs(a->size - b->size) > OTHER_SIZE * b->size) return NEW;
    if (a->look != b->look || a->follows || b->follows) return NEW;
    if (is_low(at(b, 0))) return !ends_sentence(a) || at(a, -1) == ':' || at(a, -1) == ';' ? SPACE : NEW;
    if (is_one_of(at(a, -1), PARTED)) return SPACE;
    int indented = second && b->x0 - second->x0 > INDENT * b->size;
    return !indented && !ends_sentence(a) && a != block ? SPACE : NEW;
}

static int begins_column(const Line *a, const Line *b) {
    return b->base - a->base < -0.5 * b->size || b->x0 > a->x1 + 3 * b->size || b->x1 < a->x0 || a->turned != b->turned;
}

static double usual_lead(const Lines *lines) {
    Py_ssize_t steps = 0;
    for (Py_ssize_t i = 1; i < lines->count; i++) {
        const Line *b = &lines->of[i], *a = b - 1;
        double down = b->base - a->base;
        if (!begins_column(a, b) && 0.5 * b->size < down && down < 2.6 * b->size) lines->scratch[steps++] = down / b->size;
    }
    qsort(lines->scratch, (size_t)steps, sizeof *lines->scratch, by_value);
    return steps ? lines->scratch[(steps - 1) / 2] : 1.3;
}

/* Leaves in the scratch where the lines end, sorted. */
static double right_edge(const Lines *lines, Py_ssize_t first, Py_ssize_t end) {
    Py_ssize_t count = end - first;
    for (Py_ssize_t i = 0; i < count; i++) lines->scratch[i] = lines->of[first + i].x1;
    qsort(lines->scratch, (size_t)count, sizeof *lines->scratch, by_value);
    return lines->scratch[count - 1 - count / 8];
}

/* Fills in a tie for each line; false where an exception is set. */
static int tie_all(const Lines *lines, PyObject *mark, char *ties) {
    Column column = {lines->of, mark, 0, usual_lead(lines), lines->scratch, 0, 0};
    Py_ssize_t end;
    for (Py_ssize_t first = 0; first < lines->count; first = end) {
        for (end = first + 1; end < lines->count && !begins_column(&lines->of[end - 1], &lines->of[end]);) end++;
        column.right = right_edge(lines, first, end), column.count = end - first;
        for (Py_ssize_t i = first; i < end; i++) {
            const Line *b = &lines->of[i], *after = i + 1 < end ? b + 1 : NULL;
            if (i == first) ties[i] = (char)(i ? over_the_edge(&lines->of[column.block], b, after) : NEW);
            else ties[i] = (char)(goes_on_surely(&column, b - 1, b) ? SPACE : tie(&column, i, after));
            if (ties[i] == NEW) column.block = i;
            if (ties[i] == SPACE) ties[i] = (char)between(b - 1, b);
            if (PyErr_Occurred()) return 0;
        }
    }
    return 1;
}

static PyObject *ties_of(PyObject *self, PyObject *args) {
    PyObject *sequence, *mark, *result = NULL;
    Lines lines;
    if (!PyArg_ParseTuple(args, "OO", &sequence, &mark) || !load(&lines, sequence)) return NULL;
    char *ties = malloc((size_t)lines.count + 1);
    if (ties == NULL) PyErr_NoMemory();
    else if (tie_all(&lines, mark, ties)) result = PyUnicode_FromStringAndSize(ties, lines.count);
    free(ties);
    unload(&lines);
    return result;
}

static PyMethodDef methods[] = {
    {"bad_steps", bad_steps, METH_O, "bad_steps(lines) -> (back, skips)"},
    {"joined", joined, METH_O, "joined(lines) -> lines"},
    {"ties", ties_of, METH_VARARGS, "ties(lines, mark) -> one character a line"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_lines", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__lines(void) { return PyModule_Create(&module); }
