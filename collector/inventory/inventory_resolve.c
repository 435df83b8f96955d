/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows hold at an instant, and what they point at. Of a name the row with the
 * greatest valid_from that has come holds (that no two are equal is config/'s to see);
 * a row with `was` takes the former name's place from its date on, and references by
 * the former name follow.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/inventory_build.h"

struct id { /* what every dated row has */
	const struct cfg_src *src;
	const char *key, *was;
	int64_t from;
};

static struct id rack_id(const struct config *c, size_t i)
{
	const struct cfg_rack *r = &c->racks[i];

	return (struct id){ &r->src, r->rack, r->was, r->valid_from };
}

static struct id circuit_id(const struct config *c, size_t i)
{
	const struct cfg_circuit *r = &c->circuits[i];

	return (struct id){ &r->src, r->circuit, r->was, r->valid_from };
}

static struct id device_id(const struct config *c, size_t i)
{
	const struct cfg_device *r = &c->devices[i];

	return (struct id){ &r->src, r->device, r->was, r->valid_from };
}

typedef struct id row_id(const struct config *c, size_t i);

/* Former names: first claim wins, a second one at the same time is an error. */
static void collect_former(struct inventory_build *b, struct names *names, row_id *row, size_t n,
			   int64_t at)
{
	for (size_t i = 0; i < n; i++) {
		struct id id = row(b->config, i);
		size_t first;

		if (!*id.was || id.from > at)
			continue;
		if (!strcmp(id.was, id.key)) {
			diag_row(b->diag, DIAG_ERROR, id.src,
				 "%s %s: `was` holds its own name: write its former one, or leave "
				 "it empty",
				 names->what, id.key);
			continue;
		}
		if (!lookup_put(&names->former, id.was, 0, i, &first)) {
			struct id other = row(b->config, first);

			if (strcmp(other.key, id.key))
				diag_row(b->diag, DIAG_ERROR, id.src,
					 "%s %s and %s (%s:%d) both claim to have been %s: only "
					 "one of them can keep its history",
					 names->what, id.key, other.key, other.src->file,
					 other.src->line, id.was);
		}
	}
}

static void resolve(struct inventory_build *b, struct names *names, row_id *row, size_t n)
{
	int64_t at = b->all->inv.at;
	struct lookup best = { 0 };

	for (size_t i = 0; i < n; i++)
		lookup_put(&names->any, row(b->config, i).key, 0, i, NULL);
	collect_former(b, names, row, n, at);

	for (size_t i = 0; i < n; i++) {
		struct id id = row(b->config, i);
		size_t old;

		if (id.from > at)
			continue;
		if (!lookup_put(&best, id.key, 0, i, &old) && row(b->config, old).from < id.from)
			lookup_set(&best, id.key, 0, i);
	}

	names->rows = xcalloc(n ? n : 1, sizeof(*names->rows));
	for (size_t i = 0; i < n; i++) {
		struct id id = row(b->config, i);
		size_t chosen, renamed;

		if (!lookup_get(&best, id.key, 0, &chosen) || chosen != i)
			continue;
		/* a row that is older than the renaming speaks of what has another name now */
		if (lookup_get(&names->former, id.key, 0, &renamed) &&
		    id.from <= row(b->config, renamed).from &&
		    strcmp(row(b->config, renamed).key, id.key))
			continue;
		names->rows[names->n_rows] = i;
		lookup_put(&names->in_force, id.key, 0, names->n_rows++, NULL);
	}

	/* references by a former name; a chain of renames is followed a bounded way */
	for (size_t i = 0; i < n; i++) {
		struct id id = row(b->config, i);
		const char *key = id.key;
		size_t target, renamed;

		if (!*id.was || id.from > at)
			continue;
		for (int hops = 0; hops < 32 && !lookup_get(&names->in_force, key, 0, &target) &&
				   lookup_get(&names->former, key, 0, &renamed);
		     hops++)
			key = row(b->config, renamed).key;
		if (lookup_get(&names->in_force, key, 0, &target))
			lookup_put(&names->in_force, id.was, 0, target, NULL);
	}
	lookup_done(&best);
}

void build_names(struct inventory_build *b)
{
	const struct config *c = b->config;

	resolve(b, &b->all->racks, rack_id, c->n_racks);
	resolve(b, &b->all->circuits, circuit_id, c->n_circuits);
	resolve(b, &b->all->devices, device_id, c->n_devices);
	for (size_t i = 0; i < c->n_racks; i++)
		lookup_put(&b->halls, c->racks[i].hall, 0, i, NULL);
	for (size_t i = 0; i < c->n_circuits; i++)
		lookup_put(&b->halls, c->circuits[i].hall, 0, i, NULL);
}

ptrdiff_t build_find(const struct names *names, const char *name)
{
	size_t i;

	return *name && lookup_get(&names->in_force, name, 0, &i) ? (ptrdiff_t)i : -1;
}

void build_racks(struct inventory_build *b)
{
	struct inventory *inv = &b->all->inv;
	const struct names *names = &b->all->racks;
	size_t n_feeds = 0, next = 0;

	inv->n_racks = names->n_rows;
	inv->racks = xcalloc(inv->n_racks ? inv->n_racks : 1, sizeof(*inv->racks));
	for (size_t i = 0; i < inv->n_racks; i++)
		n_feeds += b->config->racks[names->rows[i]].feeds.n;
	b->all->feeds = xcalloc(n_feeds ? n_feeds : 1, sizeof(*b->all->feeds));

	for (size_t i = 0; i < inv->n_racks; i++) {
		struct inv_rack *r = &inv->racks[i];

		r->cfg = &b->config->racks[names->rows[i]];
		r->feeds = &b->all->feeds[next];
		for (size_t f = 0; f < r->cfg->feeds.n; f++) {
			ptrdiff_t c = build_find(&b->all->circuits, r->cfg->feeds.name[f]);
			size_t k = 0;

			while (c >= 0 && k < r->n_feeds && r->feeds[k] != (size_t)c)
				k++;
			/* twice only through a former name: config/ refuses equal ones */
			if (c >= 0 && k == r->n_feeds)
				r->feeds[r->n_feeds++] = (size_t)c;
		}
		next += r->n_feeds;
	}
}

/* "X", "X+Y", "X>Y": one kind of sign, at most four names. Unknown names are told by check_names.
 */
static void parse_fed_by(struct inventory_build *b, struct inv_circuit *circuit)
{
	const struct cfg_circuit *cfg = circuit->cfg;
	const char *p = cfg->fed_by;
	bool parallel = strchr(p, '+'), transfer = strchr(p, '>');
	const size_t max = sizeof(circuit->fed_by) / sizeof(circuit->fed_by[0]);
	size_t seen = 0;

	if (!*p)
		return;
	if (parallel && transfer) {
		diag_row(b->diag, DIAG_ERROR, &cfg->src,
			 "circuit %s: fed_by \"%s\" mixes + and >: write X+Y for sources in "
			 "parallel or X>Y for a transfer switch, and put a circuit of its own in "
			 "between for both",
			 cfg->circuit, p);
		return;
	}
	for (;;) {
		size_t n = strcspn(p, "+>");
		char *name = xasprintf("%.*s", (int)n, p);
		const char *trimmed = text_trim(name);
		ptrdiff_t c = build_find(&b->all->circuits, trimmed);

		if (!*trimmed) {
			diag_row(b->diag, DIAG_ERROR, &cfg->src,
				 "circuit %s: fed_by \"%s\" lacks a name beside its sign: write it "
				 "like UPS-A>UPS-R",
				 cfg->circuit, cfg->fed_by);
		} else if (seen == max) {
			diag_row(b->diag, DIAG_ERROR, &cfg->src,
				 "circuit %s: fed_by \"%s\" names more than %zu sources: put a "
				 "circuit in between",
				 cfg->circuit, cfg->fed_by, max);
			free(name);
			return;
		} else if (c >= 0) {
			for (size_t k = 0; k < circuit->n_fed_by; k++)
				if (circuit->fed_by[k].circuit == (size_t)c)
					diag_row(b->diag, DIAG_ERROR, &cfg->src,
						 "circuit %s: fed_by \"%s\" names %s twice",
						 cfg->circuit, cfg->fed_by, trimmed);
			circuit->fed_by[circuit->n_fed_by].circuit = (size_t)c;
			circuit->fed_by[circuit->n_fed_by++].transfer = transfer && seen > 0;
		}
		free(name);
		seen++;
		if (!p[n])
			return;
		p += n + 1;
	}
}

void build_circuits(struct inventory_build *b)
{
	struct inventory *inv = &b->all->inv;
	const struct names *names = &b->all->circuits;

	inv->n_circuits = names->n_rows;
	inv->circuits = xcalloc(inv->n_circuits ? inv->n_circuits : 1, sizeof(*inv->circuits));
	for (size_t i = 0; i < inv->n_circuits; i++) {
		inv->circuits[i].cfg = &b->config->circuits[names->rows[i]];
		parse_fed_by(b, &inv->circuits[i]);
	}
}

struct visit { /* a circuit on the way up, and which of its sources is next */
	size_t circuit, next;
};

/* The names from the circuit that closes the loop round to itself. */
static void report_cycle(struct inventory_build *b, const struct visit *stack, size_t depth,
			 size_t closing)
{
	const struct inv_circuit *circuits = b->all->inv.circuits;
	char *way = xstrdup(circuits[closing].cfg->circuit);
	size_t shown = 0, hidden = 0;

	for (size_t i = depth; i-- > 0;) {
		size_t c = stack[i].circuit;
		char *longer;

		if (c == closing || shown < 8) {
			longer = hidden ? xasprintf("%s > (%zu more) > %s",
						    circuits[c].cfg->circuit, hidden, way)
					: xasprintf("%s > %s", circuits[c].cfg->circuit, way);
			free(way);
			way = longer;
			hidden = 0;
			shown++;
		} else {
			hidden++;
		}
		if (c == closing)
			break;
	}

	/* the stack climbs from a circuit to its source, so the text reads "is fed by" */
	diag_row(b->diag, DIAG_ERROR, &circuits[stack[depth - 1].circuit].cfg->src,
		 "circuits feed each other in a ring: %s (each is fed by the next): correct fed_by "
		 "of one of them",
		 way);
	free(way);
}

void build_order(struct inventory_build *b)
{
	struct inventory *inv = &b->all->inv;
	enum { NEW, OPEN, DONE };
	unsigned char *state = xcalloc(inv->n_circuits + 1, 1);
	struct visit *stack = xcalloc(inv->n_circuits + 1, sizeof(*stack));
	size_t n_order = 0;

	b->order = xcalloc(inv->n_circuits + 1, sizeof(*b->order));
	for (size_t start = 0; start < inv->n_circuits; start++) {
		size_t depth = 0;

		if (state[start] != NEW)
			continue;
		stack[depth++] = (struct visit){ start, 0 };
		state[start] = OPEN;
		while (depth) {
			struct visit *v = &stack[depth - 1];
			struct inv_circuit *c = &inv->circuits[v->circuit];

			if (v->next == c->n_fed_by) {
				state[v->circuit] = DONE;
				b->order[n_order++] = v->circuit;
				depth--;
				continue;
			}

			size_t up = c->fed_by[v->next].circuit;

			if (state[up] == OPEN) { /* cut, so that the other checks can go on */
				report_cycle(b, stack, depth, up);
				c->n_fed_by--;
				memmove(&c->fed_by[v->next], &c->fed_by[v->next + 1],
					(c->n_fed_by - v->next) * sizeof(c->fed_by[0]));
				continue;
			}
			v->next++;
			if (state[up] == NEW) {
				state[up] = OPEN;
				stack[depth++] = (struct visit){ up, 0 };
			}
		}
	}
	free(state);
	free(stack);
}

static int by_device_and_part(const void *a, const void *b, void *user)
{
	const struct names *devices = user;
	const struct cfg_channel *x = *(const struct cfg_channel *const *)a;
	const struct cfg_channel *y = *(const struct cfg_channel *const *)b;
	ptrdiff_t dx = build_find(devices, x->device), dy = build_find(devices, y->device);
	int order = dx == dy ? strcmp(x->part, y->part) : dx < dy ? -1 : 1;

	if (order == 0) /* the latest first */
		order = x->valid_from == y->valid_from ? 0 : x->valid_from > y->valid_from ? -1 : 1;
	return order;
}

/* Hands each device its channel rows in force, ordered by part. */
static void build_channels(struct inventory_build *b)
{
	const struct config *c = b->config;
	struct inventory *inv = &b->all->inv;
	struct names *devices = &b->all->devices;
	const struct cfg_channel **rows = xcalloc(c->n_channels + 1, sizeof(*rows));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < c->n_channels; i++)
		if (c->channels[i].valid_from <= inv->at &&
		    build_find(devices, c->channels[i].device) >= 0)
			rows[n++] = &c->channels[i];
	qsort_r(rows, n, sizeof(*rows), by_device_and_part, devices);
	b->all->channels = rows;
	for (size_t i = 0; i < n; i++) {
		size_t d = (size_t)build_find(devices, rows[i]->device);
		struct inv_device *device = &inv->devices[d];

		if (device->n_channels &&
		    !strcmp(device->channels[device->n_channels - 1]->part, rows[i]->part))
			continue;
		rows[kept] = rows[i];
		if (!device->n_channels)
			device->channels = &rows[kept];
		device->n_channels++;
		kept++;
	}
}

