/* Words coded, phrases counted and classes scored: the module, and the arrays and tables its parts share. */
#include "_phrases.h"

uint64_t hash_seed;
PyTypeObject *counts_type, *words_type;

void *grown(void *items, size_t used, size_t *room, size_t size) {
    if (used < *room) return items;
    size_t larger = *room ? *room * 2 : 512;
    void *moved = larger <= SIZE_MAX / size ? realloc(items, larger * size) : NULL;
    if (moved == NULL) return PyErr_NoMemory(), NULL;
    *room = larger;
    return moved;
}

int make_room(Numbers *numbers, size_t more) {
    if (numbers->room - numbers->used >= more) return 0;
    size_t room = numbers->room ? numbers->room : 256;
    while (room - numbers->used < more) room *= 2;
    /* places in a pool are kept as 32 bits */
    uint32_t *of = room <= UINT32_MAX ? realloc(numbers->of, room * sizeof *of) : NULL;
    if (of == NULL) return PyErr_NoMemory(), -1;
    numbers->of = of, numbers->room = room;
    return 0;
}

int append_str(Numbers *numbers, PyObject *text) {
    if (!PyUnicode_Check(text)) return PyErr_SetString(PyExc_TypeError, "a str is needed"), -1;
    Py_ssize_t size = PyUnicode_GetLength(text);
    if (size < 0 || make_room(numbers, (size_t)size + 1) < 0) return -1;
    if (size && PyUnicode_AsUCS4(text, numbers->of + numbers->used, size, 0) == NULL) return -1;
    numbers->used += (size_t)size;
    return 0;
}

PyObject *str_of(const uint32_t *codes, size_t size) {
    const uint16_t probe = 1;
    int order = *(const uint8_t *)&probe ? -1 : 1; /* said outright: a first code may be that of a byte order mark */
    return PyUnicode_DecodeUTF32((const char *)codes, (Py_ssize_t)(size * 4), "surrogatepass", &order);
}

void index_put(Index *index, uint32_t hash, uint32_t number) {
    size_t slot = hash & index->mask;
    while (index->slots[slot]) slot = (slot + 1) & index->mask;
    index->slots[slot] = number + 1;
    index->used++;
}

int index_room(Index *index, const uint32_t *hashes, size_t stride) {
    size_t room = index->slots ? index->mask + 1 : 0, taken = index->used;
    if (taken * 2 < room) return 0;
    size_t larger = room ? room * 2 : 1024;
    uint32_t *slots = taken < UINT32_MAX / 4 ? calloc(larger, sizeof *slots) : NULL;
    if (slots == NULL) return PyErr_NoMemory(), -1;
    free(index->slots);
    index->slots = slots, index->mask = larger - 1, index->used = 0;
    for (size_t i = 0; i < taken; i++)
        index_put(index, *(const uint32_t *)((const char *)hashes + i * stride), (uint32_t)i);
    return 0;
}

static PyMethodDef methods[] = {
    {"ranked", ranked, METH_VARARGS,
     "ranked(words, counts, early, admitted, gained, phrases, singles, most) -> rows, best first"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_phrases", NULL, -1, methods, NULL, NULL, NULL, NULL};

static int seed(void) {
    PyObject *random = PyUnicode_FromString("_phrases"); /* str hashes are random by process */
    if (random == NULL) return -1;
    hash_seed = mixed(UINT64_C(0xD1B54A32D192ED03), 1) ^ (uint64_t)PyObject_Hash(random);
    Py_DECREF(random);
    return 0;
}

PyMODINIT_FUNC PyInit__phrases(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    counts_type = (PyTypeObject *)PyType_FromSpec(&counts_spec);
    words_type = (PyTypeObject *)PyType_FromSpec(&words_spec);
    if (seed() < 0 || counts_type == NULL || words_type == NULL || PyModule_AddType(made, counts_type) < 0 ||
        PyModule_AddType(made, words_type) < 0)
        Py_CLEAR(made);
    return made;
}
