/*
 * death.h - for tests of functions that end the process: does it, and how?
 *
 * death_of calls act(self) in a child and gives its wait status; what the
 * child said on stderr is in death->text.  Works with CK_FORK=no.
 */
#ifndef DBSYNC_TESTS_DEATH_H
#define DBSYNC_TESTS_DEATH_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct death {
	int status; /* as of waitpid */
	char text[16 * 1024];
};

typedef void death_act(void *self);

static inline void death_of(death_act *act, void *self, struct death *out)
{
	int ends[2];
	size_t used = 0;
	ssize_t got = 0;

	(void)fflush(NULL);
	ck_assert_int_eq(pipe(ends), 0);
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		act(self);
		_exit(0);
	}
	(void)close(ends[1]);
	while (used + 1 < sizeof(out->text) &&
	       (got = read(ends[0], out->text + used,
			   sizeof(out->text) - 1 - used)) > 0)
		used += (size_t)got;
	out->text[used] = '\0';
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, &out->status, 0), child);
}

/* A bug that is noticed: it ends there, and the words say where and what. */
static inline void expect_bug(death_act *act, void *self, const char *words)
{
	struct death death;

	death_of(act, self, &death);
	ck_assert_msg(WIFEXITED(death.status), "by a signal: %s", death.text);
	ck_assert_msg(WEXITSTATUS(death.status) == 70, "%s", death.text);
	ck_assert_ptr_nonnull(strstr(death.text, "dbsync: a bug at "));
	ck_assert_ptr_nonnull(strstr(death.text, "Please report "));
	ck_assert_msg(strstr(death.text, words), "%s", death.text);
}
#endif
