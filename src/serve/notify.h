/*
 * notify.h - tells systemd how the service is (sd_notify(3)).  Internal to serve.
 *
 * Where there is no systemd, nothing is told.
 */
#ifndef DBSYNC_SERVE_NOTIFY_H
#define DBSYNC_SERVE_NOTIFY_H

/* Lines "READY=1", "STATUS=…"; never waits. */
void notify_tell(const char *lines);
/* "RELOADING=1", with the time that systemd asks for. */
void notify_reloading(void);
#endif
