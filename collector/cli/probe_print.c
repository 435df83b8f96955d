/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe's result as text, CSV or JSON. The raw number stands beside each value, and a
 * value has as many decimals as its scale can tell apart, neither more nor fewer.
 */
#include "cli/probe_print.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/probe_plan.h"
#include "cli/rule_print.h"
#include "decode/decode.h"
#include "transport/plan.h"

#define NAMES_MAX 1024 /* of the flags of one reading */

/* ---- values as text ------------------------------------------------------ */

static int decimals_of_ratio(int64_t mul, int64_t div)
{
	int n = 0;

	/* as many as tell one raw step from the next; exact where the scale is decimal */
	for (double step = (double)mul / (double)div; n < 9; n++, step *= 10) {
		if (fabs(step - round(step)) < 1e-9 * fabs(step) && fabs(step) >= 1)
			break;
	}
	if (n == 9) {
		n = 0;
		for (double step = fabs((double)mul / (double)div); n < 9 && step < 1; step *= 10)
			n++;
	}
	return n;
}

static int decimals_of(const struct scale *scale)
{
	int n = decimals_of_ratio(scale->mul, scale->div), m = 0;

	for (double add = scale->add; m < 6 && fabs(add - round(add)) > 1e-9; add *= 10)
		m++;
	return n > m ? n : m;
}

static const char *value_text(const struct point_def *point, const struct reading *r, char *buf,
			      size_t size)
{
	struct scale scale = decode_storage_scale(point);

	snprintf(buf, size, "%.*f", decimals_of(&scale), scale_value(&scale, r->raw));
	return buf;
}

/* Does the reading say something by names? */
static bool is_named(const struct point_def *point, const struct reading *r)
{
	return r->cause == CAUSE_NONE && profile_point_is_named(point->src);
}

/* The name of a state, those of the flags that are set; "" when there are none. */
static const char *words(const struct point_def *point, const struct reading *r, char *buf,
			 size_t size)
{
	buf[0] = '\0';
	return is_named(point, r) ? profile_point_words(point->src, r->raw, buf, size) : buf;
}

/* "" for numbers. */
static const char *severity_of(const struct point_def *point, const struct reading *r)
{
	return is_named(point, r) ? severity_name(profile_point_severity(point->src, r->raw)) : "";
}

static const char *raw_text(const struct reading *r, char *buf, size_t size)
{
	if (r->cause == CAUSE_NONE)
		snprintf(buf, size, "%" PRId64, r->raw);
	else
		buf[0] = '\0';
	return buf;
}

/* How the profile was found, for a person. */
static void rule_text(const struct probe_result *r, char *buf, size_t size)
{
	if (!r->rule)
		snprintf(buf, size, "named on the command line");
	else
		rule_print(r->rule, r->profile->standard > 0, buf, size);
}

/* ---- formats ------------------------------------------------------------- */

static int width(int so_far, const char *text)
{
	int n = (int)strlen(text);

	return n > so_far ? n : so_far;
}

/* The others behind the address: which endpoints they are. */
static void print_chain(const char *endpoint, const struct chain *chain)
{
	if (!chain_is(chain))
		return;
	printf("chain     ");
	for (size_t i = 0; i < chain->n; i++)
		printf("%s%.*s#%u", i ? ", " : "", (int)strcspn(endpoint, "#"), endpoint,
		       chain->members[i]);
	printf("%s\n", strchr(endpoint, '#') ? "" : "; without # the first is read");
}

static void print_text(const char *endpoint, const struct probe_result *r)
{
	int w_part = 4, w_label = 5, w_quantity = 8, w_raw = 3, w_value = 5;
	char rule[512], raw[32], value[48], names[NAMES_MAX];
	size_t present = 0;

	rule_text(r, rule, sizeof(rule));
	printf("endpoint  %s\nfamily    %s (%s)\nrule      %s\n", endpoint, r->profile->name,
	       r->profile->title ? r->profile->title : "", rule);
	if (r->rival)
		printf("doubt     a rule of %s says as much: look which one is right\n",
		       r->rival->name);
	print_chain(endpoint, &r->chain);
	for (size_t i = 0; i < r->n_facts; i++)
		printf("%-9s %s\n", r->facts[i].key, r->facts[i].text);
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];

		w_part = width(w_part, p->part);
		w_label = width(w_label, p->label);
		w_quantity = width(w_quantity, p->src->quantity->name);
		w_raw = width(w_raw, raw_text(&r->readings[i], raw, sizeof(raw)));
		if (r->readings[i].cause == CAUSE_NONE)
			w_value = width(w_value, value_text(p, &r->readings[i], value,
							    sizeof(value)));
	}
	printf("\n%5s  %-*s  %-*s  %-*s  %*s  %*s  %s\n", "point", w_part, "part", w_label, "label",
	       w_quantity, "quantity", w_raw, "raw", w_value, "value", "unit");
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];
		const struct reading *x = &r->readings[i];
		const char *state = words(p, x, names, sizeof(names)), *bad = severity_of(p, x);
		bool told = *bad && strcmp(bad, severity_name(SEVERITY_OK)) != 0;

		printf("%5zu  %-*s  %-*s  %-*s  %*s  ", i + 1, w_part, p->part, w_label, p->label,
		       w_quantity, p->src->quantity->name, w_raw, raw_text(x, raw, sizeof(raw)));
		if (x->cause == CAUSE_NONE) {
			present++;
			printf("%*s  %s%s%s%s\n", w_value,
			       value_text(p, x, value, sizeof(value)),
			       *state ? state : p->src->quantity->unit, told ? "  [" : "",
			       told ? bad : "", told ? "]" : "");
		} else {
			printf("%*s  (%s)\n", w_value, "-", cause_text(x->cause));
		}
	}
	printf("\n%zu of %zu points present; read with %zu requests\n", present,
	       r->expansion->n_points, r->plan->n_requests);
	probe_plan_print(r);
}

