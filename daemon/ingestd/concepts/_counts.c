/* The phrases of a text, counted: counts.py says what, in Python.
 *
 * Entries stand in order of first appearance. Pages are bits: 64 in the entry, more in an array of its own.
 */
#include "_phrases.h"

static uint64_t hash_of(const uint32_t *codes, size_t size) {
    uint64_t hash = hash_seed;
    for (size_t i = 0; i < size; i++) hash = mixed(hash, codes[i]);
    return hash;
}

static Entry *find(const Counts *self, const uint32_t *codes, size_t size, uint32_t hash) {
    if (!self->index.slots) return NULL;
    for (size_t slot = hash & self->index.mask; self->index.slots[slot]; slot = (slot + 1) & self->index.mask) {
        Entry *entry = &self->entries[self->index.slots[slot] - 1];
        if (entry->hash == hash && entry->size == size && memcmp(entry->codes, codes, size * 4) == 0) return entry;
    }
    return NULL;
}

const Entry *counted(const Counts *self, const uint32_t *codes, size_t size) {
    return size <= LONGEST ? find(self, codes, size, (uint32_t)(hash_of(codes, size) >> 32)) : NULL;
}

/* The entry of a phrase, a fresh one with a count of 0 if it is new. */
static Entry *meet(Counts *self, const uint32_t *codes, size_t size, uint64_t hash, uint32_t place) {
    Entry *entry = find(self, codes, size, (uint32_t)(hash >> 32));
    if (entry) return entry;
    Entry *entries = grown(self->entries, self->used, &self->room, sizeof *entries);
    if (entries == NULL) return NULL;
    self->entries = entries;
    if (index_room(&self->index, &self->entries->hash, sizeof(Entry)) < 0) return NULL;
    entry = &self->entries[self->used];
    memset(entry, 0, sizeof *entry);
    entry->hash = (uint32_t)(hash >> 32), entry->size = size & 7, entry->first = place;
    memcpy(entry->codes, codes, size * 4);
    index_put(&self->index, entry->hash, (uint32_t)self->used++);
    return entry;
}

static uint64_t *chunk(Entry *entry, size_t number) {
    if (entry->chunks == 0 && number == 0) return &entry->pages.one;
    if (number >= entry->chunks) {
        size_t chunks = entry->chunks ? entry->chunks : 1;
        uint64_t one = entry->pages.one, *many = entry->chunks ? entry->pages.many : NULL;
        many = number < UINT32_MAX >> 3 ? realloc(many, (number + 1) * sizeof *many) : NULL;
        if (many == NULL) return PyErr_NoMemory(), NULL;
        if (!entry->chunks) many[0] = one;
        memset(many + chunks, 0, (number + 1 - chunks) * 8);
        entry->pages.many = many, entry->chunks = (uint32_t)(number + 1) & (UINT32_MAX >> 3);
    }
    return &entry->pages.many[number];
}

static int mark(Entry *entry, size_t page) {
    uint64_t *bits = chunk(entry, page / 64);
    if (bits) *bits |= UINT64_C(1) << page % 64;
    return bits ? 0 : -1;
}

/* A run between two breaks; `begins`: its first word begins a sentence. */
static int count_run(Counts *self, const uint32_t *run, size_t size, size_t page, int begins) {
    for (size_t start = 0; start < size; start++) {
        uint64_t hash = hash_seed;
        for (size_t words = 1; words <= LONGEST && start + words <= size; words++) {
            hash = mixed(hash, run[start + words - 1]);
            Entry *entry = meet(self, run + start, words, hash, (uint32_t)(self->length + start));
            if (entry == NULL || mark(entry, page) < 0) return -1;
            entry->count++;
            entry->whole += words == size;
            entry->initial += begins && start == 0 && words == 1;
        }
    }
    self->length += size;
    return 0;
}

