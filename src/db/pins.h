/*
 * pins.h - what each session variable is set to, whatever the configuration of
 * the server or its init_connect made of it.  Internal to the db floor.
 *
 * A variable that a server does not have is no pin of it.  Most anybody may
 * set; some need a privilege, which is asked for only where the value is
 * another one than the pinned.
 */
#ifndef DBSYNC_DB_PINS_H
#define DBSYNC_DB_PINS_H

#include "dbsync/db/server.h"

#include <stddef.h>

enum pin_rule {
	PIN_MUST,       /* no session without it */
	PIN_MAY,        /* left where the user may not set it */
	PIN_MYSQL,      /* must, and means another thing on MariaDB */
	PIN_UTF8MB3,    /* must, of a MariaDB that knows the word utf8mb3 */
	PIN_NO_UTF8MB3, /* must, of one that does not */
};

struct pin {
	const char *variable;
	const char *value;    /* as in SET */
	const char *expected; /* as it is read back: pin_holds */
	enum pin_rule rule;
};

extern const struct pin pins[];
extern const size_t pin_count;

bool pin_applies(const struct pin *pin, const struct server *server);
/* ON is 1, OFF is 0, and 0 is 0.000000; SQL NULL is nothing. */
bool pin_holds(const struct pin *pin, const char *is);
#endif