/* A spreadsheet runs cells that begin with these; labels come from the device. */
static void csv_cell(const char *text, bool number)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL;

	if (!number && *text && strchr("=+-@", *text)) {
		printf("\"'");
		quote = true;
	} else if (quote) {
		putchar('"');
	}
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	if (quote)
		putchar('"');
}

static void print_csv(const struct probe_result *r)
{
	char raw[32], value[48], names[NAMES_MAX];

	printf("point,part,label,quantity,raw,value,unit,state,cause,severity\n");
	for (size_t i = 0; i < r->expansion->n_points; i++) {
		const struct point_def *p = &r->expansion->points[i];
		const struct reading *x = &r->readings[i];
		bool present = x->cause == CAUSE_NONE;

		printf("%zu,", i + 1);
		csv_cell(p->part, false);
		putchar(',');
		csv_cell(p->label, false);
		printf(",%s,%s,%s,", p->src->quantity->name, raw_text(x, raw, sizeof(raw)),
		       present ? value_text(p, x, value, sizeof(value)) : "");
		csv_cell(p->src->quantity->unit, false);
		putchar(',');
		csv_cell(words(p, x, names, sizeof(names)), false);
		putchar(',');
		csv_cell(present ? "" : cause_text(x->cause), false);
		printf(",%s\n", severity_of(p, x));
	}
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *point_json(const struct point_def *p, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	char value[48], where[256], names[NAMES_MAX];

	add_text(o, "part", p->part);
	add_text(o, "label", p->label);
	add_text(o, "quantity", p->src->quantity->name);
	add_text(o, "unit", p->src->quantity->unit);
	if (p->oid.n > 0) {
		add_text(o, "oid", oid_format(&p->oid, where, sizeof(where)));
	} else {
		snprintf(where, sizeof(where), "%s:%u", p->src->function == 4 ? "input" : "holding",
			 p->src->address);
		add_text(o, "register", where);
	}
	add_text(o, "source", p->src->source);
	if (r->cause == CAUSE_NONE) {
		struct scale scale = decode_storage_scale(p);

		json_object_object_add(o, "raw", json_object_new_int64(r->raw));
		json_object_object_add(o, "value", json_object_new_double_s(
			scale_value(&scale, r->raw), value_text(p, r, value, sizeof(value))));
		if (*words(p, r, names, sizeof(names)))
			add_text(o, "state", names);
		if (is_named(p, r))
			add_text(o, "severity", severity_of(p, r));
	} else {
		json_object_object_add(o, "raw", NULL);
		json_object_object_add(o, "value", NULL);
		add_text(o, "cause", cause_text(r->cause));
	}
	return o;
}

static void print_json(const char *endpoint, const struct probe_result *r)
{
	struct json_object *o = json_object_new_object(), *facts = json_object_new_object();
	struct json_object *points = json_object_new_array(), *members = json_object_new_array();
	char rule[512];

	rule_text(r, rule, sizeof(rule));
	add_text(o, "endpoint", endpoint);
	add_text(o, "profile", r->profile->name);
	add_text(o, "rule", rule);
	if (r->rival)
		add_text(o, "rival", r->rival->name);
	for (size_t i = 0; chain_is(&r->chain) && i < r->chain.n; i++)
		json_object_array_add(members, json_object_new_int64(r->chain.members[i]));
	if (chain_is(&r->chain))
		json_object_object_add(o, "members", members);
	else
		json_object_put(members);
	for (size_t i = 0; i < r->n_facts; i++)
		add_text(facts, r->facts[i].key, r->facts[i].text);
	json_object_object_add(o, "facts", facts);
	for (size_t i = 0; i < r->expansion->n_points; i++)
		json_object_array_add(points, point_json(&r->expansion->points[i],
							 &r->readings[i]));
	json_object_object_add(o, "points", points);
	json_object_object_add(o, "requests", json_object_new_int64((int64_t)r->plan->n_requests));
	json_object_object_add(o, "plan", probe_plan_json(r));
	printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

void probe_print(enum probe_format format, const char *endpoint, const struct probe_result *r)
{
	switch (format) {
	case PROBE_TEXT:
		print_text(endpoint, r);
		break;
	case PROBE_CSV:
		print_csv(r);
		break;
	case PROBE_JSON:
		print_json(endpoint, r);
		break;
	}
}