static int count_text(Counts *self, const uint32_t *codes, size_t size, size_t page) {
    for (size_t i = 0, end; i < size; i = end + 1) {
        for (end = i; end < size && codes[end] != BREAK; end++) {}
        int begins = i < end && codes[i] == START;
        if (count_run(self, codes + i + begins, end - i - (size_t)begins, page, begins) < 0) return -1;
    }
    return 0;
}

static PyObject *add(PyObject *object, PyObject *args) {
    Counts *self = (Counts *)object;
    PyObject *coded;
    Py_ssize_t page;
    Numbers codes = {NULL, 0, 0};
    if (!PyArg_ParseTuple(args, "Un", &coded, &page)) return NULL;
    int failed = append_str(&codes, coded) < 0;
    if (!failed && (page < 0 || self->length + codes.used > UINT32_MAX)) {
        PyErr_SetString(PyExc_OverflowError, "more words than can be counted");
        failed = 1;
    }
    failed = failed || count_text(self, codes.of, codes.used, (size_t)page) < 0;
    free(codes.of);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static void free_pages(Entry *entry) {
    if (entry->chunks) free(entry->pages.many);
}

static PyObject *keep(PyObject *object, PyObject *args) {
    Counts *self = (Counts *)object;
    unsigned int least, early;
    int words;
    size_t kept = 0;
    if (!PyArg_ParseTuple(args, "IIp", &least, &early, &words)) return NULL;
    for (size_t i = 0; i < self->used; i++) {
        Entry *entry = &self->entries[i];
        if (entry->count >= least || entry->first < early || (words && entry->size == 1))
            self->entries[kept++] = *entry;
        else
            free_pages(entry);
    }
    if (self->index.slots) memset(self->index.slots, 0, (self->index.mask + 1) * sizeof *self->index.slots);
    self->used = kept, self->index.used = 0;
    for (size_t i = 0; i < kept; i++) index_put(&self->index, self->entries[i].hash, (uint32_t)i);
    Py_RETURN_NONE;
}

PyObject *pages_of(const Entry *entry) {
    if (!entry->chunks) return PyLong_FromUnsignedLongLong(entry->pages.one);
    PyObject *result = PyLong_FromLong(0), *width = PyLong_FromLong(64);
    for (size_t i = entry->chunks; i-- && result;) {
        PyObject *above = width ? PyNumber_Lshift(result, width) : NULL;
        PyObject *chunk = above ? PyLong_FromUnsignedLongLong(entry->pages.many[i]) : NULL;
        Py_DECREF(result);
        result = chunk ? PyNumber_Or(above, chunk) : NULL;
        Py_XDECREF(above);
        Py_XDECREF(chunk);
    }
    Py_XDECREF(width);
    return result;
}

/* Packed: phrases with breaks between them, then a column of each figure. */
static PyObject *phrases_of(const Counts *self) {
    Numbers all = {NULL, 0, 0};
    PyObject *result = NULL;
    if (make_room(&all, self->used * (LONGEST + 1) + 1) == 0) {
        for (size_t i = 0; i < self->used; i++) {
            const Entry *entry = &self->entries[i];
            if (i) all.of[all.used++] = BREAK;
            memcpy(all.of + all.used, entry->codes, entry->size * 4u);
            all.used += entry->size;
        }
        result = str_of(all.of, all.used);
    }
    free(all.of);
    return result;
}

static PyObject *column(const Counts *self, size_t offset) {
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(self->used * 4));
    char *to = result ? PyBytes_AsString(result) : NULL;
    for (size_t i = 0; to && i < self->used; i++) memcpy(to + i * 4, (const char *)&self->entries[i] + offset, 4);
    return result;
}

static PyObject *pages_column(const Counts *self) {
    PyObject *result = PyList_New((Py_ssize_t)self->used);
    for (size_t i = 0; result && i < self->used; i++) {
        PyObject *pages = pages_of(&self->entries[i]);
        if (pages == NULL || PyList_SetItem(result, (Py_ssize_t)i, pages) < 0) Py_CLEAR(result);
    }
    return result;
}

