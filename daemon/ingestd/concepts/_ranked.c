/* Classes of phrases, their scores and the best of them: table.py says what a class is, features.py how it scores.
 *
 * Sums are added up in the order of features.py, so that they come out equal to the last bit.
 */
#include "_phrases.h"
#include <math.h>

enum { WEIGHTS = 18, KINDS_OF_ENDING = 9 };
enum { ONE, COUNT, EARLY, SINGLE, TWO, THREE, LETTERS, SHORT, ALONE, WITHIN, LONGER, COHESION, COMMON, CAPITALS,
       ACRONYMS, COUNT_SINGLE, WEAKEST, WEAKNESS }; /* NAMES of features.py */
enum { NONE = UINT32_MAX };

typedef struct {
    double weights[WEIGHTS], last[KINDS_OF_ENDING], first[KINDS_OF_ENDING];
} Model;

typedef struct {
    uint32_t hash, key, size;      /* where its class codes stand in the pool */
    uint32_t phrase, words;        /* where the commonest variant's codes stand, and how often it was seen */
    uint32_t best_count, variants, last_variant; /* the first and the last entry, chained by Table.next */
    uint32_t count, first, whole, within, longer;
    double score, gain;
} Class;

typedef struct {
    const Words *words;
    const Counts *counts;
    Class *classes;
    size_t used, room;
    uint32_t *next; /* by entry: the next variant of its class */
    uint32_t most;
    Index index;
    Numbers keys, phrases;
    const Model *model;
    double log_most;
} Table;

static Class *find(const Table *table, const uint32_t *key, size_t size, uint32_t hash) {
    if (!table->index.slots) return NULL;
    for (size_t slot = hash & table->index.mask; table->index.slots[slot]; slot = (slot + 1) & table->index.mask) {
        Class *class = &table->classes[table->index.slots[slot] - 1];
        if (class->hash == hash && class->size == size &&
            memcmp(table->keys.of + class->key, key, size * 4) == 0)
            return class;
    }
    return NULL;
}

static uint32_t hash_of(const uint32_t *key, size_t size) {
    uint64_t hash = hash_seed;
    for (size_t i = 0; i < size; i++) hash = mixed(hash, key[i]);
    return (uint32_t)(hash >> 32);
}

static Class *class_of(const Table *table, const uint32_t *key, size_t size) {
    return find(table, key, size, hash_of(key, size));
}

/* The class of a phrase, a fresh one with a count of 0 if it is new; NULL and an error if a word is not described. */
static Class *meet(Table *table, const uint32_t *phrase, size_t words) {
    Numbers *keys = &table->keys, *phrases = &table->phrases;
    size_t before = keys->used;
    for (size_t i = 0; i < words; i++) {
        const Look *look = look_at(table->words, phrase[i]);
        if (look == NULL) return PyErr_SetString(PyExc_LookupError, "ranked: a word nobody has described"), NULL;
        if (make_room(keys, look->class_count) < 0) return NULL;
        memcpy(keys->of + keys->used, table->words->pool.of + look->classes, look->class_count * sizeof *keys->of);
        keys->used += look->class_count;
    }
    size_t size = keys->used - before;
    uint32_t hash = hash_of(keys->of + before, size);
    Class *class = find(table, keys->of + before, size, hash);
    if (class) return keys->used = before, class;
    Class *classes = grown(table->classes, table->used, &table->room, sizeof *classes);
    if (classes == NULL) return NULL;
    table->classes = classes;
    if (index_room(&table->index, &table->classes->hash, sizeof(Class)) < 0) return NULL;
    if (make_room(phrases, words) < 0) return NULL;
    Class fresh = {.hash = hash, .key = (uint32_t)before, .size = (uint32_t)size, .phrase = (uint32_t)phrases->used,
                   .words = (uint32_t)words, .variants = NONE, .last_variant = NONE};
    memcpy(phrases->of + phrases->used, phrase, words * 4);
    phrases->used += words;
    table->classes[table->used] = fresh;
    index_put(&table->index, hash, (uint32_t)table->used);
    return &table->classes[table->used++];
}

static int group(Table *table, uint32_t early) {
    for (uint32_t i = 0; i < table->counts->used; i++) {
        const Entry *entry = &table->counts->entries[i];
        if (entry->count == 1 && entry->first >= early) continue;
        Class *class = meet(table, entry->codes, entry->size);
        if (class == NULL) return -1;
        table->next[i] = NONE;
        if (class->variants == NONE) class->variants = i, class->first = entry->first, class->best_count = entry->count;
        else table->next[class->last_variant] = i;
        class->last_variant = i;
        if (entry->count > class->best_count) {
            /* variants of one class may have more words or fewer: a hyphen joins what a space parts */
            if (make_room(&table->phrases, entry->size) < 0) return -1;
            class->best_count = entry->count, class->phrase = (uint32_t)table->phrases.used, class->words = entry->size;
            memcpy(table->phrases.of + table->phrases.used, entry->codes, entry->size * 4u);
            table->phrases.used += entry->size;
        }
        class->count += entry->count, class->whole += entry->whole;
        if (entry->first < class->first) class->first = entry->first;
        if (class->count > table->most) table->most = class->count;
    }
    return 0;
}

