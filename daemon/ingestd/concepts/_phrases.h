/* What the parts of the C module share. The Python beside it (lexicon.py, counts.py, table.py, features.py)
 * is the plain way of the same; a test compares them.
 *
 * Texts, phrases and codes are all UCS4 here: what lexicon.py calls a code is one number.
 */
#ifndef INGESTD_PHRASES_H
#define INGESTD_PHRASES_H
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>

enum { LONGEST = 4 }; /* counts.py */
enum { BREAK = ' ', START = 1 }; /* lexicon.py */

/* `items`, of which `used` are, with room for one more of `size` bytes: moved perhaps, and `room` larger.
 * NULL and MemoryError without; then `items` is as it was. */
void *grown(void *items, size_t used, size_t *room, size_t size);

/* A growing array of numbers. */
typedef struct {
    uint32_t *of;
    size_t used, room;
} Numbers;

/* Room for `more` numbers behind those in use; -1 and MemoryError without. */
int make_room(Numbers *numbers, size_t more);
/* The numbers of a str, in the pool behind those in use; -1 and an error without. */
int append_str(Numbers *numbers, PyObject *text);
PyObject *str_of(const uint32_t *codes, size_t size);

/* Open addressing over entries kept elsewhere: a slot holds the number of an entry + 1. */
typedef struct {
    uint32_t *slots;
    size_t mask, used; /* mask + 1 slots, none before the first entry */
} Index;

/* Doubles the slots if half are taken; `hashes` is the hash of entry 0, that of the next `stride` bytes on. */
int index_room(Index *index, const uint32_t *hashes, size_t stride);
void index_put(Index *index, uint32_t hash, uint32_t number);

extern uint64_t hash_seed; /* random by process: nobody writes a document whose words all collide */

static inline uint64_t mixed(uint64_t hash, uint32_t code) {
    hash = (hash ^ code) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

typedef struct {
    uint32_t hash, codes[LONGEST];
    uint32_t size : 3, chunks : 29; /* words in the phrase; 64-page chunks if there are several */
    uint32_t count, first, whole, initial;
    union {
        uint64_t one;
        uint64_t *many;
    } pages;
} Entry;

typedef struct {
    PyObject_HEAD
    unsigned long long length;
    Entry *entries;
    size_t used, room;
    Index index;
} Counts;

extern PyType_Spec counts_spec;
extern PyTypeObject *counts_type;
/* The entry of a phrase, NULL if it was not counted. */
const Entry *counted(const Counts *counts, const uint32_t *codes, size_t size);
PyObject *pages_of(const Entry *entry);

enum { DESCRIBED = 1, CAPITAL = 2, ACRONYM = 4, SOLID_WORD = 8 };

/* What a word looks like: Traits of lexicon.py. */
typedef struct {
    double weak;
    uint32_t classes, class_count, letters; /* its classes stand in the pool */
    uint8_t ending, is;
} Look;

enum { NEAR = 16 };

/* Where a token is short and one word, all of it stands here: a page's words are far apart in the memory. */
typedef struct {
    uint32_t hash, place; /* in the pool, its letters, its codes behind them; of one that is near the code */
    uint16_t size, coded;
    uint8_t near[NEAR]; /* its letters, zero of one that is not */
} Token;

typedef struct {
    PyObject_HEAD
    PyObject *kinds, *stopwords, *codes, *surfaces, *stems, *weak; /* Lexicon's own */
    int english;
    Token *tokens;
    size_t used, room;
    Index index;
    Numbers pool;
    Look *looks;
    size_t looks_room;
} Words;

extern PyType_Spec words_spec;
extern PyTypeObject *words_type;
/* NULL for a code that nobody has described. */
static inline const Look *look_at(const Words *words, uint32_t code) {
    return code < words->looks_room && words->looks[code].is & DESCRIBED ? &words->looks[code] : NULL;
}

PyObject *ranked(PyObject *module, PyObject *args);

#endif
