/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scene: which device lives where, what follows a generator, what is broken
 * and when. The same lines come from the scene file and, while running, from
 * stdin, so that a test breaks a device at a moment it knows.
 */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536
#define WORDS_MAX 32768 /* a sum may name ten thousand racks */

static struct device *bucket[BUCKETS];
static size_t n_devices;
static char *scene_dir;

static const char *const fault_words[N_FAULTS] = {
	"silence", "delay", "loss", "garbage", "truncate", "wrong-id", "wrong-source",
	"exception", "close", "trickle", "too-big", "wrong-unit",
};

static size_t hash(uint32_t addr)
{
	return (addr * 2654435761u) >> 16;
}

struct device *device_find(uint32_t addr, int unit)
{
	for (struct device *d = bucket[hash(addr)]; d; d = d->next)
		if (d->addr == addr && d->unit == unit)
			return d;
	return NULL;
}

bool device_address_known(uint32_t addr)
{
	for (const struct device *d = bucket[hash(addr)]; d; d = d->next)
		if (d->addr == addr)
			return true;
	return false;
}

size_t device_count(void)
{
	return n_devices;
}

/* "127.1.0.1" or "127.1.0.1/7" */
static struct device *device_named(char *where)
{
	char *slash = strchr(where, '/');
	struct in_addr a;
	int unit = -1;

	if (slash) {
		*slash = '\0';
		unit = (int)strtol(slash + 1, NULL, 10);
	}
	return inet_pton(AF_INET, where, &a) == 1 ? device_find(ntohl(a.s_addr), unit) : NULL;
}

static const char *line_device(char **w, size_t n)
{
	struct in_addr a;
	bool snmp = n >= 4 && !strcmp(w[2], "snmp");
	bool modbus = n >= 5 && !strcmp(w[2], "modbus");

	if (!(snmp || modbus) || inet_pton(AF_INET, w[1], &a) != 1)
		return "device ADDRESS snmp FIXTURE [community TEXT], or "
		       "device ADDRESS modbus UNIT FIXTURE";
	uint32_t addr = ntohl(a.s_addr);
	int unit = modbus ? (int)strtol(w[3], NULL, 10) : -1;
	if (addr >> 24 != 127)
		return "devices live in 127.0.0.0/8 only";
	if (device_find(addr, unit))
		return "there is a device at that address already";
	const char *file = w[modbus ? 4 : 3];
	char *path = NULL;
	if (*file == '/' ? (path = strdup(file)) == NULL
			 : asprintf(&path, "%s/%s", scene_dir, file) < 0)
		die("out of memory");
	struct device *d = must(calloc(1, sizeof(*d)));
	d->addr = addr;
	d->unit = unit;
	d->fixture = fixture_load(path);
	free(path);
	d->community = snmp && n >= 6 && !strcmp(w[4], "community") ? must(strdup(w[5])) : "public";
	d->next = bucket[hash(addr)];
	bucket[hash(addr)] = d;
	n_devices++;
	return NULL;
}

static int cmp_override(const void *a, const void *b)
{
	const struct override *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->space != y->space)
		return x->space < y->space ? -1 : 1;
	return x->address < y->address ? -1 : x->address > y->address;
}

/* set ADDRESS OID GEN FACTOR [energy INITIAL]
 * set ADDRESS/UNIT holding:N TYPE GEN FACTOR [energy INITIAL] */
static const char *line_set(char **w, size_t n)
{
	struct override o = { .object = 0 };
	struct device *d = n > 2 ? device_named(w[1]) : NULL;
	size_t k = 3;

	if (!d)
		return "set: there is no such device above";
	if (d->unit >= 0) {
		char *colon = strchr(w[2], ':');
		if (!colon || n < 6 || strlen(w[3]) > 3)
			return "set ADDRESS/UNIT holding:N TYPE GEN FACTOR [energy INITIAL]";
		o.space = w[2][0] == 'i' ? SPACE_INPUT : SPACE_HOLDING;
		o.address = (uint16_t)strtoul(colon + 1, NULL, 10);
		snprintf(o.type, sizeof(o.type), "%s", w[3]);
		k = 4;
	} else {
		uint32_t arc[MAX_ARCS];
		size_t n_arcs;
		bool exact;
		if (n < 5 || parse_oid(w[2], arc, &n_arcs) < 0)
			return "set ADDRESS OID GEN FACTOR [energy INITIAL]";
		o.object = fixture_find(d->fixture, arc, n_arcs, &exact);
		if (!exact)
			return "set: the fixture has no such OID";
	}
	o.source.gen = gen_find(w[k]);
	if (!o.source.gen)
		return "set: there is no such gen above";
	o.source.factor = strtod(w[k + 1], NULL);
	if (n > k + 3 && !strcmp(w[k + 2], "energy")) {
		o.source.energy = true;
		o.source.initial = strtod(w[k + 3], NULL);
	}
	for (size_t i = 0; i < d->n_overrides; i++) {
		if (cmp_override(&d->overrides[i], &o) == 0) {
			d->overrides[i] = o;
			return NULL;
		}
	}
	d->overrides = must(realloc(d->overrides, (d->n_overrides + 1) * sizeof(o)));
	d->overrides[d->n_overrides++] = o;
	return NULL;
}

