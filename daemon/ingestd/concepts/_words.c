/* A lexicon's tokens and what its words look like: lexicon.py says why.
 *
 * Python is asked once for each 256 characters what kinds they are, and once for each new token or word what it
 * is, but for those of ASCII, which most are. It may let other threads in: nothing that points into a table is
 * held over such a call.
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

static int is_token(const Words *self, const Token *token, const uint32_t *letters, size_t size) {
    if (!token->near[0]) return memcmp(self->pool.of + token->place, letters, size * 4) == 0;
    size_t i = 0;
    while (i < size && token->near[i] == letters[i]) i++;
    return i == size;
}

static const Token *known(const Words *self, const uint32_t *letters, size_t size, uint32_t hash) {
    if (!self->index.slots) return NULL;
    for (size_t slot = hash & self->index.mask; self->index.slots[slot]; slot = (slot + 1) & self->index.mask) {
        const Token *token = &self->tokens[self->index.slots[slot] - 1];
        if (token->hash == hash && token->size == size && is_token(self, token, letters, size)) return token;
    }
    return NULL;
}

static int fits_near(const uint32_t *letters, size_t size) {
    size_t i = 0;
    while (i < size && letters[i] && letters[i] <= UINT8_MAX) i++;
    return i == size && size <= NEAR;
}

static int keep(Words *self, const uint32_t *letters, size_t size, uint32_t hash, const uint32_t *codes, size_t coded) {
    if (known(self, letters, size, hash)) return 0; /* another thread was faster */
    Token *tokens = grown(self->tokens, self->used, &self->room, sizeof *tokens);
    if (tokens == NULL) return -1;
    self->tokens = tokens;
    if (make_room(&self->pool, size + coded) < 0) return -1;
    if (index_room(&self->index, &self->tokens->hash, sizeof(Token)) < 0) return -1;
    Token token = {hash, (uint32_t)self->pool.used, (uint16_t)size, (uint16_t)coded, {0}};
    if (coded == 1 && fits_near(letters, size)) {
        token.place = codes[0];
        for (size_t i = 0; i < size; i++) token.near[i] = (uint8_t)letters[i];
    } else {
        memcpy(self->pool.of + self->pool.used, letters, size * 4);
        memcpy(self->pool.of + self->pool.used + size, codes, coded * 4);
        self->pool.used += size + coded;
    }
    self->tokens[self->used] = token;
    index_put(&self->index, hash, (uint32_t)self->used++);
    return 0;
}

/* The code of a word, which `words`, where there are such, learn with a new one; 0 and an exception if it has none. */
static uint32_t numbered(PyObject *codes, PyObject *words, PyObject *word) {
    PyObject *code = PyDict_GetItemWithError(codes, word);
    if (code) return PyUnicode_ReadChar(code, 0);
    if (PyErr_Occurred()) return 0;
    uint32_t point = (uint32_t)PyDict_Size(codes) + 0x100;
    if (point >= 0xD800) point += 0x800;
    code = PyUnicode_FromOrdinal((int)point);
    int failed = code == NULL || PyDict_SetItem(codes, word, code) < 0 || (words && PyDict_SetItem(words, code, word) < 0);
    Py_XDECREF(code);
    return failed ? 0 : point;
}

static int append(Numbers *out, uint32_t code) {
    if (code == 0 || make_room(out, 1) < 0) return -1;
    out->of[out->used++] = code;
    return 0;
}

static int is_capital(uint32_t c) { return c >= 'A' && c <= 'Z'; }
static int is_small(uint32_t c) { return c >= 'a' && c <= 'z'; }

/* Whether a piece of an ASCII token is a word, and no stop word; -1 and an exception where that cannot be told. */
static int is_word(const Words *self, const uint32_t *letters, size_t size) {
    uint32_t lower[KEPT];
    int any = 0;
    if (size < 2 || size > KEPT) return 0;
    for (size_t i = 0; i < size; i++) {
        lower[i] = letters[i] + (is_capital(letters[i]) ? 32 : 0);
        any |= is_small(lower[i]);
    }
    PyObject *low = any ? str_of(lower, size) : NULL;
    int stop = low ? PySet_Contains(self->stopwords, low) : any ? -1 : 1;
    Py_XDECREF(low);
    return stop < 0 ? -1 : !stop;
}

