/*
 * own.h - who frees it, said in the declaration.
 *
 *	OWNED(conn_close) struct conn *conn = NULL;
 *
 * calls conn_close(&conn) when the scope ends, on every way out.  A drop
 * function therefore takes the address of the pointer, accepts NULL inside
 * and sets it to NULL.  own_take(&conn) hands the object over and leaves NULL.
 */
#ifndef DBSYNC_BASE_OWN_H
#define DBSYNC_BASE_OWN_H

#define OWNED(drop) __attribute__((cleanup(drop), unused))

/* The value of *(where), which is NULL afterwards. */
#define own_take(where)                       \
	__extension__({                       \
		__auto_type own_at = (where); \
		__auto_type own_it = *own_at; \
		*own_at = NULL;               \
		own_it;                       \
	})
#endif