/* fault ADDRESS[/UNIT] KIND [ARG] [from S] [to S]; seconds since the start */
static const char *line_fault(char **w, size_t n)
{
	struct device *d = n > 2 ? device_named(w[1]) : NULL;
	int kind = 0;
	size_t k = 3;

	if (!d)
		return "fault: there is no such device";
	while (kind < N_FAULTS && strcmp(fault_words[kind], w[2]) != 0)
		kind++;
	if (kind == N_FAULTS)
		return "fault kinds: silence delay loss garbage truncate wrong-id wrong-source "
		       "exception close trickle too-big wrong-unit";
	struct fault *f = must(calloc(1, sizeof(*f)));
	f->kind = (enum fault_kind)kind;
	f->to = 1e18;
	if (k < n && strcmp(w[k], "from") != 0 && strcmp(w[k], "to") != 0)
		f->arg = strtod(w[k++], NULL);
	for (; k + 1 < n; k += 2) {
		if (!strcmp(w[k], "from"))
			f->from = strtod(w[k + 1], NULL);
		else if (!strcmp(w[k], "to"))
			f->to = strtod(w[k + 1], NULL);
	}
	f->next = d->faults;
	d->faults = f;
	return NULL;
}

static const char *line_clear(char **w, size_t n)
{
	struct device *d = n == 2 ? device_named(w[1]) : NULL;

	if (!d)
		return "clear ADDRESS[/UNIT]";
	while (d->faults) {
		struct fault *f = d->faults;
		d->faults = f->next;
		free(f);
	}
	return NULL;
}

const char *scene_line(char *line)
{
	static char *w[WORDS_MAX];
	size_t n = 0;
	char *save = NULL;
	const char *why = NULL;

	line[strcspn(line, "#\r\n")] = '\0';
	for (char *t = strtok_r(line, " \t", &save); t && n < WORDS_MAX;
	     t = strtok_r(NULL, " \t", &save))
		w[n++] = t;
	if (n == 0)
		return NULL;
	if (!strcmp(w[0], "device"))
		return line_device(w, n);
	if (!strcmp(w[0], "gen"))
		return n < 4 || !gen_define(w[1], w + 2, n - 2, &why) ? (why ? why : "gen NAME ...")
								     : NULL;
	if (!strcmp(w[0], "set"))
		return line_set(w, n);
	if (!strcmp(w[0], "fault"))
		return line_fault(w, n);
	if (!strcmp(w[0], "clear"))
		return line_clear(w, n);
	return "lines begin with device, gen, set, fault or clear";
}

void scene_load(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL, *slash;
	size_t cap = 0;
	int number = 0;

	if (!in)
		die("%s: %s", path, strerror(errno));
	scene_dir = must(strdup(path));
	slash = strrchr(scene_dir, '/');
	if (slash)
		*slash = '\0';
	else
		scene_dir = must(strdup("."));
	while (getline(&line, &cap, in) >= 0) {
		number++;
		const char *why = scene_line(line);
		if (why)
			die("%s:%d: %s", path, number, why);
	}
	free(line);
	fclose(in);
}

void scene_ready(void)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct device *d = bucket[i]; d; d = d->next)
			if (d->n_overrides)
				qsort(d->overrides, d->n_overrides, sizeof(*d->overrides),
				      cmp_override);
}

const struct fault *fault_now(const struct device *d, enum fault_kind kind)
{
	if (!d->faults)
		return NULL;
	double t = now_s();
	for (const struct fault *f = d->faults; f; f = f->next)
		if (f->kind == kind && t >= f->from && t < f->to)
			return f;
	return NULL;
}

bool chance(double percent)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / 9007199254740992.0 * 100.0 < percent;
}
