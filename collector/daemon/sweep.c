/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job is one address on its way through credentials or units. Jobs that have a request to
 * send wait in a queue, from which the loop takes as many as the rate allows.
 */
#include "daemon/sweep.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/text.h"

#define SECOND_US 1000000
#define ALL_UNITS (-1)

struct job {
	struct job *next; /* in the queue of those that want to send, or of free ones */
	struct sweep *sweep;
	const struct sweep_host *host;
	struct endpoint endpoint;
	char text[320]; /* of the endpoint */
	struct target *target;
	const struct transport_ops *ops;
	struct transport *transport;
	struct ident *ident;
	struct request request;
	struct mono deadline;
	size_t credential;
	int unit;
	bool connected; /* Modbus: a request went out, so there is a way to the gateway */
};

struct queue_of_jobs {
	struct job *first, **last;
};

struct sweep {
	const struct sweep_options *o;
	int epoll_fd;
	struct transport *transports[3];
	const struct transport_ops *ops[3];
	struct job *jobs, *free;
	struct queue_of_jobs ready;   /* the answer is in: what next? */
	struct queue_of_jobs sending; /* have a request, wait for the rate */
	size_t active, done;
	double tokens;
	struct mono refilled;
	struct sweep_counts counts;
};

static void push(struct queue_of_jobs *q, struct job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
}

static struct job *pop(struct queue_of_jobs *q)
{
	struct job *j = q->first;

	if (j && !(q->first = j->next))
		q->last = &q->first;
	return j;
}

/* ---- endpoints ----------------------------------------------------------- */

static void host_text(const struct sweep_host *h, char *buf, size_t size)
{
	if (h->name) {
		snprintf(buf, size, "%s", h->name);
		return;
	}
	if (getnameinfo((const struct sockaddr *)&h->addr, sizeof(h->addr), buf, (socklen_t)size,
			NULL, 0, NI_NUMERICHOST) != 0)
		buf[0] = '\0';
}

