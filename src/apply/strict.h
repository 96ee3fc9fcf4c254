/*
 * strict.h - what a strict sql_mode says of values.  Internal to apply.
 *
 * Values are written strictly, so that none is bent unseen.  But there are rows
 * that a server has and would not take again in that mode: those with the
 * empty value of an ENUM, and those of which it computes a column, or a key,
 * not without a warning.  What is refused so is tried once more in a lax mode
 * where what arrives is looked at, or cannot be bent.
 */
#ifndef DBSYNC_APPLY_STRICT_H
#define DBSYNC_APPLY_STRICT_H

#include <stdbool.h>

/* Whether an error of a server is about a value, which a lax mode would bend. */
bool strict_is_of_value(unsigned server_errno);
#endif
