/*
 * letters.h - what letters look like, and what they are made of.  Internal to
 * data.
 *
 * Tables of the characters that people take for another one in practice, not
 * all that Unicode has: a letter that is not here stands for itself.
 */
#ifndef DBSYNC_DATA_LETTERS_H
#define DBSYNC_DATA_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ASCII character that this one looks like; 0: none. */
uint32_t letters_twin(uint32_t code);

/* Blanks besides U+0020: NBSP, EM SPACE, IDEOGRAPHIC SPACE … */
bool letters_is_blank(uint32_t code);
/* Of no width: ZERO WIDTH SPACE, BOM, SOFT HYPHEN … */
bool letters_is_unseen(uint32_t code);
/* Drawn over the letter before it. */
bool letters_is_mark(uint32_t code);
bool letters_is_ascii(uint32_t code); /* a-z, A-Z */

/* In lower case: Latin, Greek, Cyrillic. */
uint32_t letters_lower(uint32_t code);

enum { LETTERS_PARTS = 4 };

/* Taken apart as far as it goes (NFD); how many there are, at least 1. */
size_t letters_parts(uint32_t code, uint32_t parts[LETTERS_PARTS]);

/* Its byte in the servers' latin1 (cp1252); -1: it has none. */
int letters_latin1(uint32_t code);
#endif
