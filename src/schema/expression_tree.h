/*
 * expression_tree.h - what the parentheses of an expression say.  Internal to
 * schema.
 *
 * One server writes (((`n` > 0) and (`n` < 9))), another `n` > 0 and `n` < 9.
 * Both are read by the precedence that servers print by, into the same words in
 * the order in which they act: operands before what is done with them.
 */
#ifndef DBSYNC_SCHEMA_EXPRESSION_TREE_H
#define DBSYNC_SCHEMA_EXPRESSION_TREE_H

#include "dbsync/schema/token.h"

/*
 * words: without introducers of character sets and the end.  out: the words as
 * they act.  False: something stands there that is not known here, so that
 * nothing can be said but by comparing word by word.
 */
bool expression_tree(const struct tokens *words, struct arena *arena,
		     struct tokens *out);
#endif