static PyObject *pack(PyObject *object, PyObject *none) {
    const Counts *self = (const Counts *)object;
    return Py_BuildValue("(KNNNNNN)", self->length, phrases_of(self), column(self, offsetof(Entry, count)),
                         column(self, offsetof(Entry, first)), column(self, offsetof(Entry, whole)),
                         column(self, offsetof(Entry, initial)), pages_column(self));
}

typedef struct {
    unsigned long long length;
    PyObject *pages; /* a list */
    Py_buffer column[4]; /* count, first, whole, initial */
    Numbers phrases, recode;
    Py_ssize_t rows, shift;
} Packed;

static uint32_t figure(const Packed *packed, int column, Py_ssize_t row) {
    uint32_t value;
    memcpy(&value, (const char *)packed->column[column].buf + row * 4, 4);
    return value;
}

/* recode.of[code] is the code it has here, 0 where it is the same. */
static int read_recoding(Numbers *recode, PyObject *old, PyObject *new) {
    Numbers from = {NULL, 0, 0}, to = {NULL, 0, 0};
    uint32_t largest = 0;
    int failed = append_str(&from, old) < 0 || append_str(&to, new) < 0;
    if (!failed && from.used != to.used) {
        PyErr_SetString(PyExc_ValueError, "take: a code for each code is needed");
        failed = 1;
    }
    for (size_t i = 0; !failed && i < from.used; i++) largest = from.of[i] > largest ? from.of[i] : largest;
    if (!failed && from.used && (failed = make_room(recode, largest + 1u) < 0) == 0) {
        memset(recode->of, 0, (largest + 1u) * sizeof *recode->of);
        recode->used = largest + 1u;
        for (size_t i = 0; i < from.used; i++) recode->of[from.of[i]] = to.of[i];
    }
    free(from.of);
    free(to.of);
    return failed ? -1 : 0;
}

