/* A lexicon's tokens and what its words look like: lexicon.py says why.
 *
 * Python is asked once for each 256 characters what kinds they are, and once for each new token what its codes
 * are, but for words of ASCII letters, which most are. It may let other threads in: nothing that points into a table is held over such a call.
 */
#include "_phrases.h"

enum { WORD = 1, SPACE = 2, INNER = 4, ENDS = 8, SOLID = 16, CAPITAL_LETTER = 32 }; /* lexicon.py */
enum { KEPT = 40, BLOCK = 256 }; /* a longer token is asked for each time: rubbish must not fill the memory */

static uint8_t *blocks[0x110000 / BLOCK];

static inline uint8_t kind(uint32_t c) { return blocks[c / BLOCK][c % BLOCK]; }

static int load_block(const Words *self, uint32_t block) {
    PyObject *given = PyObject_CallFunction(self->kinds, "I", (unsigned int)block);
    char *bytes = NULL;
    Py_ssize_t size = 0;
    if (given == NULL) return -1;
    uint8_t *kinds = PyBytes_AsStringAndSize(given, &bytes, &size) == 0 && size == BLOCK ? malloc(BLOCK) : NULL;
    if (kinds == NULL && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "kinds: 256 bytes are needed");
    if (kinds && !blocks[block]) blocks[block] = memcpy(kinds, bytes, BLOCK);
    else free(kinds);
    Py_DECREF(given);
    return blocks[block] ? 0 : -1;
}

static int load_kinds(const Words *self, const uint32_t *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!blocks[text[i] / BLOCK] && load_block(self, text[i] / BLOCK) < 0) return -1;
    return 0;
}

static const Token *known(const Words *self, const uint32_t *letters, size_t size, uint32_t hash) {
    if (!self->index.slots) return NULL;
    for (size_t slot = hash & self->index.mask; self->index.slots[slot]; slot = (slot + 1) & self->index.mask) {
        const Token *token = &self->tokens[self->index.slots[slot] - 1];
        if (token->hash == hash && token->size == size &&
            memcmp(self->pool.of + token->place, letters, size * 4) == 0)
            return token;
    }
    return NULL;
}

static int keep(Words *self, const uint32_t *letters, size_t size, uint32_t hash, const uint32_t *codes, size_t coded) {
    if (known(self, letters, size, hash)) return 0; /* another thread was faster */
    Token *tokens = grown(self->tokens, self->used, &self->room, sizeof *tokens);
    if (tokens == NULL) return -1;
    self->tokens = tokens;
    if (make_room(&self->pool, size + coded) < 0) return -1;
    if (index_room(&self->index, &self->tokens->hash, sizeof(Token)) < 0) return -1;
    Token token = {hash, (uint32_t)self->pool.used, (uint16_t)size, (uint16_t)coded};
    memcpy(self->pool.of + self->pool.used, letters, size * 4);
    memcpy(self->pool.of + self->pool.used + size, codes, coded * 4);
    self->pool.used += size + coded;
    self->tokens[self->used] = token;
    index_put(&self->index, hash, (uint32_t)self->used++);
    return 0;
}

/* The code of what is known to be a word; 0 and an exception where it cannot have one. */
static uint32_t code_of(const Words *self, PyObject *word) {
    PyObject *code = PyDict_GetItemWithError(self->codes, word);
    if (code) return PyUnicode_ReadChar(code, 0);
    if (PyErr_Occurred()) return 0;
    uint32_t point = (uint32_t)PyDict_Size(self->codes) + 0x100;
    if (point >= 0xD800) point += 0x800;
    code = PyUnicode_FromOrdinal((int)point);
    int failed = code == NULL || PyDict_SetItem(self->codes, word, code) < 0 || PyDict_SetItem(self->surfaces, code, word) < 0;
    Py_XDECREF(code);
    return failed ? 0 : point;
}

static int append(Numbers *out, uint32_t code) {
    if (code == 0 || make_room(out, 1) < 0) return -1;
    out->of[out->used++] = code;
    return 0;
}

/* Whether a piece of an ASCII token is a word, and no stop word; -1 and an exception where that cannot be told. */
static int is_word(const Words *self, const uint32_t *letters, size_t size) {
    uint32_t lower[KEPT];
    int any = 0;
    if (size < 2 || size > KEPT) return 0;
    for (size_t i = 0; i < size; i++) {
        int capital = letters[i] >= 'A' && letters[i] <= 'Z';
        lower[i] = letters[i] + (capital ? 32 : 0);
        any |= capital || (letters[i] >= 'a' && letters[i] <= 'z');
    }
    PyObject *low = any ? str_of(lower, size) : NULL;
    int stop = low ? PySet_Contains(self->stopwords, low) : any ? -1 : 1;
    Py_XDECREF(low);
    return stop < 0 ? -1 : !stop;
}