static unsigned port_of(const struct sweep_host *h)
{
	const struct sockaddr_in *v4 = (const void *)&h->addr;
	const struct sockaddr_in6 *v6 = (const void *)&h->addr;

	return ntohs(h->addr.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

/* What stands in devices.csv; the usual port is left out. unit ALL_UNITS: of the address. */
static void endpoint_text(const struct sweep_host *h, int unit, char *buf, size_t size)
{
	bool snmp = h->protocol == PROTOCOL_SNMP;
	unsigned port = port_of(h);
	unsigned usual = snmp ? 161 : h->protocol == PROTOCOL_MODBUS_TCP ? 502 : 0;
	char host[256], tail[32] = "", of_unit[16] = "";

	host_text(h, host, sizeof(host));
	if (port != usual)
		snprintf(tail, sizeof(tail), ":%u", port);
	if (!snmp && unit == ALL_UNITS)
		snprintf(of_unit, sizeof(of_unit), "/*");
	else if (!snmp)
		snprintf(of_unit, sizeof(of_unit), "/%d", unit);
	snprintf(buf, size, "%s://%s%s%s%s%s", protocol_name(h->protocol),
		 strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "", tail, of_unit);
}

static int name_endpoint(struct job *j)
{
	struct err err;

	endpoint_text(j->host, j->unit, j->text, sizeof(j->text));
	return endpoint_parse(j->text, &j->endpoint, &err);
}

/* ---- one job ------------------------------------------------------------- */

static void done(struct request *request, enum cause cause, const struct reply *reply)
{
	struct job *j = request->user;

	/* Without a connection no request is ever sent. */
	j->connected |= request->tries > 0 || cause == CAUSE_NONE;
	ident_reply(j->ident, cause, reply);
	push(&j->sweep->ready, j);
}

static void drop_target(struct job *j)
{
	j->ident = ident_free(j->ident);
	if (j->target)
		j->ops->target_free(j->target);
	j->target = NULL;
}

/* The next unit to look at, from the one given on; 256: none is left. */
static int next_unit(const struct sweep_options *o, const struct sweep_host *h, int from)
{
	if (h->unit)
		return from <= h->unit ? h->unit : 256;
	while (from < 256 && !o->units[from])
		from++;
	return from;
}

/* Begins with a credential or a unit; false: the address has no more of them. */
static bool begin(struct sweep *s, struct job *j)
{
	const struct sweep_options *o = s->o;
	const struct cfg_credential *c = NULL;
	bool snmp = j->host->protocol == PROTOCOL_SNMP;
	struct err err;

	for (;;) {
		if (snmp && j->credential >= o->n_credentials)
			return false;
		if (snmp)
			c = o->credentials[j->credential];
		else if ((j->unit = next_unit(o, j->host, j->unit)) > 255)
			return false;
		if (name_endpoint(j) < 0)
			return false;
		if (!o->known(o->user, j->text))
			break;
		s->counts.known++;
		if (snmp)
			return false;
		j->unit++;
	}
	j->target = j->ops->target_new(j->transport, &j->endpoint, &j->host->addr, c, 0, &err);
	if (!j->target)
		return false;
	j->ident = ident_new(o->profiles, &j->endpoint, c && c->snmp_version == 1, true);
	j->deadline.us = clock_mono().us + (int64_t)o->host_s * SECOND_US;
	push(&s->ready, j);
	return true;
}

static void end(struct sweep *s, struct job *j)
{
	drop_target(j);
	j->next = s->free;
	s->free = j;
	s->active--;
	s->done++;
	s->o->progress(s->o->user, s->done);
}

static void tell(const struct sweep_options *o, const struct job *j)
{
	const struct ident_result *r = ident_result(j->ident);
	bool chain = chain_is(&r->chain);
	struct sweep_found found = {
		.endpoint = j->text,
		.credential = j->host->protocol == PROTOCOL_SNMP ? o->credentials[j->credential]
								 : NULL,
		.ident = j->ident,
	};

	if (!chain)
		o->found(o->user, &found);
	for (size_t i = 0; chain && i < r->chain.n; i++) {
		char *text = xasprintf("%s#%u", j->text, r->chain.members[i]);

		found.endpoint = text;
		found.member = r->chain.members[i];
		o->found(o->user, &found);
		free(text);
	}
}

static void tell_silent(struct sweep *s, struct job *j)
{
	if (j->host->protocol != PROTOCOL_SNMP && !j->connected)
		endpoint_text(j->host, ALL_UNITS, j->text, sizeof(j->text));
	s->counts.silent++;
	s->o->silent(s->o->user, j->text);
}

/* A credential or unit is through. */
static void conclude(struct sweep *s, struct job *j)
{
	const struct ident_result *r = ident_result(j->ident);
	const struct sweep_options *o = s->o;
	bool snmp = j->host->protocol == PROTOCOL_SNMP, more;

	if (r->answered)
		tell(o, j);
	/* Refused, unreachable: another community or unit would fare no better. */
	more = snmp ? !r->answered && r->failed != CAUSE_REFUSED && r->failed != CAUSE_UNREACHABLE
		    : r->answered || j->connected;
	more = more && !(snmp && j->credential + 1 == o->n_credentials);
	if (!r->answered && !(snmp && more))
		tell_silent(s, j);
	drop_target(j);
	if (snmp)
		j->credential++;
	else
		j->unit++;
	if (!more || !begin(s, j))
		end(s, j);
}

static void advance(struct sweep *s, struct job *j)
{
	const struct plan_request *what = NULL;

	if (clock_mono().us < j->deadline.us)
		what = ident_next(j->ident);
	if (!what) {
		conclude(s, j);
		return;
	}
	j->request = (struct request){ .target = j->target, .what = what, .deadline = j->deadline,
				       .done = done, .user = j };
	push(&s->sending, j);
}

/* ---- the loop ------------------------------------------------------------ */

static int slot_of(enum protocol protocol)
{
	return protocol == PROTOCOL_SNMP ? 0 : protocol == PROTOCOL_MODBUS_TCP ? 1 : 2;
}

static void start(struct sweep *s, const struct sweep_host *host)
{
	struct job *j = s->free;
	int slot = slot_of(host->protocol);
	char all[sizeof(j->text)];

	s->free = j->next;
	*j = (struct job){ .sweep = s, .host = host, .ops = s->ops[slot],
			   .transport = s->transports[slot] };
	s->active++;
	s->counts.hosts++;
	endpoint_text(host, ALL_UNITS, all, sizeof(all));
	if (host->protocol != PROTOCOL_SNMP && s->o->known(s->o->user, all)) {
		s->counts.known++;
		end(s, j);
	} else if (!begin(s, j)) {
		end(s, j);
	}
}

static void refill(struct sweep *s, struct mono now)
{
	double most = s->o->per_second / 10.0 + 1; /* what may go out at once */

	s->tokens += (double)(now.us - s->refilled.us) * s->o->per_second / SECOND_US;
	if (s->tokens > most)
		s->tokens = most;
	s->refilled = now;
}

static void send_some(struct sweep *s)
{
	struct job *j;

	refill(s, clock_mono());
	while (s->tokens >= 1 && (j = pop(&s->sending))) {
		s->tokens -= 1;
		s->counts.requests++;
		j->ops->submit(j->transport, &j->request);
	}
}

static void turn(struct sweep *s)
{
	struct epoll_event events[64];
	int64_t next_us = INT64_MAX, wait_us;
	struct mono now = clock_mono();
	int n;

	for (int i = 0; i < 3; i++) {
		struct mono at = s->ops[i]->tick(s->transports[i], now);

		if (at.us < next_us)
			next_us = at.us;
	}
	if (s->ready.first)
		return;
	wait_us = next_us == INT64_MAX ? SECOND_US : next_us - clock_mono().us;
	if (s->sending.first && wait_us > SECOND_US / s->o->per_second)
		wait_us = SECOND_US / s->o->per_second;
	if (wait_us > SECOND_US / 5)
		wait_us = SECOND_US / 5; /* stop is looked at */
	n = epoll_wait(s->epoll_fd, events, 64, wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000));
	for (int i = 0; i < n; i++) {
		const struct transport_event *e = events[i].data.ptr;

		e->ops->handle(e->transport, events[i].data.ptr, events[i].events, clock_mono());
	}
}

static int open_all(struct sweep *s, struct err *err)
{
	static const enum protocol protocols[] = { PROTOCOL_SNMP, PROTOCOL_MODBUS_TCP,
						   PROTOCOL_MODBUS_RTUTCP };
	const struct transport_limits limits = { s->o->timeout_ms, 0 };

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0)
		return err_set(err, "epoll: %s", strerror(errno));
	for (int i = 0; i < 3; i++) {
		s->ops[i] = transport_for(protocols[i]);
		s->transports[i] = s->ops[i]->open(s->epoll_fd, &limits, err);
		if (!s->transports[i])
			return -1;
	}
	return 0;
}

