/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmodbus 3.1.6 must be kept from: it waits with select(), so its descriptor must stay
 * below FD_SETSIZE (a number is reserved when the line is made, and stays ours while the
 * adapter is unplugged); with a byte timeout a peer that trickles holds a read for minutes;
 * its error recovery sleeps in loops; it believes in what is left in the buffer.
 */
#include "transport/modbus_line.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/text.h"

#define TIMEOUT_MS     2000   /* a unit's time to begin; the frame's own time comes on top */
#define BACKOFF_US     200000 /* before the line is opened again, doubled per failure */
#define BACKOFF_MAX_US 5000000
#define SETTLE_US      20000 /* after an error: silence of this length, or four times that */

struct modbus_line {
	int timeout_ms, wake_fd;
	int null_fd; /* what stands at fd while the line is closed */
	int fd;      /* below FD_SETSIZE */
	pthread_t thread;
	/* the thread's own */
	modbus_t *modbus;    /* NULL: closed */
	struct endpoint now; /* as the line is set */
	struct mono free_at, retry_at;
	unsigned failures;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct endpoint wanted; /* under the lock from here on */
	bool needed, stop;
	struct modbus_line_job jobs[MODBUS_LINE_JOBS];
	bool cancelled[MODBUS_LINE_JOBS];
	unsigned put, run, taken; /* counted; put >= run >= taken */
};

/* ---- time on the line ---------------------------------------------------------- */

int64_t modbus_line_time_us(const struct endpoint *s, size_t n)
{
	int bits = 1 + 8 + (s->parity == 'N' ? 0 : 1) + s->stop;

	return (int64_t)n * bits * 1000000 / s->baud + 1;
}

int64_t modbus_line_silence_us(const struct endpoint *s)
{
	return s->baud > 19200 ? 1750 : modbus_line_time_us(s, 7) / 2 + 1;
}

/* ---- opening and closing --------------------------------------------------------- */

static void close_line(struct modbus_line *line)
{
	if (!line->modbus)
		return;
	(void)dup3(line->null_fd, line->fd, O_CLOEXEC); /* closes it, and keeps its number */
	modbus_free(line->modbus);
	line->modbus = NULL;
}

static int set_mode(modbus_t *m, const struct endpoint *s, struct err *err)
{
	if (s->rs485 && modbus_rtu_set_serial_mode(m, MODBUS_RTU_RS485) < 0)
		return err_set(err,
			       "%s: the kernel cannot switch this line's transceiver (%s): leave "
			       "rs485=1 away if the adapter does it by itself, or write rts=up",
			       s->host, strerror(errno));
	if (s->rts &&
	    (modbus_rtu_set_rts(m, s->rts == 'U' ? MODBUS_RTU_RTS_UP : MODBUS_RTU_RTS_DOWN) < 0 ||
	     (s->rts_delay_us && modbus_rtu_set_rts_delay(m, s->rts_delay_us) < 0)))
		return err_set(err, "%s: RTS cannot be switched (%s): leave rts= away", s->host,
			       strerror(errno));
	/* The whole answer within the response timeout: without a byte timeout Linux' select()
	 * counts it down over all reads. */
	modbus_set_byte_timeout(m, 0, 0);
	modbus_set_error_recovery(m, MODBUS_ERROR_RECOVERY_NONE);
	return 0;
}

