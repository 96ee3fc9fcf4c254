/*
 * point_trust.h - whether what stands in a backup point may be run.
 */
#ifndef DBSYNC_RUN_POINT_TRUST_H
#define DBSYNC_RUN_POINT_TRUST_H

#include "dbsync/backup/point.h"
#include "dbsync/run/audience.h"

struct point_trust_wish {
	const struct talk *talk;
	const struct audience *audience; /* sees what is run all the same */
	bool takes_unsigned;             /* --trust-file */
};

/*
 * Nothing that is run may be anybody else's: its MAC is by this installation's
 * key, the file is the user's, and its statements are what they claim to be.
 * DBS_E_REFUSED otherwise.
 */
enum dbs_rc point_trust(const struct backup_reader *reader,
			const struct point_trust_wish *wish,
			struct dbs_error *err);
#endif