static void close_all(struct sweep *s)
{
	for (int i = 0; i < s->o->in_flight; i++) {
		struct job *j = &s->jobs[i];

		if (j->target)
			j->ops->cancel(j->transport, &j->request);
		drop_target(j);
	}
	for (int i = 0; i < 3; i++) {
		if (s->transports[i])
			s->ops[i]->close(s->transports[i]);
	}
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	free(s->jobs);
}

int sweep_run(const struct sweep_options *options, struct sweep_host *hosts, size_t n,
	      struct sweep_counts *ret, struct err *err)
{
	struct sweep s = { .o = options, .refilled = clock_mono() };
	size_t next = 0;
	struct job *j;
	int r;

	s.ready.last = &s.ready.first;
	s.sending.last = &s.sending.first;
	s.jobs = xcalloc((size_t)options->in_flight, sizeof(*s.jobs));
	for (int i = 0; i < options->in_flight; i++) {
		s.jobs[i].next = s.free;
		s.free = &s.jobs[i];
	}
	r = open_all(&s, err);
	while (r == 0 && !*options->stop && (next < n || s.active)) {
		/* Addresses begin no faster than requests go out. */
		while (next < n && s.free && !s.sending.first && !*options->stop) {
			start(&s, &hosts[next++]);
			while ((j = pop(&s.ready)))
				advance(&s, j);
			send_some(&s);
		}
		send_some(&s);
		turn(&s);
		while ((j = pop(&s.ready)))
			advance(&s, j);
	}
	close_all(&s);
	*ret = s.counts;
	return r;
}