/* -1 with errno; an error of set_mode() is ENOTTY and in err. */
static int open_line(struct modbus_line *line, struct err *err)
{
	const struct endpoint *s = &line->now;
	modbus_t *m = modbus_new_rtu(s->host, s->baud, s->parity, 8, s->stop);
	int fd, error;

	if (!m) {
		error = errno;
		err_set(err, "%s: %s", s->host, modbus_strerror(error));
		errno = error;
		return -1;
	}
	if (modbus_connect(m) < 0) {
		error = errno;
		modbus_free(m);
		if (error == EACCES || error == EPERM)
			err_set(err,
				"%s: %s: give the user that rackmeterd runs as the group of that "
				"file (dialout on Debian)",
				s->host, strerror(error));
		else if (error == ENOTTY)
			err_set(err, "%s is not a serial line", s->host);
		else if (error == EINVAL)
			err_set(err,
				"%s does not take these settings: another baud, parity=none or "
				"stop=1 may do",
				s->host);
		else
			err_set(err, "%s: %s", s->host, strerror(error));
		errno = error;
		return -1;
	}
	fd = modbus_get_socket(m);
	(void)ioctl(fd, TIOCEXCL); /* two masters on a line hear each other's answers */
	if (set_mode(m, s, err) < 0) {
		close(fd);
		modbus_free(m);
		errno = ENOTTY;
		return -1;
	}
	(void)dup3(fd, line->fd, O_CLOEXEC);
	close(fd);
	modbus_set_socket(m, line->fd);
	line->modbus = m;
	return 0;
}

/* ---- one request ------------------------------------------------------------------ */

/* Throws away what comes, until it is silent. */
static void drain(struct modbus_line *line)
{
	struct mono end = { clock_mono().us + 4 * SETTLE_US };
	struct pollfd p = { .fd = line->fd, .events = POLLIN };
	uint8_t rubbish[256];

	for (;;) {
		int64_t left = end.us - clock_mono().us;
		int64_t wait = left < SETTLE_US ? left : SETTLE_US;

		if (wait <= 0 || poll(&p, 1, (int)((wait + 999) / 1000)) <= 0)
			break;
		if (read(line->fd, rubbish, sizeof(rubbish)) <= 0)
			break; /* unplugged: the next request finds out */
	}
	modbus_flush(line->modbus);
}

static enum cause cause_of(int error)
{
	if (error > MODBUS_ENOBASE && error <= EMBXGTAR)
		return (enum cause)(CAUSE_EXCEPTION + error - MODBUS_ENOBASE);
	switch (error) {
	case ETIMEDOUT: return CAUSE_NO_ANSWER;
	case EMBBADSLAVE: return CAUSE_WRONG_ID;
	case EMBBADCRC:
	case EMBBADDATA:
	case EMBBADEXC:
	case EMBUNKEXC:
	case EMBMDATA: return CAUSE_MALFORMED;
	}
	return CAUSE_DISCONNECTED;
}

static int read_values(modbus_t *m, const struct modbus_ask *ask, uint16_t *words)
{
	uint8_t bits[MODBUS_BITS];
	int n = ask->n_words, got = -1;

	switch (ask->function) {
	case 1: got = modbus_read_bits(m, ask->address, n, bits); break;
	case 2: got = modbus_read_input_bits(m, ask->address, n, bits); break;
	case 3: got = modbus_read_registers(m, ask->address, n, words); break;
	case 4: got = modbus_read_input_registers(m, ask->address, n, words); break;
	}
	if (got >= 0 && got != n) {
		errno = EMBBADDATA;
		return -1;
	}
	for (int i = 0; ask->function <= 2 && i < got; i++)
		words[i] = bits[i] & 1;
	return got < 0 ? -1 : 0;
}

static void exchange(struct modbus_line *line, struct modbus_line_job *job)
{
	struct mono start = clock_mono(), end;
	int64_t wait_us = (int64_t)line->timeout_ms * 1000;
	size_t characters = 8 + 5 + modbus_answer_bytes(&job->ask);

	wait_us += modbus_line_time_us(&line->now, characters);
	if (start.us + wait_us > job->deadline.us)
		wait_us = job->deadline.us - start.us;
	if (wait_us < 1000) /* 0 is no timeout to libmodbus */
		wait_us = 1000;
	modbus_set_slave(line->modbus, job->ask.unit);
	modbus_set_response_timeout(line->modbus, (uint32_t)(wait_us / 1000000),
				    (uint32_t)(wait_us % 1000000));
	modbus_flush(line->modbus);
	job->cause = read_values(line->modbus, &job->ask, job->words) == 0 ? CAUSE_NONE
									   : cause_of(errno);
	end = clock_mono();
	job->rtt_us = end.us - start.us;
	line->free_at.us =
		end.us + modbus_line_silence_us(&line->now) + (int64_t)job->delay_ms * 1000;
	if (job->cause == CAUSE_DISCONNECTED)
		return;
	line->failures = 0;
	if (job->cause != CAUSE_NONE && (int)job->cause < CAUSE_EXCEPTION)
		drain(line);
}

