/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server runs in libmicrohttpd's external mode, in one thread: then an old connection can be
 * shut down between two rounds without a lock, and responses are made one after another. The
 * library's own timeout is one of inactivity, which a client that sends a byte a second never
 * reaches; hence the list of connections with their age.
 */
#include "daemon/metrics.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "daemon/exposition.h"

#define CONNECTIONS_MAX  32
#define CONNECTION_MAX_S 30 /* until the client has its answer */
#define REQUEST_MAX_S    5  /* until it has asked */
#define SHARED_US        1000000
#define ROUND_MS         200
#define MEMORY           16384 /* of a connection: its request must fit */

struct client {
	int fd;
	struct mono since;
	bool asked;
	struct client *next, *prev;
};

struct metrics {
	struct MHD_Daemon *server;
	struct poller *poller;
	struct writer *writer;
	int64_t started_s;
	atomic_bool stop, config_ok;
	_Atomic int64_t config_loaded_s;
	pthread_t thread;
	struct client *clients; /* the thread's, as what follows */
	struct MHD_Response *shared, *not_found, *not_allowed;
	struct mono shared_at;
};

/* ---- connections --------------------------------------------------------- */

static void notify_connection(void *user, struct MHD_Connection *connection, void **context,
			      enum MHD_ConnectionNotificationCode what)
{
	struct metrics *m = user;
	struct client *c;

	switch (what) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		c = xcalloc(1, sizeof(*c));
		c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				->connect_fd;
		c->since = clock_mono();
		c->next = m->clients;
		if (c->next)
			c->next->prev = c;
		m->clients = c;
		*context = c;
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		c = *context;
		if (c->prev)
			c->prev->next = c->next;
		else
			m->clients = c->next;
		if (c->next)
			c->next->prev = c->prev;
		free(c);
		break;
	}
}

static void end_old_connections(struct metrics *m, struct mono now)
{
	for (struct client *c = m->clients; c; c = c->next) {
		int64_t max_s = c->asked ? CONNECTION_MAX_S : REQUEST_MAX_S;

		if (now.us - c->since.us > max_s * 1000000)
			shutdown(c->fd, SHUT_RDWR); /* the next round finds it closed */
	}
}

/* ---- answers ------------------------------------------------------------- */

static struct MHD_Response *fixed(const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

	if (!r)
		abort(); /* memory is out, as for all x-functions */
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	return r;
}

/* The text of this second; it stays until the last client has it. */
static struct MHD_Response *current(struct metrics *m)
{
	struct exposition x = { .now = clock_mono(), .started_s = m->started_s };
	char *text;
	size_t size;

	if (m->shared && x.now.us - m->shared_at.us < SHARED_US)
		return m->shared;
	if (m->shared)
		MHD_destroy_response(m->shared);
	x.board = poller_board(m->poller);
	x.poller = poller_counters(m->poller);
	x.writer = writer_counters(m->writer);
	x.config_ok = atomic_load(&m->config_ok);
	x.config_loaded_s = atomic_load(&m->config_loaded_s);
	text = exposition_text(&x, &size);
	board_unref(x.board);
	m->shared_at = x.now;
	m->shared = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!m->shared)
		abort();
	MHD_add_response_header(m->shared, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; version=0.0.4; charset=utf-8");
	MHD_add_response_header(m->shared, MHD_HTTP_HEADER_CONNECTION, "close");
	return m->shared;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	static int seen;
	struct metrics *m = user;
	struct client *c;

	(void)version, (void)upload;
	if (!*context) { /* the headers are here; what follows them is not wanted */
		*context = &seen;
		c = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			    ->socket_context;
		c->asked = true;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(url, "/metrics") != 0)
		return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, m->not_found);
	/* a HEAD is answered without the body by the library */
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED, m->not_allowed);
	return MHD_queue_response(connection, MHD_HTTP_OK, current(m));
}

static void *run(void *arg)
{
	struct metrics *m = arg;

	while (!atomic_load(&m->stop)) {
		MHD_run_wait(m->server, ROUND_MS);
		end_old_connections(m, clock_mono());
	}
	return NULL;
}

/* ---- life ---------------------------------------------------------------- */

/* Our own socket, because the library does not hand the system's message on. */
static int open_socket(const struct sockaddr_storage *at, struct err *err)
{
	socklen_t size = at->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						   : sizeof(struct sockaddr_in);
	int on = 1, fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(err, "no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)at, size) < 0 || listen(fd, CONNECTIONS_MAX) < 0) {
		err_set(err, "%s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static int start_thread(struct metrics *m, struct err *err)
{
	sigset_t all, before;
	int error;

	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&m->thread, NULL, run, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		pthread_setname_np(m->thread, "rackmeter-http");
	return error ? err_set(err, "no thread: %s", strerror(error)) : 0;
}

static void release(struct metrics *m)
{
	if (m->server)
		MHD_stop_daemon(m->server); /* closes the connections and the socket */
	assert(!m->clients);
	if (m->shared)
		MHD_destroy_response(m->shared);
	MHD_destroy_response(m->not_found);
	MHD_destroy_response(m->not_allowed);
	free(m);
}

struct metrics *metrics_start(const struct sockaddr_storage *at, struct poller *poller,
			      struct writer *writer, int64_t started_s, struct err *err)
{
	struct metrics *m;
	int fd = open_socket(at, err);

	if (fd < 0)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->poller = poller;
	m->writer = writer;
	m->started_s = started_s;
	m->not_found = fixed("Not found; the metrics are at /metrics.\n");
	m->not_allowed = fixed("Only GET and HEAD.\n");
	MHD_add_response_header(m->not_allowed, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	/* clang-format off */
	m->server = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, m,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, 10u,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, notify_connection, m,
		MHD_OPTION_END);
	/* clang-format on */
	if (!m->server) {
		err_set(err, "the HTTP server does not start");
		close(fd);
		release(m);
		return NULL;
	}
	if (start_thread(m, err) < 0) {
		release(m);
		return NULL;
	}
	return m;
}

struct metrics *metrics_stop(struct metrics *m)
{
	if (!m)
		return NULL;
	atomic_store(&m->stop, true);
	pthread_join(m->thread, NULL);
	release(m);
	return NULL;
}

void metrics_config(struct metrics *m, bool ok, int64_t loaded_s)
{
	if (!m)
		return;
	atomic_store(&m->config_ok, ok);
	atomic_store(&m->config_loaded_s, loaded_s);
}