static int append_piece(const Words *self, const uint32_t *letters, size_t size, Numbers *out) {
    int word = is_word(self, letters, size);
    PyObject *piece = word > 0 ? str_of(letters, size) : NULL;
    int failed = append(out, piece ? numbered(self->codes, self->surfaces, piece) : word ? 0 : BREAK);
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
    if (token->near[0]) return append(out, token->place);
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

static const char *const endings[] = {"ing ings", "ed", "ly", "ion ions", "ity ness ment ments ance ence ism ities ship",
                                     "er ers or ors", "al ive ic ous able ible ary ful less ical", "s"};
enum { ENDINGS = sizeof endings / sizeof *endings, SHORT_WORD = 4 }; /* endings.py */

static int ends_with(const uint32_t *word, size_t size, const char *end, size_t length) {
    size_t i = 0;
    while (i < length && word[size - 1 - i] == (unsigned char)end[length - 1 - i]) i++;
    return i == length;
}

/* The number of a word's ending: the first class that fits. */
static uint8_t ending_of(const uint32_t *lower, size_t size) {
    for (uint8_t number = 0; size > SHORT_WORD && number < ENDINGS; number++)
        for (const char *end = endings[number]; *end;) {
            size_t length = strcspn(end, " ");
            if (length <= size && ends_with(lower, size, end, length)) return number;
            end += length + (end[length] == ' ');
        }
    return ENDINGS;
}

static void look_at_ascii(const Words *self, Numbers *word, Look *look) {
    int capitals = 0, smalls = 0;
    for (size_t i = 0; i < word->used; i++) capitals |= is_capital(word->of[i]), smalls |= is_small(word->of[i]);
    int is = (word->used && is_capital(word->of[0]) ? CAPITAL : 0) | (capitals && !smalls && word->used > 1 ? ACRONYM : 0);
    look->is = (uint8_t)(DESCRIBED | is);
    for (size_t i = 0; i < word->used; i++) word->of[i] += is_capital(word->of[i]) ? 32 : 0;
    look->ending = self->english ? ending_of(word->of, word->used) : 0;
}

static int look_by_asking(PyObject *teacher, PyObject *word, Numbers *lower, Look *look) {
    PyObject *traits = PyObject_CallFunctionObjArgs(teacher, word, NULL), *low;
    int capital, acronym, solid, failed = 1;
    double weak;
    if (traits && PyArg_ParseTuple(traits, "Upppbd", &low, &capital, &acronym, &solid, &look->ending, &weak)) {
        lower->used = 0;
        failed = append_str(lower, low) < 0;
        look->is = (uint8_t)(DESCRIBED | (capital ? CAPITAL : 0) | (acronym ? ACRONYM : 0) | (solid ? SOLID_WORD : 0));
    }
    Py_XDECREF(traits);
    return failed ? -1 : 0;
}

static int is_hyphen(uint32_t c) { return c == '-' || c == 0x2010 || c == 0x2011; }

/* Appends to `parts` what a lower-cased word is made of; how many, -1 and an exception without memory. */
static int split(const Numbers *lower, PyObject *parts) {
    int count = 0;
    for (size_t begin = 0, i = 0; i <= lower->used; i++) {
        if (i < lower->used && !is_hyphen(lower->of[i])) continue;
        PyObject *part = i > begin ? str_of(lower->of + begin, i - begin) : NULL;
        int failed = i > begin && (part == NULL || PyList_Append(parts, part) < 0);
        Py_XDECREF(part);
        if (failed) return -1;
        count += i > begin, begin = i + 1;
    }
    return count;
}

/* What a code's word looks like, but for its classes: those of so many parts, appended to `parts`. */
static int look_over(const Words *self, uint32_t code, PyObject *teacher, Numbers *letters, PyObject *parts, Look *look) {
    PyObject *key = PyUnicode_FromOrdinal((int)code), *word = key ? PyDict_GetItemWithError(self->surfaces, key) : NULL;
    if (key && word == NULL && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, key);
    Py_XDECREF(key);
    letters->used = 0;
    if (word == NULL || append_str(letters, word) < 0) return -1;
    uint32_t all = 0;
    for (size_t i = 0; i < letters->used; i++) all |= letters->of[i];
    if (all < 0x80) look_at_ascii(self, letters, look);
    else if (look_by_asking(teacher, word, letters, look) < 0) return -1;
    int count = split(letters, parts);
    look->letters = (uint32_t)letters->used, look->class_count = (uint32_t)count;
    return count < 0 ? -1 : 0;
}

/* Keeps a look with its classes, whose stems begin at `first`. */
static int keep_look(Words *self, uint32_t code, Look *look, PyObject *stems, Py_ssize_t first) {
    if (look_room(self, code) < 0 || make_room(&self->pool, look->class_count) < 0) return -1;
    look->classes = (uint32_t)self->pool.used;
    for (uint32_t i = 0; i < look->class_count; i++) {
        PyObject *stem = PyList_GetItem(stems, first + (Py_ssize_t)i);
        uint32_t class = stem ? numbered(self->stems, NULL, stem) : 0;
        PyObject *weak = class ? PyDict_GetItemWithError(self->weak, stem) : NULL;
        look->weak = weak ? PyFloat_AsDouble(weak) : 0;
        if (PyErr_Occurred()) return -1;
        self->pool.of[look->classes + i] = class;
    }
    self->pool.used += look->class_count;
    self->looks[code] = *look;
    return 0;
}

typedef struct { Look *of; size_t used, room; } Looks;

/* Of each code that nobody has described its look, in order, and the parts of its word. */
static int look_over_all(const Words *self, Numbers *codes, PyObject *teacher, Looks *looks, PyObject *parts) {
    Numbers letters = {NULL, 0, 0};
    int failed = 0;
    size_t fresh = 0;
    for (size_t i = 0; !failed && i < codes->used; i++) {
        uint32_t code = codes->of[i];
        if (look_at(self, code)) continue;
        Look look = {0}, *more = grown(looks->of, looks->used, &looks->room, sizeof *more);
        if (more) looks->of = more;
        failed = more == NULL || look_over(self, code, teacher, &letters, parts, &look) < 0;
        if (!failed) looks->of[looks->used++] = look, codes->of[fresh++] = code;
    }
    codes->used = fresh;
    free(letters.of);
    return failed ? -1 : 0;
}

static PyObject *describe(PyObject *object, PyObject *args) {
    Words *self = (Words *)object;
    PyObject *given, *teacher, *stemmer, *parts, *stems = NULL;
    Numbers codes = {NULL, 0, 0};
    Looks looks = {NULL, 0, 0};
    if (!PyArg_ParseTuple(args, "UOO", &given, &teacher, &stemmer) || (parts = PyList_New(0)) == NULL) return NULL;
    int failed = append_str(&codes, given) < 0 || look_over_all(self, &codes, teacher, &looks, parts) < 0;
    if (!failed) failed = (stems = PyObject_CallFunctionObjArgs(stemmer, parts, NULL)) == NULL;
    Py_ssize_t first = 0;
    for (size_t i = 0; !failed && i < codes.used; first += looks.of[i++].class_count)
        failed = keep_look(self, codes.of[i], &looks.of[i], stems, first) < 0;
    free(codes.of);
    free(looks.of);
    Py_DECREF(parts);
    Py_XDECREF(stems);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static PyObject *classes(PyObject *object, PyObject *phrase) {
    const Words *self = (const Words *)object;
    Numbers codes = {NULL, 0, 0}, found = {NULL, 0, 0};
    int failed = append_str(&codes, phrase) < 0;
    for (size_t i = 0; !failed && i < codes.used; i++) {
        const Look *look = look_at(self, codes.of[i]);
        if (look == NULL) PyErr_SetString(PyExc_KeyError, "a word nobody has described");
        failed = look == NULL || make_room(&found, look->class_count) < 0;
        for (uint32_t n = 0; !failed && n < look->class_count; n++) found.of[found.used++] = self->pool.of[look->classes + n];
    }
    PyObject *result = failed ? NULL : str_of(found.of, found.used);
    free(codes.of);
    free(found.of);
    return result;
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
    PyObject *kinds, *stopwords, *codes, *surfaces, *stems, *weak;
    int english;
    if (!PyArg_ParseTuple(args, "OOO!O!O!O!p", &kinds, &stopwords, &PyDict_Type, &codes, &PyDict_Type, &surfaces, &PyDict_Type,
                          &stems, &PyDict_Type, &weak, &english))
        return NULL;
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Words *self = (Words *)alloc(type, 0);
    if (self == NULL) return NULL;
    Py_INCREF(kinds), Py_INCREF(stopwords), Py_INCREF(codes), Py_INCREF(surfaces), Py_INCREF(stems), Py_INCREF(weak);
    self->kinds = kinds, self->stopwords = stopwords, self->codes = codes, self->surfaces = surfaces;
    self->stems = stems, self->weak = weak, self->english = english;
    return (PyObject *)self;
}

static void drop(PyObject *object) {
    Words *self = (Words *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->kinds), Py_XDECREF(self->stopwords), Py_XDECREF(self->codes), Py_XDECREF(self->surfaces);
    Py_XDECREF(self->stems), Py_XDECREF(self->weak);
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
    {"describe", describe, METH_VARARGS, "describe(codes, look, stemmed); look(word) tells what one beyond ASCII is like"},
    {"classes", classes, METH_O, "classes(phrase) -> its classes; KeyError where a word was not described"},
    {"unknown", unknown, METH_VARARGS, "unknown(counts, early) -> codes not described that can reach a table"},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_new, make}, {Py_tp_dealloc, drop}, {Py_tp_methods, methods}, {Py_sq_length, size_of}, {0, NULL},
};
PyType_Spec words_spec = {"ingestd.concepts._phrases.Words", sizeof(Words), 0, Py_TPFLAGS_DEFAULT, slots};