/* What the author vouches for, if it was too long to count or holds a stop word. */
static int admit(Table *table, PyObject *phrases) {
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < PyList_Size(phrases); i++) {
        Numbers phrase = {NULL, 0, 0};
        failed = append_str(&phrase, PyList_GetItem(phrases, i)) < 0;
        if (!failed && phrase.used) {
            Class *class = meet(table, phrase.of, phrase.used);
            failed = class == NULL;
            if (class && class->count == 0) class->count = class->whole = 1;
        }
        free(phrase.of);
    }
    return failed ? -1 : 0;
}

static void nest(Table *table) {
    for (size_t i = 0; i < table->used; i++) {
        const Class *class = &table->classes[i];
        if (class->count < 2 || class->size < 2) continue;
        for (uint32_t skip = 0; skip < 2; skip++) {
            Class *part = class_of(table, table->keys.of + class->key + 1 - skip, class->size - 1);
            if (part == NULL) continue;
            part->longer++;
            if (class->count > part->within) part->within = class->count;
        }
    }
}

/* A capital proves nothing where a sentence begins. */
static int is_name(const Table *table, const Look *look, uint32_t code) {
    if (!(look->is & CAPITAL)) return 0;
    const Entry *entry = counted(table->counts, &code, 1);
    return entry && entry->initial < entry->count;
}

static double nested(const Class *class, const double *w) {
    return class->longer ? w[WITHIN] * class->within / class->count + w[LONGER] * log(1.0 + class->longer) : 0;
}

static double word_score(const Table *table, const Class *class) {
    const double *w = table->model->weights;
    uint32_t code = table->phrases.of[class->phrase];
    const Look *look = look_at(table->words, code);
    double total = w[ONE] + w[SINGLE] + w[EARLY] * log(1.0 + class->first) + w[LETTERS] * log(look->letters) -
                   w[COMMON] * table->log_most;
    total += (w[WEAKEST] + w[WEAKNESS]) * look->weak + w[ALONE] * class->whole / class->count +
             table->model->last[look->ending];
    if (class->count > 1) total += (w[COUNT] + w[COUNT_SINGLE] + w[COMMON]) * log(class->count);
    if (look->letters < 4) total += w[SHORT];
    if (is_name(table, look, code)) total += w[CAPITALS];
    if (look->is & ACRONYM) total += w[ACRONYMS];
    return class->longer ? total + nested(class, w) : total;
}

typedef struct {
    double letters, shortest, weakest, weak;
    int names, acronyms;
} Sums;

static Sums sums_of(const Table *table, const Class *class) {
    const uint32_t *phrase = table->phrases.of + class->phrase;
    Sums sums = {0, INFINITY, 0, 0, 0, 0};
    for (uint32_t i = 0; i < class->words; i++) {
        const Look *look = look_at(table->words, phrase[i]);
        sums.letters += look->letters, sums.weak += look->weak;
        if (look->letters < sums.shortest) sums.shortest = look->letters;
        if (look->weak > sums.weakest) sums.weakest = look->weak;
        sums.names += is_name(table, look, phrase[i]), sums.acronyms += (look->is & ACRONYM) != 0;
    }
    return sums;
}

/* Against the commonest and the rarest of its words. */
static double cohesion(const Table *table, const Class *class, const double *w) {
    uint32_t least = NONE, most = 0;
    for (uint32_t i = 0; i < class->size; i++) {
        const Class *word = class_of(table, table->keys.of + class->key + i, 1);
        uint32_t count = word ? word->count : class->count;
        least = count < least ? count : least, most = count > most ? count : most;
    }
    return w[COHESION] * log((double)class->count / least) + w[COMMON] * (log(most) - table->log_most);
}

static double phrase_score(const Table *table, const Class *class) {
    const Model *model = table->model;
    const double *w = model->weights, n = class->words;
    const uint32_t *phrase = table->phrases.of + class->phrase;
    const Look *first = look_at(table->words, phrase[0]), *last = look_at(table->words, phrase[class->words - 1]);
    Sums sums = sums_of(table, class);
    double size = class->size == 2 ? w[ONE] + w[TWO] : class->size == 3 ? w[ONE] + w[THREE] : w[ONE];
    double total = size + w[EARLY] * log(1.0 + class->first) + w[LETTERS] * log(sums.letters);
    total += model->last[last->ending] + model->first[first->ending];
    total += w[ALONE] * class->whole / class->count + w[WEAKEST] * sums.weakest + w[WEAKNESS] * sums.weak / n;
    total += cohesion(table, class, w);
    if (class->count > 1) total += w[COUNT] * log(class->count);
    if (sums.shortest < 4) total += w[SHORT];
    if (sums.names) total += w[CAPITALS] * sums.names / n;
    if (sums.acronyms) total += w[ACRONYMS];
    return class->longer ? total + nested(class, w) : total;
}

/* All but lone characters of scripts without spaces. */
static int worth(const Table *table, const Class *class) {
    return class->size > 1 || !(look_at(table->words, table->phrases.of[class->phrase])->is & SOLID_WORD);
}