void build_devices(struct inventory_build *b)
{
	const struct config *c = b->config;
	struct inventory *inv = &b->all->inv;
	const struct names *names = &b->all->devices;
	struct lookup credentials = { 0 };

	for (size_t i = 0; i < c->n_credentials; i++)
		lookup_put(&credentials, c->credentials[i].name, 0, i, NULL);
	inv->n_devices = names->n_rows;
	inv->devices = xcalloc(inv->n_devices ? inv->n_devices : 1, sizeof(*inv->devices));
	for (size_t i = 0; i < inv->n_devices; i++) {
		struct inv_device *d = &inv->devices[i];
		struct err err;
		size_t k;

		d->cfg = &c->devices[names->rows[i]];
		/* what does not parse or is unknown was told by check_names */
		(void)endpoint_parse(d->cfg->endpoint, &d->endpoint, &err);
		d->profile =
			*d->cfg->profile ? profile_set_get(b->profiles, d->cfg->profile) : NULL;
		d->endpoint.close = d->profile && d->profile->close;
		if (*d->cfg->credential && lookup_get(&credentials, d->cfg->credential, 0, &k))
			d->credential = &c->credentials[k];
		d->every_s = d->cfg->every_s ? d->cfg->every_s : c->settings.every_s;
		d->rack = build_find(&b->all->racks, d->cfg->rack);
		d->circuit = build_find(&b->all->circuits, d->cfg->circuit);
	}
	lookup_done(&credentials);
	build_channels(b);
}