static void lost(struct modbus_line *line)
{
	int64_t us = (int64_t)BACKOFF_US << line->failures;

	if (line->failures < 8)
		line->failures++;
	close_line(line);
	line->retry_at.us = clock_mono().us + (us < BACKOFF_MAX_US ? us : BACKOFF_MAX_US);
}

static void serve(struct modbus_line *line, struct modbus_line_job *job)
{
	struct err err;
	struct mono now = clock_mono();

	job->rtt_us = 0;
	job->cause = CAUSE_DEADLINE;
	if (now.us >= job->deadline.us)
		return;
	job->cause = CAUSE_DISCONNECTED;
	if (!line->modbus && (now.us < line->retry_at.us || open_line(line, &err) < 0)) {
		if (now.us >= line->retry_at.us)
			lost(line);
		return;
	}
	exchange(line, job);
	if (job->cause == CAUSE_DISCONNECTED)
		lost(line);
}

/* ---- the thread ---------------------------------------------------------------------- */

/* Under the lock; false: it is to end. */
static bool wait_for_silence(struct modbus_line *line)
{
	struct timespec t = { .tv_sec = (time_t)(line->free_at.us / 1000000),
			      .tv_nsec = (long)(line->free_at.us % 1000000) * 1000 };

	while (!line->stop && clock_mono().us < line->free_at.us)
		pthread_cond_timedwait(&line->changed, &line->lock, &t);
	return !line->stop;
}

static void take_settings(struct modbus_line *line)
{
	if (!line->needed || !endpoint_same_line(&line->now, &line->wanted)) {
		close_line(line);
		line->failures = 0;
		line->retry_at.us = 0;
	}
	line->now = line->wanted;
}

static void *run(void *arg)
{
	struct modbus_line *line = arg;
	struct modbus_line_job *job = xcalloc(1, sizeof(*job));

	pthread_mutex_lock(&line->lock);
	for (;;) {
		unsigned at = line->run % MODBUS_LINE_JOBS;
		uint64_t one = 1;

		take_settings(line);
		if (line->stop)
			break;
		if (line->run == line->put) {
			pthread_cond_wait(&line->changed, &line->lock);
			continue;
		}
		if (!wait_for_silence(line))
			break;
		if (!line->cancelled[at]) {
			*job = line->jobs[at];
			pthread_mutex_unlock(&line->lock);
			serve(line, job);
			pthread_mutex_lock(&line->lock);
			line->jobs[at] = *job;
		} else {
			line->jobs[at].cause = CAUSE_DEADLINE; /* nobody asked, nothing answered */
		}
		line->run++;
		if (write(line->wake_fd, &one, sizeof(one)) < 0) {
			/* the counter is full, so it wakes up anyhow */
		}
	}
	pthread_mutex_unlock(&line->lock);
	free(job);
	return NULL;
}

