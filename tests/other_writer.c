/* other_writer.c - writers in processes of their own, that may die midway. */

#include "other_writer.h"

#include "table.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the writer ---- */

static int say_to = -1, wait_on = -1;
static unsigned int die_at, calls, hold_ms;
static sqlite3_syscall_ptr real_pwrite, real_pwrite64, real_write, real_unlink,
	real_ftruncate;

void other_writer_meet(void)
{
	char octet = 'x';

	if (write(say_to, &octet, 1) != 1 || read(wait_on, &octet, 1) < 0)
		_exit(9);
}

static bool must_die(void)
{
	return ++calls == die_at;
}

/* A write that ends half way, as a kernel may leave it. */
static ssize_t hook_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	ssize_t (*call)(int, const void *, size_t, off_t) =
		(ssize_t(*)(int, const void *, size_t, off_t))real_pwrite;

	if (must_die()) {
		(void)call(fd, data, len / 2, offset);
		(void)kill(getpid(), SIGKILL);
	}
	return call(fd, data, len, offset);
}

static ssize_t hook_pwrite64(int fd, const void *data, size_t len,
			     off64_t offset)
{
	ssize_t (*call)(int, const void *, size_t, off64_t) =
		(ssize_t(*)(int, const void *, size_t, off64_t))real_pwrite64;

	if (must_die()) {
		(void)call(fd, data, len / 2, offset);
		(void)kill(getpid(), SIGKILL);
	}
	return call(fd, data, len, offset);
}

static ssize_t hook_write(int fd, const void *data, size_t len)
{
	ssize_t (*call)(int, const void *, size_t) =
		(ssize_t(*)(int, const void *, size_t))real_write;

	if (must_die()) {
		(void)call(fd, data, len / 2);
		(void)kill(getpid(), SIGKILL);
	}
	return call(fd, data, len);
}

static int hook_unlink(const char *path)
{
	if (must_die())
		(void)kill(getpid(), SIGKILL);
	if (hold_ms > 0) {
		other_writer_meet();
		(void)usleep(hold_ms * 1000);
		hold_ms = 0;
	}
	return ((int (*)(const char *))real_unlink)(path);
}

static int hook_ftruncate(int fd, off_t size)
{
	if (must_die())
		(void)kill(getpid(), SIGKILL);
	return ((int (*)(int, off_t))real_ftruncate)(fd, size);
}

static void hook(const char *name, sqlite3_syscall_ptr ours,
		 sqlite3_syscall_ptr *real_r)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	*real_r = vfs->xGetSystemCall(vfs, name);
	if (*real_r != NULL &&
	    vfs->xSetSystemCall(vfs, name, ours) != SQLITE_OK)
		_exit(8);
}

static void hook_all(void)
{
	(void)sqlite3_initialize();
	hook("pwrite", (sqlite3_syscall_ptr)hook_pwrite, &real_pwrite);
	hook("pwrite64", (sqlite3_syscall_ptr)hook_pwrite64, &real_pwrite64);
	hook("write", (sqlite3_syscall_ptr)hook_write, &real_write);
	hook("unlink", (sqlite3_syscall_ptr)hook_unlink, &real_unlink);
	hook("ftruncate", (sqlite3_syscall_ptr)hook_ftruncate, &real_ftruncate);
}

void other_writer_die_at(unsigned int call)
{
	hook_all();
	die_at = call;
}

void other_writer_hold(unsigned int milliseconds)
{
	hook_all();
	hold_ms = milliseconds;
}

/* ---- in its test ---- */

struct other_writer other_writer_start(int (*act)(void))
{
	struct other_writer writer;
	int says[2], waits[2];

	assert_int_equal(pipe2(says, O_CLOEXEC), 0);
	assert_int_equal(pipe2(waits, O_CLOEXEC), 0);
	writer.pid = fork();
	assert_true(writer.pid >= 0);
	if (writer.pid == 0) {
		(void)close(says[0]);
		(void)close(waits[1]);
		say_to = says[1];
		wait_on = waits[0];
		_exit(act());
	}
	(void)close(says[1]);
	(void)close(waits[0]);
	writer.says = says[0];
	writer.waits = waits[1];
	return writer;
}

void other_writer_wait_for(const struct other_writer *writer)
{
	char octet;

	assert_int_equal(read(writer->says, &octet, 1), 1);
}

void other_writer_go_on(const struct other_writer *writer)
{
	assert_int_equal(write(writer->waits, "x", 1), 1);
}

int other_writer_end(struct other_writer *writer)
{
	int status;

	(void)close(writer->says);
	(void)close(writer->waits);
	assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
	return status;
}

void other_writer_must(int (*act)(void))
{
	struct other_writer writer = other_writer_start(act);

	assert_int_equal(other_writer_end(&writer), 0);
}
