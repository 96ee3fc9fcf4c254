/*
 * side.h - the sides of a comparison, by number.
 *
 * What there is of each side stands in an array of SIDES, so that code for one
 * side takes its number and code for all of them is a loop.
 */
#ifndef DBSYNC_BASE_SIDE_H
#define DBSYNC_BASE_SIDE_H

enum side { SOURCE, TARGET, SIDES };

static inline enum side side_other(enum side side)
{
	return side == SOURCE ? TARGET : SOURCE;
}

const char *side_name(enum side side); /* "source", "target" */
#endif
