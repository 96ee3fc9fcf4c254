/*
 * conn_error.c - error numbers by what the caller can do about them.  Numbers
 * below 2000 and from 3000 on are the servers', those from 2000 on the client
 * library's.  What is not in the table is a plain refusal (DBS_E_SERVER).
 */
#include "conn_error.h"

#include "dbsync/base/own.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	unsigned number;
	enum dbs_rc code;
} classes[] = {
	{1040, DBS_E_CONNECT}, /* too many connections */
	{1042, DBS_E_CONNECT}, /* bad host */
	{1043, DBS_E_CONNECT}, /* handshake */
	{1045, DBS_E_CONNECT}, /* access denied for user (at connect) */
	{1049, DBS_E_CONNECT}, /* unknown database */
	{1129, DBS_E_CONNECT}, /* host blocked */
	{1130, DBS_E_CONNECT}, /* host not allowed */
	{1203, DBS_E_CONNECT}, /* max_user_connections */
	{1226, DBS_E_CONNECT}, /* resource limit of the user */
	{1251, DBS_E_CONNECT}, /* authentication protocol */
	{1698, DBS_E_CONNECT}, /* access denied, no password */
	{2002, DBS_E_CONNECT}, /* socket */
	{2003, DBS_E_CONNECT}, /* host */
	{2005, DBS_E_CONNECT}, /* unknown host */
	{2012, DBS_E_CONNECT}, /* handshake */
	{2026, DBS_E_CONNECT}, /* TLS */
	{2054, DBS_E_CONNECT}, /* authentication */
	{2059, DBS_E_CONNECT}, /* authentication plugin */
	{1053, DBS_E_LOST},    /* server shuts down */
	{1077, DBS_E_LOST},    /* normal shutdown */
	{1080, DBS_E_LOST},    /* forced close */
	{1152, DBS_E_LOST},    /* aborted connection */
	{1156, DBS_E_LOST},    /* packets out of order */
	{1158, DBS_E_LOST},    /* read error */
	{1159, DBS_E_LOST},    /* read timeout */
	{1160, DBS_E_LOST},    /* write error */
	{1161, DBS_E_LOST},    /* write timeout */
	{1184, DBS_E_LOST},    /* aborted connection */
	{1927, DBS_E_LOST},    /* connection was killed */
	{2000, DBS_E_STRANGE}, /* the library does not understand the answer */
	{2006, DBS_E_LOST},    /* server has gone away */
	{2008, DBS_E_STRANGE}, /* an answer that no memory holds */
	{2013, DBS_E_LOST},    /* lost during query */
	{2014, DBS_E_STRANGE}, /* something came that belongs to no answer */
	{2020, DBS_E_STRANGE}, /* a packet that is larger than any may be */
	{2027, DBS_E_LOST},    /* malformed packet */
	{2055, DBS_E_LOST},    /* lost, system error */
	{4031, DBS_E_LOST},    /* disconnected for inactivity */
	{5013, DBS_E_LOST},    /* the library could not read */
	{5014, DBS_E_LOST},    /* the library could not write */
	{1020, DBS_E_RETRY},   /* record has changed since it was read */
	{1205, DBS_E_RETRY},   /* lock wait timeout */
	{1213, DBS_E_RETRY},   /* deadlock */
	{1317, DBS_E_RETRY},   /* query execution was interrupted */
	{1615, DBS_E_RETRY},   /* statement needs to be prepared again */
	{1054, DBS_E_CHANGED}, /* unknown column */
	{1146, DBS_E_CHANGED}, /* no such table */
	{1176, DBS_E_CHANGED}, /* no such key */
	{1412, DBS_E_CHANGED}, /* table definition has changed */
	{1932, DBS_E_CHANGED}, /* table does not exist in engine */
	{1044, DBS_E_DENIED},  /* database access */
	{1142, DBS_E_DENIED},  /* table access */
	{1143, DBS_E_DENIED},  /* column access */
	{1227, DBS_E_DENIED},  /* specific access, SUPER and the like */
	{1290, DBS_E_DENIED},  /* server runs with an option against it */
	{1370, DBS_E_DENIED},  /* routine access */
	{3118, DBS_E_CONNECT}, /* account is locked */
	{4151, DBS_E_CONNECT}, /* account is locked (MariaDB) */
	{1820, DBS_E_CONNECT}, /* password must be changed */
	{1862, DBS_E_CONNECT}, /* password has expired */
};

enum dbs_rc conn_error_class(unsigned server_errno)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (classes[i].number == server_errno)
			return classes[i].code;
	return DBS_E_SERVER;
}

bool conn_error_may_pass(unsigned server_errno)
{
	switch (server_errno) {
	case 1040:
	case 1053:
	case 1158:
	case 1159:
	case 1203:
	case 2002:
	case 2003:
	case 2006:
	case 2012:
	case 2013:
	case 2055:
		return true;
	default:
		return false;
	}
}

/* A handshake that was cut may pass the next time, a bad certificate not. */
bool conn_error_passes(const struct dbs_error *err)
{
	enum { TLS_FAILED = 2026 };

	if (err->server_errno == TLS_FAILED)
		return strstr(err->text, strerror(ECONNRESET)) ||
		       strstr(err->text, strerror(EPIPE));
	return conn_error_may_pass(err->server_errno);
}

void conn_error_add_server(const struct conn_setup *setup,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	dsn_show(setup->dsn, &name);
	err->role = setup->role;
	if (setup->role)
		dbs_error_context(err, "%s %s", setup->role, name.data);
	else
		dbs_error_context(err, "%s", name.data);
}

bool conn_cannot_list(const struct dbs_error *err)
{
	enum { CANNOT_CONVERT_STRING = 3854 };

	return err->server_errno == CANNOT_CONVERT_STRING;
}
