/* state_place.c - see state_place.h. */
#include "dbsync/run/state_place.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OF_SERVICE "/var/lib/dbsync"

/* It, or the nearest folder above it that is there, is ours to write to. */
static bool can_be_made(const char *path)
{
	OWNED(mem_drop) char *at = mem_strdup(path);

	while (access(at, F_OK) && strcmp(at, "/") != 0)
		(void)dirname(at);
	return !access(at, W_OK | X_OK);
}

/* Of several folders, as systemd lists them, the first. */
static char *made_of(const char *base, const char *rest)
{
	struct buf path = BUF_INIT;

	if (!base || *base != '/')
		return NULL;
	buf_addf(&path, "%.*s%s", (int)strcspn(base, ":"), base, rest);
	return buf_detach(&path);
}

/* The service's user lives where its state is. */
static char *of_home(void)
{
	const char *home = file_home();

	return made_of(home, home && !strcmp(home, OF_SERVICE)
				     ? ""
				     : "/.local/state/dbsync");
}

char *state_place_fixed(void)
{
	char *places[] = {
		made_of(getenv("XDG_STATE_HOME"), "/dbsync"),
		made_of(getenv("STATE_DIRECTORY"), ""),
		of_home(),
		mem_strdup(OF_SERVICE),
	};
	char *chosen = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!chosen && places[i] && can_be_made(places[i]))
			chosen = places[i];
		else
			mem_drop(&places[i]);
	}
	return chosen;
}

char *state_place(void)
{
	char *fixed = NULL;

	if (access(".env", F_OK) && access("scripts/sync-config.json", F_OK))
		fixed = state_place_fixed();
	return fixed ? fixed : mem_strdup("sync");
}
