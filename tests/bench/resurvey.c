/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looking hourly at what is fitted costs, in requests, beside the polls of the same hour: each
 * walk of a folder is one device, asked by the daemon's own machines.
 */
#include "bench.h"

#include <dirent.h>
#include <limits.h>
#include <sys/epoll.h>

#include "daemon/ident.h"
#include "daemon/shape.h"
#include "daemon/survey.h"

#define EVERY_S   10
#define HOUR_S    3600
#define WORST_PCT 2

struct walk {
	const struct transport_ops *ops;
	struct transport *transport;
	struct target *target;
	int epoll_fd;
	struct ident *ident;   /* of the answer exactly one takes it */
	struct survey *survey;
	bool pending;
	size_t requests;
};

static void done(struct request *request, enum cause cause, const struct reply *reply)
{
	struct walk *w = request->user;

	w->pending = false;
	if (w->ident)
		ident_reply(w->ident, cause, reply);
	else
		survey_reply(w->survey, cause, reply);
}

static void ask(struct walk *w, const struct plan_request *what)
{
	struct mono deadline = { clock_mono().us + 60 * INT64_C(1000000) };
	struct request request = { .target = w->target, .what = what, .deadline = deadline,
				   .done = done, .user = w };

	w->pending = true;
	w->requests++;
	w->ops->submit(w->transport, &request);
	while (w->pending) {
		struct epoll_event e[4];
		struct mono now = clock_mono();

		w->ops->tick(w->transport, now);
		int n = w->pending ? epoll_wait(w->epoll_fd, e, 4, 0) : 0;
		for (int i = 0; i < n; i++)
			w->ops->handle(w->transport, e[i].data.ptr, e[i].events, now);
	}
}

static const struct profile *identify(struct walk *w, const struct profile_set *set,
				      const struct endpoint *e)
{
	const struct plan_request *what;
	const struct profile *profile;

	w->ident = ident_new(set, e, false, false);
	while ((what = ident_next(w->ident)))
		ask(w, what);
	profile = ident_result(w->ident)->match.profile;
	w->ident = ident_free(w->ident);
	return profile;
}

static size_t run(struct walk *w, struct survey *survey)
{
	size_t before = w->requests;
	const struct plan_request *what;

	w->survey = survey;
	while ((what = survey_next(survey)))
		ask(w, what);
	return w->requests - before;
}

struct sum {
	size_t devices, points, first, again, facts, polls;
	double worst;
	char of[64];
};

static void device(struct walk *w, const struct profile *profile, const char *name, struct sum *sum)
{
	struct survey *survey = survey_new(profile, false);
	size_t first = run(w, survey), again = first, polls = 0, n;
	const struct varbind *vbs = survey_vbs(survey, &n);
	struct expansion *x = profile_expand(profile, 0, vbs, n);
	size_t points = x->n_points;
	struct shapes *shapes = shapes_new();
	struct shape *shape = shape_get(shapes, &x, EVERY_S, true);

	survey_free(survey);
	if (profile->protocol == PROFILE_SNMP) {
		survey = survey_new_fitted(profile, false);
		again = run(w, survey);
		survey_free(survey);
	}
	for (size_t i = 0; i < shape->n_scans; i++)
		polls += shape->scans[i].plan->n_requests *
			 (size_t)(HOUR_S / shape->scans[i].step_s);
	if (points > 0) {
		double pct = 100.0 * (double)again / (double)polls;

		printf("| %.*s | %s | %zu | %zu | %zu | %zu | %zu | %.2f |\n",
		       (int)strcspn(name, "."), name, profile->name, points, first, again,
		       shape->facts->n_requests, polls, pct);
		sum->devices++;
		sum->points += points;
		sum->first += first;
		sum->again += again;
		sum->facts += shape->facts->n_requests;
		sum->polls += polls;
		if (pct > sum->worst) {
			sum->worst = pct;
			snprintf(sum->of, sizeof(sum->of), "%s", name);
		}
	}
	shape_unref(shapes, shape);
	shapes_free(shapes);
	expansion_free(x);
}

static void one(const char *dir, const char *name, const struct profile_set *set, struct sum *sum)
{
	const struct transport_limits limits = { 1000, 0 };
	struct walk w = { .ops = transport_for(PROTOCOL_WALK), .epoll_fd = epoll_create1(0) };
	struct endpoint e = { .protocol = PROTOCOL_WALK };
	const struct profile *profile;
	struct err err = { "" };

	snprintf(e.host, sizeof(e.host), "%s/%s", dir, name);
	w.transport = w.ops->open(w.epoll_fd, &limits, &err);
	w.target = w.transport ? w.ops->target_new(w.transport, &e, NULL, NULL, 0, &err) : NULL;
	if (!w.target) {
		fprintf(stderr, "%s: %s\n", name, err.text);
		exit(1);
	}
	profile = identify(&w, set, &e);
	if (profile && survey_ages(profile))
		device(&w, profile, name, sum);
	w.ops->target_free(w.target);
	w.ops->close(w.transport);
	close(w.epoll_fd);
}

static int is_walk(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 8 && strcmp(d->d_name + n - 8, ".snmprec") == 0;
}

int main(int argc, char **argv)
{
	const char *profiles = argc > 2 ? argv[2] : "schema/profiles";
	struct diag diag = { 0 };
	struct profile_set *set;
	struct dirent **names;
	struct sum sum = { 0 };
	int n = argc > 1 ? scandir(argv[1], &names, is_walk, alphasort) : -1;

	if (n < 0) {
		fputs("usage: bench_resurvey DIR-OF-WALKS [PROFILES]\n", stderr);
		return 2;
	}
	set = profile_set_load(&profiles, 1, &diag);
	diag_print(&diag, stderr);
	for (int i = 0; i < n; i++) {
		one(argv[1], names[i]->d_name, set, &sum);
		free(names[i]);
	}
	free(names);
	if (sum.devices == 0)
		return 1;
	printf("| all %zu | | %zu | %zu | %zu | %zu | %zu | %.2f, at most %.2f (%.*s) |\n",
	       sum.devices, sum.points, sum.first, sum.again, sum.facts, sum.polls,
	       100.0 * (double)sum.again / (double)sum.polls, sum.worst,
	       (int)strcspn(sum.of, "."), sum.of);
	profile_set_free(set);
	diag_done(&diag);
	return sum.worst > WORST_PCT;
}