static int start_thread(struct modbus_line *line)
{
	pthread_condattr_t attr;
	sigset_t all, before;
	int error;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&line->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&line->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
	error = pthread_create(&line->thread, NULL, run, line);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* ---- from the poll thread -------------------------------------------------------------- */

static void release(struct modbus_line *line)
{
	close_line(line);
	if (line->fd >= 0)
		close(line->fd);
	if (line->null_fd >= 0)
		close(line->null_fd);
	free(line);
}

/* What no waiting cures; an adapter that is not plugged in may come. */
static bool is_hopeless(int error)
{
	return error == EACCES || error == EPERM || error == ENOTTY || error == EISDIR ||
	       error == EINVAL || error == ENOTDIR || error == ENAMETOOLONG || error == ELOOP;
}

struct modbus_line *modbus_line_new(const struct endpoint *settings, int timeout_ms, int wake_fd,
				    struct err *err)
{
	struct modbus_line *line = xcalloc(1, sizeof(*line));
	int error;

	line->timeout_ms = timeout_ms < TIMEOUT_MS ? timeout_ms : TIMEOUT_MS;
	line->wake_fd = wake_fd;
	line->now = line->wanted = *settings;
	line->needed = true;
	line->fd = -1;
	line->null_fd = open("/dev/null", O_PATH | O_CLOEXEC);
	if (line->null_fd >= 0)
		line->fd = fcntl(line->null_fd, F_DUPFD_CLOEXEC, 0);
	if (line->fd < 0 || line->fd >= FD_SETSIZE) {
		err_set(err,
			"%s: %s: a serial line needs a descriptor below %d: restart rackmeterd, "
			"which opens serial lines first",
			settings->host, line->fd < 0 ? strerror(errno) : "too many are open",
			FD_SETSIZE);
		release(line);
		return NULL;
	}
	if (open_line(line, err) < 0) {
		if (is_hopeless(errno)) {
			release(line);
			return NULL;
		}
		line->failures = 1;
		line->retry_at.us = clock_mono().us + BACKOFF_US;
	}
	error = start_thread(line);
	if (error != 0) {
		err_set(err, "%s: thread: %s", settings->host, strerror(error));
		release(line);
		return NULL;
	}
	return line;
}

struct modbus_line *modbus_line_free(struct modbus_line *line)
{
	if (!line)
		return NULL;
	pthread_mutex_lock(&line->lock);
	line->stop = true;
	pthread_cond_signal(&line->changed);
	pthread_mutex_unlock(&line->lock);
	pthread_join(line->thread, NULL);
	pthread_cond_destroy(&line->changed);
	pthread_mutex_destroy(&line->lock);
	release(line);
	return NULL;
}

void modbus_line_set(struct modbus_line *line, const struct endpoint *settings)
{
	pthread_mutex_lock(&line->lock);
	line->needed = settings != NULL;
	if (settings)
		line->wanted = *settings;
	pthread_cond_signal(&line->changed);
	pthread_mutex_unlock(&line->lock);
}

bool modbus_line_put(struct modbus_line *line, const struct modbus_line_job *job)
{
	bool room;

	pthread_mutex_lock(&line->lock);
	room = line->put - line->taken < MODBUS_LINE_JOBS;
	if (room) {
		unsigned at = line->put++ % MODBUS_LINE_JOBS;

		line->jobs[at] = *job;
		line->cancelled[at] = false;
		pthread_cond_signal(&line->changed);
	}
	pthread_mutex_unlock(&line->lock);
	return room;
}

bool modbus_line_take(struct modbus_line *line, struct modbus_line_job *ret)
{
	bool done;

	pthread_mutex_lock(&line->lock);
	done = line->taken != line->run;
	if (done)
		*ret = line->jobs[line->taken++ % MODBUS_LINE_JOBS];
	pthread_mutex_unlock(&line->lock);
	return done;
}

void modbus_line_cancel(struct modbus_line *line, uint32_t id)
{
	pthread_mutex_lock(&line->lock);
	for (unsigned i = line->run; i != line->put; i++) {
		if (line->jobs[i % MODBUS_LINE_JOBS].id == id)
			line->cancelled[i % MODBUS_LINE_JOBS] = true;
	}
	pthread_mutex_unlock(&line->lock);
}
