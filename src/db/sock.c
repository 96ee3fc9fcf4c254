/* sock.c - see sock.h. */
#include "sock.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void sock_keep_alive(int fd)
{
	const int on = 1;
	const int idle_s = 30;
	const int step_s = 10;
	const int tries = 3;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s,
			 sizeof(idle_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &step_s,
			 sizeof(step_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

void sock_cut(int fd)
{
	const struct linger none = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	(void)shutdown(fd, SHUT_RDWR);
}

void sock_mute(int fd)
{
	(void)shutdown(fd, SHUT_WR);
}

int sock_copy(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