static int append_piece(const Words *self, const uint32_t *letters, size_t size, Numbers *out) {
    int word = is_word(self, letters, size);
    PyObject *piece = word > 0 ? str_of(letters, size) : NULL;
    int failed = append(out, piece ? code_of(self, piece) : word ? 0 : BREAK);
    Py_XDECREF(piece);
    return failed;
}

/* Where the apostrophe or the run of hyphens ends that parts a token at i; i itself where none does. */
static size_t behind_parting(const uint32_t *letters, size_t i, size_t size) {
    size_t end = i;
    if (letters[i] == '\'') return i + 1;
    while (end < size && letters[end] == '-') end++;
    return end - i > 1 ? end : i;
}

/* A token of ASCII that begins as a word does: its pieces between apostrophes and dashes. */
static int append_plain(const Words *self, const uint32_t *letters, size_t size, Numbers *out) {
    if (letters[0] == '_') return append(out, BREAK);
    while (letters[size - 1] == '-' || letters[size - 1] == '\'') size--;
    size_t owner = 0, rest = 0;
    while (owner < size && (rest = behind_parting(letters, owner, size)) == owner) owner++;
    if (owner < size && rest == size - 1 && (letters[rest] | 32) == 's') { /* the genitive is one word */
        int word = is_word(self, letters, owner);
        return word > 0 ? append_piece(self, letters, size, out) : append(out, word ? 0 : BREAK);
    }
    for (size_t begin = 0, i = 0; i <= size; i++) {
        rest = i < size ? behind_parting(letters, i, size) : i + 1;
        if (rest == i) continue;
        if (append_piece(self, letters + begin, i - begin, out) < 0) return -1;
        begin = rest, i = rest - 1;
    }
    return 0;
}

static int append_taught(PyObject *teacher, const uint32_t *letters, size_t size, Numbers *out) {
    PyObject *token = str_of(letters, size);
    PyObject *codes = token ? PyObject_CallFunctionObjArgs(teacher, token, NULL) : NULL;
    int failed = codes == NULL || append_str(out, codes) < 0;
    Py_XDECREF(codes);
    Py_XDECREF(token);
    return failed ? -1 : 0;
}

static int learn(Words *self, PyObject *teacher, const uint32_t *letters, size_t size, uint32_t hash, Numbers *out) {
    size_t before = out->used;
    uint32_t all = 0;
    for (size_t i = 0; i < size; i++) all |= letters[i];
    int failed = (all < 0x80 ? append_plain(self, letters, size, out) : append_taught(teacher, letters, size, out)) < 0;
    if (!failed && size <= KEPT && out->used - before <= UINT16_MAX)
        failed = keep(self, letters, size, hash, out->of + before, out->used - before) < 0;
    return failed ? -1 : 0;
}

static int code_token(Words *self, PyObject *teacher, const uint32_t *letters, size_t size, Numbers *out) {
    uint64_t hash = hash_seed;
    for (size_t i = 0; i < size; i++) hash = mixed(hash, letters[i]);
    const Token *token = size <= KEPT ? known(self, letters, size, (uint32_t)(hash >> 32)) : NULL;
    if (token == NULL) return learn(self, teacher, letters, size, (uint32_t)(hash >> 32), out);
    if (make_room(out, token->coded) < 0) return -1;
    memcpy(out->of + out->used, self->pool.of + token->place + size, token->coded * 4u);
    out->used += token->coded;
    return 0;
}

static int push_break(Numbers *out, int starts) {
    if (make_room(out, 2) < 0) return -1;
    out->of[out->used++] = BREAK;
    if (starts) out->of[out->used++] = START;
    return 0;
}

/* One past the last character of the token of kind `goes_on` (or not of `stops`) that begins at i. */
static size_t token_end(const uint32_t *text, size_t i, size_t size, int goes_on, int stops, int *all) {
    for (; i < size; i++) {
        int is = kind(text[i]);
        if (goes_on ? !(is & goes_on) : is & stops) break;
        *all |= is;
    }
    return i;
}

static int code_text(Words *self, PyObject *teacher, const uint32_t *text, size_t size, Numbers *out) {
    size_t i = 0;
    while (i < size) {
        int is = kind(text[i]), all = 0, failed = 0;
        size_t begin = i++;
        if (is & SPACE) {
            if (text[begin] == '\n' && i < size && kind(text[i]) & (SPACE | CAPITAL_LETTER))
                failed = push_break(out, 1);
        } else if (is & WORD) {
            i = token_end(text, i, size, WORD | INNER, 0, &all);
            failed = code_token(self, teacher, text + begin, i - begin, out);
        } else {
            i = token_end(text, begin, size, 0, WORD | SPACE, &all);
            failed = all & SOLID ? code_token(self, teacher, text + begin, i - begin, out)
                                 : push_break(out, all & ENDS);
        }
        if (failed) return -1;
    }
    return 0;
}

