/* What is asked of every line of a page on its way to text: reading order, rows made whole, ties between lines.
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
enum { ROWS_AT_ONCE = 2, SCRAMBLED = 3, COLUMN_LINES = 3, COLUMN_LETTERS = 13, STRIPES = 4, DEEPEST = 32 };
enum { FULL_LETTERS = 25, FULL = 5 };
static const double BETTER = 0.7, MIN_GUTTER = 4.0, LONG_SKIP = 8.0, CELL_GAP = 2.2;
static const double WIDER = 1.3, OTHER_SIZE = 0.06, INDENT = 0.7, FAR = 3.0;

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

/* The numbers of all lines, and twice as many doubles to work with; holds the rows until `unload`. */
static int load(Lines *lines, PyObject *sequence) {
    lines->rows = PySequence_Tuple(sequence), lines->of = NULL, lines->scratch = NULL;
    if (lines->rows == NULL) return 0;
    lines->count = PyTuple_Size(lines->rows);
    lines->of = malloc(((size_t)lines->count + 1) * sizeof *lines->of);
    lines->scratch = malloc((2 * (size_t)lines->count + 1) * sizeof *lines->scratch);
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

typedef struct { int back, skips; } Steps;

static Steps bad_steps(const Line *lines, Py_ssize_t count) {
    Steps steps = {0, 0};
    int run = 0;
    const Line *a = NULL;
    for (const Line *b = lines; b < lines + count; b++) {
        if (b->length < COLUMN_LETTERS) continue;
        if (a) {
            double down = b->base - a->base;
            run++;
            if (b->x0 > a->x1) run = 0;
            else if (down < -1.5 * b->size) steps.back++;
            else if (b->x1 < a->x0) steps.back += run < ROWS_AT_ONCE;
            else if (down > LONG_SKIP * b->size) steps.skips++;
        }
        a = b;
    }
    return steps;
}

typedef struct { double harm, low, high; } Stripe;

static int is_better(const Stripe *a, const Stripe *b) {
    if (a->harm != b->harm) return a->harm < b->harm;
    return a->low != b->low ? a->low < b->low : a->high < b->high;
}

/* The best stripes, best first; how many. */
static int find_stripes(const Line **lines, Py_ssize_t count, double *scratch, Stripe *best) {
    double *starts = scratch, *ends = scratch + count, at = 0;
    Py_ssize_t texts = 0, covered = 0;
    int found = 0, ended = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (lines[i]->length >= COLUMN_LETTERS) starts[texts] = lines[i]->x0, ends[texts++] = lines[i]->x1;
    qsort(starts, (size_t)texts, sizeof *starts, by_value);
    qsort(ends, (size_t)texts, sizeof *ends, by_value);
    for (Py_ssize_t i = 0, j = 0; i < texts;) {
        int ends_now = j < texts && ends[j] <= starts[i];
        double until = ends_now ? ends[j++] : starts[i++];
        if (ended && !ends_now && until - at > MIN_GUTTER) {
            Stripe stripe = {(double)covered - 0.1 * (until - at), at, until};
            int place = found < STRIPES ? found++ : STRIPES;
            for (; place > 0 && is_better(&stripe, &best[place - 1]); place--)
                if (place < STRIPES) best[place] = best[place - 1];
            if (place < STRIPES) best[place] = stripe;
        }
        covered += ends_now ? -1 : 1, at = until, ended = ends_now;
    }
    return found;
}

/* The lines on one side of a stripe: how many, their letters, those of long ones, from where to where they go. */
typedef struct { Py_ssize_t count, letters, longs, in_longs; double top, end, size; } Side;

static void join_side(Side *side, const Line *line) {
    if (side->count++ == 0) side->top = side->end = line->base, side->size = line->size;
    if (line->base < side->top) side->top = line->base;
    if (line->base > side->end) side->end = line->base;
    side->letters += line->length;
    if (line->length >= COLUMN_LETTERS) side->longs++, side->in_longs += line->length;
}

static int runs(const Side *side) { return side->longs >= COLUMN_LINES && (double)side->in_longs > 0.6 * (double)side->letters; }

static int parts_columns(const Line **lines, Py_ssize_t count, const Stripe *stripe) {
    Side left = {0}, right = {0};
    for (Py_ssize_t i = 0; i < count; i++) {
        if (lines[i]->x1 <= stripe->low + 1) join_side(&left, lines[i]);
        if (lines[i]->x0 >= stripe->high - 1) join_side(&right, lines[i]);
    }
    if (3 * count > 4 * (left.count + right.count) || !runs(&left) || !runs(&right)) return 0;
    double top = larger(left.top, right.top), end = left.end < right.end ? left.end : right.end;
    return end - top > 2 * left.size;
}

static int find_gutter(const Line **lines, Py_ssize_t count, double *scratch, double *gutter) {
    Stripe stripes[STRIPES];
    int found = count < 2 * COLUMN_LINES ? 0 : find_stripes(lines, count, scratch, stripes);
    for (int i = 0; i < found; i++)
        if (parts_columns(lines, count, &stripes[i])) return *gutter = (stripes[i].low + stripes[i].high) / 2, 1;
    return 0;
}

/* Lines on their way into another order; those that begin as equals keep that of the stream. */
typedef struct { Line *to; const Line **spare; double *scratch; Py_ssize_t count; } Cut;

static int by_place(const void *left, const void *right) {
    const Line *a = *(const Line *const *)left, *b = *(const Line *const *)right;
    int order = by_value(&a->base, &b->base);
    return order ? order : (a > b) - (a < b);
}

static int by_column(const void *left, const void *right) {
    int order = by_value(&(*(const Line *const *)left)->x0, &(*(const Line *const *)right)->x0);
    return order ? order : by_place(left, right);
}

static void cut_rows(Cut *cut, const Line **lines, Py_ssize_t count) {
    for (Py_ssize_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && !(lines[end]->base - lines[first]->base > 0.4 * lines[end]->size);) end++;
        qsort(lines + first, (size_t)(end - first), sizeof *lines, by_column);
        for (Py_ssize_t i = first; i < end; i++) {
            cut->to[cut->count] = *lines[i];
            cut->to[cut->count++].follows = i > first;
        }
    }
}