static int mark_pages(Entry *entry, PyObject *pages, Py_ssize_t shift) {
    unsigned long long bits = PyLong_AsUnsignedLongLong(pages);
    if (bits != (unsigned long long)-1 || !PyErr_Occurred()) {
        for (size_t page = (size_t)shift; bits; bits >>= 1, page++)
            if (bits & 1 && mark(entry, page) < 0) return -1;
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return -1;
    PyErr_Clear();
    PyObject *size = PyObject_CallMethod(pages, "bit_length", NULL);
    size_t length = size ? PyLong_AsSize_t(size) : 0;
    PyObject *bytes = NULL;
    if (size && length != (size_t)-1)
        bytes = PyObject_CallMethod(pages, "to_bytes", "ns", (Py_ssize_t)(length / 8 + 1), "little");
    const char *of = bytes ? PyBytes_AsString(bytes) : NULL;
    int failed = of == NULL;
    for (size_t page = 0; !failed && page < length; page++)
        if ((uint8_t)of[page / 8] >> page % 8 & 1) failed = mark(entry, (size_t)shift + page) < 0;
    Py_XDECREF(bytes);
    Py_XDECREF(size);
    return failed ? -1 : 0;
}

static int take_row(Counts *self, const Packed *packed, const uint32_t *phrase, size_t size, Py_ssize_t row) {
    uint32_t codes[LONGEST];
    for (size_t i = 0; i < size; i++) {
        uint32_t code = phrase[i] < packed->recode.used ? packed->recode.of[phrase[i]] : 0;
        codes[i] = code ? code : phrase[i];
    }
    Entry *entry = meet(self, codes, size, hash_of(codes, size), (uint32_t)self->length + figure(packed, 1, row));
    PyObject *pages = PyList_GetItem(packed->pages, row);
    if (entry == NULL || pages == NULL || mark_pages(entry, pages, packed->shift) < 0) return -1;
    entry->count += figure(packed, 0, row);
    entry->whole += figure(packed, 2, row);
    entry->initial += figure(packed, 3, row);
    return 0;
}

static int take_rows(Counts *self, const Packed *packed) {
    const uint32_t *codes = packed->phrases.of;
    size_t i = 0, end, size = packed->phrases.used;
    if (packed->length > UINT32_MAX || self->length + packed->length > UINT32_MAX)
        return PyErr_SetString(PyExc_OverflowError, "more words than can be counted"), -1;
    for (Py_ssize_t row = 0; row < packed->rows; row++, i = end + 1) {
        for (end = i; end < size && codes[end] != BREAK; end++) {}
        if (i >= end || end - i > LONGEST) return PyErr_SetString(PyExc_ValueError, "take: no phrase"), -1;
        if (take_row(self, packed, codes + i, end - i, row) < 0) return -1;
    }
    self->length += packed->length;
    return 0;
}

static PyObject *take(PyObject *object, PyObject *args) {
    PyObject *phrases, *old, *new;
    Packed packed = {0};
    Py_buffer *column = packed.column;
    if (!PyArg_ParseTuple(args, "(KUy*y*y*y*O!)UUn", &packed.length, &phrases, &column[0], &column[1], &column[2],
                          &column[3], &PyList_Type, &packed.pages, &old, &new, &packed.shift))
        return NULL;
    packed.rows = PyList_Size(packed.pages);
    int failed = packed.shift < 0;
    for (int i = 0; i < 4; i++) failed |= column[i].len != packed.rows * 4;
    if (failed) PyErr_SetString(PyExc_ValueError, "take: columns of the same length are needed");
    failed = failed || append_str(&packed.phrases, phrases) < 0 || read_recoding(&packed.recode, old, new) < 0 ||
             take_rows((Counts *)object, &packed) < 0;
    free(packed.phrases.of);
    free(packed.recode.of);
    for (int i = 0; i < 4; i++) PyBuffer_Release(&column[i]);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static PyObject *used(PyObject *object, PyObject *none) {
    const Counts *self = (const Counts *)object;
    Numbers codes = {NULL, 0, 0};
    uint8_t *met = calloc(1, 0x110000 / 8);
    PyObject *result = met ? NULL : PyErr_NoMemory();
    int failed = met == NULL;
    for (size_t i = 0; !failed && i < self->used; i++) {
        failed = make_room(&codes, LONGEST) < 0;
        for (size_t n = 0; !failed && n < self->entries[i].size; n++) {
            uint32_t code = self->entries[i].codes[n];
            if (!(met[code / 8] & 1 << code % 8)) codes.of[codes.used++] = code;
            met[code / 8] |= (uint8_t)(1 << code % 8);
        }
    }
    if (!failed) result = str_of(codes.of, codes.used);
    free(codes.of);
    free(met);
    return result;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *named) {
    if (!PyArg_ParseTuple(args, "")) return NULL;
    return ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
}

static void drop(PyObject *object) {
    Counts *self = (Counts *)object;
    PyTypeObject *type = Py_TYPE(object);
    for (size_t i = 0; i < self->used; i++) free_pages(&self->entries[i]);
    free(self->entries);
    free(self->index.slots);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static Py_ssize_t size_of(PyObject *object) { return (Py_ssize_t)((Counts *)object)->used; }

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, "add(coded, page)"},
    {"keep", keep, METH_VARARGS, "keep(least, early, words)"},
    {"pack", pack, METH_NOARGS, "pack() -> (length, phrases, counts, firsts, wholes, initials, pages)"},
    {"take", take, METH_VARARGS, "take(packed, old, new, shift)"},
    {"used", used, METH_NOARGS, "used() -> every code once"},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef members[] = {
    {"length", T_ULONGLONG, offsetof(Counts, length), READONLY, "candidate words in all"},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_new, make}, {Py_tp_dealloc, drop}, {Py_tp_methods, methods}, {Py_tp_members, members},
    {Py_sq_length, size_of}, {0, NULL},
};
PyType_Spec counts_spec = {"ingestd.concepts._phrases.Counts", sizeof(Counts), 0, Py_TPFLAGS_DEFAULT, slots};