static PyObject *coded(PyObject *object, PyObject *args) {
    Words *self = (Words *)object;
    PyObject *given, *teacher, *result = NULL;
    if (!PyArg_ParseTuple(args, "UO", &given, &teacher)) return NULL;
    Numbers text = {NULL, 0, 0}, out = {NULL, 0, 0};
    if (append_str(&text, given) == 0 && load_kinds(self, text.of, text.used) == 0 &&
        make_room(&out, text.used + 1) == 0 && code_text(self, teacher, text.of, text.used, &out) == 0)
        result = str_of(out.of, out.used);
    free(text.of);
    free(out.of);
    return result;
}

static int look_room(Words *self, uint32_t code) {
    size_t room = self->looks_room ? self->looks_room : 1024;
    while (room <= code) room *= 2;
    if (room == self->looks_room) return 0;
    Look *looks = realloc(self->looks, room * sizeof *looks);
    if (looks == NULL) return PyErr_NoMemory(), -1;
    memset(looks + self->looks_room, 0, (room - self->looks_room) * sizeof *looks);
    self->looks = looks, self->looks_room = room;
    return 0;
}

static PyObject *describe(PyObject *object, PyObject *args) {
    Words *self = (Words *)object;
    PyObject *classes;
    int code, capital, acronym, solid;
    unsigned int letters;
    unsigned char ending;
    double weak;
    if (!PyArg_ParseTuple(args, "CUIpppbd", &code, &classes, &letters, &capital, &acronym, &solid, &ending, &weak))
        return NULL;
    size_t before = self->pool.used;
    if (look_room(self, (uint32_t)code) < 0 || append_str(&self->pool, classes) < 0) return NULL;
    int is = DESCRIBED | (capital ? CAPITAL : 0) | (acronym ? ACRONYM : 0) | (solid ? SOLID_WORD : 0);
    Look look = {weak, (uint32_t)before, (uint32_t)(self->pool.used - before), letters, ending, (uint8_t)is};
    self->looks[code] = look;
    Py_RETURN_NONE;
}

/* The codes of phrases that can reach a table (counted twice, or early) and of words nobody has described. */
static PyObject *unknown(PyObject *object, PyObject *args) {
    Words *self = (Words *)object;
    Counts *counts;
    unsigned int early;
    if (!PyArg_ParseTuple(args, "O!I", counts_type, &counts, &early)) return NULL;
    Numbers found = {NULL, 0, 0};
    uint8_t *met = calloc(1, 0x110000 / 8);
    PyObject *result = met ? NULL : PyErr_NoMemory();
    for (size_t i = 0; met && i < counts->used; i++) {
        const Entry *entry = &counts->entries[i];
        if (entry->count == 1 && entry->first >= early) continue;
        if (make_room(&found, LONGEST) < 0) goto done;
        for (size_t n = 0; n < entry->size; n++) {
            uint32_t code = entry->codes[n];
            if (look_at(self, code) || met[code / 8] & 1 << code % 8) continue;
            met[code / 8] |= (uint8_t)(1 << code % 8);
            found.of[found.used++] = code;
        }
    }
    if (met) result = str_of(found.of, found.used);
done:
    free(met);
    free(found.of);
    return result;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *named) {
    PyObject *kinds, *stopwords, *codes, *surfaces;
    if (!PyArg_ParseTuple(args, "OOO!O!", &kinds, &stopwords, &PyDict_Type, &codes, &PyDict_Type, &surfaces)) return NULL;
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Words *self = (Words *)alloc(type, 0);
    if (self == NULL) return NULL;
    Py_INCREF(kinds), Py_INCREF(stopwords), Py_INCREF(codes), Py_INCREF(surfaces);
    self->kinds = kinds, self->stopwords = stopwords, self->codes = codes, self->surfaces = surfaces;
    return (PyObject *)self;
}

static void drop(PyObject *object) {
    Words *self = (Words *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->kinds), Py_XDECREF(self->stopwords), Py_XDECREF(self->codes), Py_XDECREF(self->surfaces);
    free(self->tokens);
    free(self->index.slots);
    free(self->pool.of);
    free(self->looks);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static Py_ssize_t size_of(PyObject *object) { return (Py_ssize_t)((Words *)object)->used; }

static PyMethodDef methods[] = {
    {"coded", coded, METH_VARARGS, "coded(text, learn) -> codes; learn(token) tells those of a new token"},
    {"describe", describe, METH_VARARGS, "describe(code, classes, letters, capital, acronym, solid, ending, weak)"},
    {"unknown", unknown, METH_VARARGS, "unknown(counts, early) -> codes not described that can reach a table"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_new, make}, {Py_tp_dealloc, drop}, {Py_tp_methods, methods}, {Py_sq_length, size_of}, {0, NULL},
};
PyType_Spec words_spec = {"ingestd.concepts._phrases.Words", sizeof(Words), 0, Py_TPFLAGS_DEFAULT, slots};
