"""What of libmariadb belongs to one thread is touched by no other."""
import signal
import subprocess
from pathlib import Path

from harness import ServerTest, once
from test_crashes import until

SPY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct { void *handle; pthread_t owner; } known[4096];
static int count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *word)
{
	int fd = open(getenv("SPY_FILE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (write(fd, word, 1) != 1)
		abort();
	close(fd);
}

void *mysql_init(void *handle)
{
	void *(*real)(void *) = dlsym(RTLD_NEXT, "mysql_init");
	void *made = real(handle);
	pthread_mutex_lock(&mutex);
	known[count].handle = made;
	known[count++].owner = pthread_self();
	pthread_mutex_unlock(&mutex);
	return made;
}

int mysql_get_socket(void *handle)
{
	int (*real)(void *) = dlsym(RTLD_NEXT, "mysql_get_socket");
	pthread_t owner = pthread_self();
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < count; i++)
		if (known[i].handle == handle)
			owner = known[i].owner;
	pthread_mutex_unlock(&mutex);
	say(pthread_equal(owner, pthread_self()) ? "o" : "x");
	return real(handle);
}
"""


class Handles(ServerTest):
    @once
    def test_ctrl_c_leaves_the_library_to_its_threads(self):
        """libmariadb frees what a handle's socket is in when it meets a loss, in the middle of a call."""
        folder = Path(self.program.folder)
        (folder / 'spy.c').write_text(SPY, encoding='ascii')
        subprocess.run(['cc', '-shared', '-fPIC', '-o', folder / 'spy.so', folder / 'spy.c', '-ldl', '-pthread'], check=True)
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        with self.source.session(self.db) as holder:
            holder.run('LOCK TABLES t WRITE')
            running = self.start(env={'LD_PRELOAD': str(folder / 'spy.so'), 'SPY_FILE': str(folder / 'spied')}, as_json=False)
            until(30, lambda: self.source.sql("SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%' "
                                              f"AND db='{self.db}'"), 'it waits for the table')
            running.signal(signal.SIGINT)
            answer = running.wait(30)
        self.expect_exit(answer, 7)
        self.assertEqual(set((folder / 'spied').read_text()), {'o'})