static int gain(Table *table, PyObject *gained) {
    PyObject *key, *value;
    Py_ssize_t place = 0;
    int failed = 0;
    while (!failed && PyDict_Next(gained, &place, &key, &value)) {
        Numbers codes = {NULL, 0, 0};
        double more = PyFloat_AsDouble(value);
        failed = PyErr_Occurred() || append_str(&codes, key) < 0;
        Class *class = failed ? NULL : class_of(table, codes.of, codes.used);
        if (class) class->gain = more;
        free(codes.of);
    }
    return failed ? -1 : 0;
}

static int better(const void *a, const void *b) {
    const Class *one = *(const Class *const *)a, *other = *(const Class *const *)b;
    if (one->score != other->score) return one->score > other->score ? -1 : 1;
    return one < other ? -1 : one > other; /* equals stay in order of first appearance */
}

static PyObject *variant_of(const uint32_t *phrase, size_t words, const Entry *entry) {
    PyObject *pages = entry ? pages_of(entry) : PyLong_FromLong(0);
    return Py_BuildValue("(NIN)", str_of(phrase, words), entry ? entry->count : 0, pages);
}

static PyObject *row_of(const Table *table, const Class *class) {
    const uint32_t *phrase = table->phrases.of + class->phrase;
    PyObject *variants = PyList_New(0);
    uint32_t i = class->variants;
    int failed = variants == NULL;
    while (!failed) {
        const Entry *entry = i == NONE ? counted(table->counts, phrase, class->words) : &table->counts->entries[i];
        PyObject *variant = i == NONE ? variant_of(phrase, class->words, entry)
                                      : variant_of(entry->codes, entry->size, entry);
        failed = variant == NULL || PyList_Append(variants, variant) < 0;
        Py_XDECREF(variant);
        if (i == NONE || (i = table->next[i]) == NONE) break;
    }
    if (failed) return Py_XDECREF(variants), NULL;
    return Py_BuildValue("(NdIN)", str_of(table->keys.of + class->key, class->size), class->score, class->count, variants);
}

static PyObject *best_rows(Table *table, const Model *phrases, const Model *singles, Py_ssize_t most) {
    const Class **order = malloc((table->used + 1) * sizeof *order);
    PyObject *rows = order ? PyList_New(0) : PyErr_NoMemory();
    Py_ssize_t n = 0;
    table->log_most = log(table->most);
    for (size_t i = 0; rows && i < table->used; i++) {
        Class *class = &table->classes[i];
        if (!worth(table, class)) continue;
        table->model = class->size > 1 ? phrases : singles;
        class->score = class->size > 1 ? phrase_score(table, class) : word_score(table, class);
        class->score += class->gain;
        order[n++] = class;
    }
    if (rows) qsort(order, (size_t)n, sizeof *order, better);
    for (Py_ssize_t i = 0; rows && i < n && i < most; i++) {
        PyObject *row = row_of(table, order[i]);
        if (row == NULL || PyList_Append(rows, row) < 0) Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    free(order);
    return rows;
}

static int read_floats(PyObject *given, double *to, Py_ssize_t size) {
    if (PyTuple_Size(given) != size) return PyErr_SetString(PyExc_ValueError, "ranked: a model of another size"), -1;
    for (Py_ssize_t i = 0; i < size; i++)
        if ((to[i] = PyFloat_AsDouble(PyTuple_GetItem(given, i))) == -1.0 && PyErr_Occurred()) return -1;
    return 0;
}

static int read_model(PyObject *given, Model *model) {
    PyObject *weights, *last, *first;
    if (!PyArg_ParseTuple(given, "O!O!O!", &PyTuple_Type, &weights, &PyTuple_Type, &last, &PyTuple_Type, &first))
        return -1;
    if (read_floats(weights, model->weights, WEIGHTS) < 0 || read_floats(last, model->last, KINDS_OF_ENDING) < 0)
        return -1;
    return read_floats(first, model->first, KINDS_OF_ENDING);
}

PyObject *ranked(PyObject *module, PyObject *args) {
    PyObject *admitted, *gained, *for_phrases, *for_words, *rows = NULL;
    Model phrases, singles;
    Table table = {0};
    unsigned int early;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(args, "O!O!IO!O!O!O!n", words_type, &table.words, counts_type, &table.counts, &early,
                          &PyList_Type, &admitted, &PyDict_Type, &gained, &PyTuple_Type, &for_phrases, &PyTuple_Type,
                          &for_words, &most))
        return NULL;
    if (read_model(for_phrases, &phrases) < 0 || read_model(for_words, &singles) < 0) return NULL;
    table.next = malloc((table.counts->used + 1) * sizeof *table.next);
    table.most = 1;
    if (table.next == NULL) PyErr_NoMemory();
    else if (group(&table, early) == 0 && admit(&table, admitted) == 0 && gain(&table, gained) == 0) {
        nest(&table);
        rows = best_rows(&table, &phrases, &singles, most);
    }
    free(table.next);
    free(table.classes);
    free(table.index.slots);
    free(table.keys.of);
    free(table.phrases.of);
    return rows;
}