static void cut_columns(Cut *cut, const Line **lines, Py_ssize_t count, double gutter, int depth);

static void cut_side(Cut *cut, const Line **lines, Py_ssize_t count, int depth) {
    double gutter;
    if (depth < DEEPEST && find_gutter(lines, count, cut->scratch, &gutter)) cut_columns(cut, lines, count, gutter, depth + 1);
    else cut_rows(cut, lines, count);
}

static void cut_band(Cut *cut, const Line **lines, Py_ssize_t count, double gutter, int depth) {
    Py_ssize_t left = 0, right = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (lines[i]->x1 > gutter + 1) cut->spare[right++] = lines[i];
        else lines[left++] = lines[i];
    }
    memcpy(lines + left, cut->spare, (size_t)right * sizeof *lines);
    cut_side(cut, lines, left, depth);
    cut_side(cut, lines + left, right, depth);
}

/* `lines` from top to bottom: column by column, what spans them parts them. */
static void cut_columns(Cut *cut, const Line **lines, Py_ssize_t count, double gutter, int depth) {
    Py_ssize_t band = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!(lines[i]->x0 < gutter - 1 && lines[i]->x1 > gutter + 1)) continue;
        const Line *spanning = lines[i];
        cut_band(cut, lines + band, i - band, gutter, depth);
        cut->to[cut->count++] = *spanning;
        band = i + 1;
    }
    cut_band(cut, lines + band, count - band, gutter, depth);
}

/* `cut` if the order of a cut into columns is clearly better; false without memory. */
static int put_in_order(Lines *lines) {
    Steps steps = bad_steps(lines->of, lines->count);
    if (!steps.back) return 1;
    size_t room = (size_t)lines->count;
    const Line **order = malloc(2 * room * sizeof *order);
    Cut cut = {malloc(room * sizeof *cut.to), NULL, lines->scratch, 0};
    double gutter = 0;
    int good = order && cut.to;
    if (good) cut.spare = order + room;
    for (Py_ssize_t i = 0; good && i < lines->count; i++) order[i] = &lines->of[i];
    int columns = good && find_gutter(order, lines->count, lines->scratch, &gutter);
    if (columns || (good && steps.back >= SCRAMBLED)) {
        qsort(order, room, sizeof *order, by_place);
        if (columns) cut_columns(&cut, order, lines->count, gutter, 1);
        else cut_rows(&cut, order, lines->count);
        Steps after = bad_steps(cut.to, cut.count);
        if (after.back + after.skips < BETTER * (steps.back + steps.skips))
            memcpy(lines->of, cut.to, room * sizeof *cut.to);
    }
    free(order);
    free(cut.to);
    if (!good) PyErr_NoMemory();
    return good;
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
    if (!PyLong_AsLong(PyTuple_GetItem(line->row, FOLLOWS))) return line->row;
    Py_INCREF(line->text);
    PyObject *row = changed(line->row, line->text, PyTuple_GetItem(line->row, X0), PyTuple_GetItem(line->row, X1), line->look, 0,
                            line->turned);
    Py_DECREF(line->row);
    return row;
}

static PyObject *joined(const Lines *lines) {
    PyObject *found = PyList_New(0);
    Py_ssize_t edges = -1, end;
    for (Py_ssize_t i = 0; found && i < lines->count; i = end) {
        const Line *row = &lines->of[i];
        for (end = i + 1; end < lines->count && lines->of[end].follows && same_row(&lines->of[end - 1], &lines->of[end]);) end++;
        int cells = end - i > 1 && has_cells(row, end - i);
        if (cells && is_justified(row, end - i)) {
            if (edges < 0) edges = find_edges(lines);
            cells = !is_edge(lines, edges, lines->of[end - 1].x1);
        }
        PyObject *line = end - i > 1 ? whole(row, end - i, cells) : alone(row);
        if (line == NULL || PyList_Append(found, line) < 0) Py_CLEAR(found);
        Py_XDECREF(line);
    }
    return found;
}

/* Takes what is turned out of the lines; a list of it, NULL where an exception is set. */
static PyObject *set_aside(Lines *lines) {
    PyObject *aside = PyList_New(0);
    Py_ssize_t upright = 0;
    for (Py_ssize_t i = 0; aside && i < lines->count; i++) {
        if (!lines->of[i].turned) lines->of[upright++] = lines->of[i];
        else if (PyList_Append(aside, lines->of[i].row) < 0) Py_CLEAR(aside);
    }
    lines->count = upright;
    return aside;
}

static PyObject *in_order(PyObject *self, PyObject *sequence) {
    Lines lines;
    if (!load(&lines, sequence)) return NULL;
    PyObject *aside = set_aside(&lines), *found = aside && put_in_order(&lines) ? joined(&lines) : NULL;
    Py_ssize_t end = found ? PyList_Size(found) : 0;
    if (found && PyList_SetSlice(found, end, end, aside) < 0) Py_CLEAR(found);
    Py_XDECREF(aside);
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
    {"in_order", in_order, METH_O, "in_order(lines) -> lines as they are read, rows made whole"},
    {"ties", ties_of, METH_VARARGS, "ties(lines, mark) -> one character a line"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_lines", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__lines(void) { return PyModule_Create(&module); }
