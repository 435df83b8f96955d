/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of rackmeter.yaml's keys and its interpreter. One level of sections
 * ("limits.warn") is all there is; boundary and carriers have a shape of their own.
 */
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/zone.h"
#include "config/column.h"
#include "config/file.h"
#include "config/listen.h"

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
const struct setting settings_table[] = {
	{ "site", SETTING_TEXT, AT(site), 0, 0, NULL, "", "name of the site, in every report" },
	{ "zone", SETTING_TEXT, AT(zone), 0, 0, NULL, "", "IANA time zone of the site" },
	{ "database", SETTING_PATH, AT(database), 0, 0, RACKMETER_STATEDIR "/rackmeter.db", "",
	  "the database file" },
	{ "credentials", SETTING_TEXT, AT(credentials_file), 0, 0, "", "",
	  "file with SNMP communities; only its owner may read it" },
	{ "profiles", SETTING_DIRS, AT(profile_dirs), 0, 0, "", "",
	  "folders with own device profiles, searched first" },
	{ "intervals.default", SETTING_STEP, AT(every_s), 1, 86400, "10s", "s",
	  "how often a device is polled" },
	{ "intervals.group", SETTING_STEP, AT(group_every_s), 1, 86400, "10s", "s",
	  "how often sums over racks, feeds and the site are computed" },
	{ "intervals.health", SETTING_STEP, AT(health_every_s), 1, 86400, "5m", "s",
	  "how often each device's latency and success are stored" },
	{ "polling.timeout", SETTING_MS, AT(timeout_ms), 100, 60000, "3s", "ms",
	  "highest timeout of a request" },
	{ "polling.in_flight", SETTING_INT, AT(max_in_flight), 1, 100000, "2000", "",
	  "requests in flight over all devices" },
	{ "polling.per_subnet", SETTING_INT, AT(max_per_subnet), 1, 100000, "256", "",
	  "requests in flight into one IPv4 /24 or IPv6 /64" },
	{ "polling.queue", SETTING_INT, AT(queue_rows), 100, 100000000, "100000", "rows",
	  "bound of the queue to the database" },
	{ "retention.raw", SETTING_SECONDS, AT(keep_raw_s), 0, 2e9, "62d", "s",
	  "how long every sample is kept; 0: for ever" },
	{ "retention.dense_after", SETTING_SECONDS, AT(dense_after_s), 0, 2e9, "7d", "s",
	  "age from which samples take a third less space, and SQL longer; 0: never" },
	{ "retention.five_minutes", SETTING_SECONDS, AT(keep_5m_s), 0, 2e9, "425d", "s",
	  "how long means of five minutes are kept; 0: for ever" },
	{ "retention.hourly", SETTING_SECONDS, AT(keep_1h_s), 0, 2e9, "3650d", "s",
	  "how long means, bounds and registers of hours are kept; 0: for ever" },
	{ "listen.metrics", SETTING_LISTEN, AT(listen_metrics), 0, 0, "", "",
	  "address and port of the metrics for Prometheus; off when left out" },
	{ "limits.warn", SETTING_NUMBER, AT(limit_warn), 0.01, 1, "0.90", "",
	  "warn above this part of a budget or derated rating" },
	{ "limits.hold", SETTING_SECONDS, AT(hold_s), 0, 86400, "5m", "s",
	  "how long a limit is passed before it is said, an alarm over before it ends" },
	{ "limits.clear", SETTING_NUMBER, AT(limit_clear), 0, 0.5, "0.03", "",
	  "how far below the limit it is over" },
	{ "money.currency", SETTING_NAME, AT(currency), 0, 0, "USD", "", "currency of prices" },
	{ "money.price_per_kw", SETTING_NUMBER, AT(price_per_kw), 0, 1e9, "", "per kW",
	  "what a kW of capacity cost to build" },
};
/* clang-format on */
const size_t settings_table_n = sizeof(settings_table) / sizeof(settings_table[0]);

struct reading_at {
	const struct yamldoc *doc; /* NULL: a default */
	ynode node;
	const struct setting *setting;
	const char *dir;
	struct diag *diag;
};

#define PROBLEM(at, ...) yamldoc_error((at)->doc, (at)->node, (at)->diag, __VA_ARGS__)

static int read_number(const struct reading_at *at, const char *text, double *ret)
{
	const struct setting *s = at->setting;

	if (text_to_double(text, ret) < 0) {
		PROBLEM(at, "%s: '%s' is not a number; write one such as %s", s->key, text,
			s->standard && *s->standard ? s->standard : "50000");
		return -1;
	}
	if (*ret < s->min || *ret > s->max) {
		PROBLEM(at, "%s: %s is out of range; write %.10g to %.10g", s->key, text, s->min,
			s->max);
		return -1;
	}
	return 0;
}

/* Seconds, or milliseconds for SETTING_MS. */
static int read_duration(const struct reading_at *at, const char *text, int *ret)
{
	const struct setting *s = at->setting;
	int64_t v = 0;
	int result = s->type == SETTING_MS ? text_to_ms(text, &v) : text_to_seconds(text, &v);

	if (result < 0) {
		PROBLEM(at, "%s: '%s' is not a duration; write it like %s", s->key, text,
			s->standard);
		return -1;
	}
	if ((double)v < s->min || (double)v > s->max) {
		PROBLEM(at, "%s: %s is out of range; write %.10g to %.10g %s", s->key, text, s->min,
			s->max, s->unit);
		return -1;
	}
	if (s->type == SETTING_STEP && !step_ok(v)) {
		PROBLEM(at, "%s: '%s' does not fit into an hour; " STEP_RULE, s->key, text);
		return -1;
	}
	*ret = (int)v;
	return 0;
}

static int read_int(const struct reading_at *at, const char *text, int *ret)
{
	double v;

	if (read_number(at, text, &v) < 0)
		return -1;
	if (v != (double)(int)v) {
		PROBLEM(at, "%s: %s is not a whole number", at->setting->key, text);
		return -1;
	}
	*ret = (int)v;
	return 0;
}

/* Numeric: what listens must not depend on what a name server says that day. */
static int read_listen(const struct reading_at *at, const char *text, char **ret)
{
	struct sockaddr_storage address;
	struct err err;

	if (*text && listen_parse(text, &address, &err) < 0) {
		PROBLEM(at, "%s: %s", at->setting->key, err.text);
		return -1;
	}
	*ret = xstrdup(text);
	return 0;
}

/* A folder that is not there is a warning: its profiles may be brought later. */
static char *read_dir(const struct reading_at *at, ynode item, const char *text)
{
	char *path = file_below(at->dir, text);
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		diag_add(at->diag, DIAG_WARNING, yamldoc_name(at->doc), ynode_line(at->doc, item),
			 ynode_column(at->doc, item),
			 "%s: '%s' is not a folder; make it or remove it here", at->setting->key,
			 path);
	return path;
}

static int read_dirs(const struct reading_at *at, struct cfg_names *ret)
{
	size_t n = ylist_size(at->doc, at->node);

	if (!ynode_is_list(at->doc, at->node)) {
		PROBLEM(at, "%s: must be a list; write [FOLDER]", at->setting->key);
		return -1;
	}
	ret->name = xcalloc(n, sizeof(*ret->name));
	for (size_t i = 0; i < n; i++) {
		ynode item = ylist_item(at->doc, at->node, i);
		const char *text = ynode_text(at->doc, item);
		if (!text || !*text)
			yamldoc_error(at->doc, item, at->diag, "%s: must be a list of folders",
				      at->setting->key);
		else
			ret->name[ret->n++] = read_dir(at, item, text);
	}
	return 0;
}

/* Reads one value, of the file or the default. */
static int read_value(const struct reading_at *at, const char *text, void *to)
{
	switch (at->setting->type) {
	case SETTING_NAME:
		if (strpbrk(text, " \t\r\n")) {
			PROBLEM(at, "%s: '%s' has a blank in it", at->setting->key, text);
			return -1;
		}
		*(char **)to = xstrdup(text);
		return 0;
	case SETTING_TEXT: *(char **)to = xstrdup(text); return 0;
	case SETTING_PATH: *(char **)to = file_below(at->dir, text); return 0;
	case SETTING_LISTEN: return read_listen(at, text, to);
	case SETTING_STEP:
	case SETTING_SECONDS:
	case SETTING_MS: return read_duration(at, text, to);
	case SETTING_INT: return read_int(at, text, to);
	case SETTING_NUMBER: return read_number(at, text, to);
	case SETTING_DIRS: break;
	}
	return -1;
}

static void use_default(struct reading_at at, void *to)
{
	const char *standard = at.setting->standard ? at.setting->standard : "";

	at.doc = NULL;
	if (at.setting->type == SETTING_DIRS)
		return;
	if (at.setting->type == SETTING_NUMBER && !*standard) {
		*(double *)to = NAN;
		return;
	}
	if (read_value(&at, standard, to) < 0)
		abort(); /* a default of the table is wrong */
}

/* The node of "limits.warn". */
static ynode find(const struct yamldoc *doc, const char *key)
{
	const char *dot = strchr(key, '.');
	ynode root = yamldoc_root(doc);

	if (!dot)
		return ymap_get(doc, root, key);
	char *section = xasprintf("%.*s", (int)(dot - key), key);
	ynode node = ymap_get(doc, ymap_get(doc, root, section), dot + 1);
	free(section);
	return node;
}

static void read_setting(const struct yamldoc *doc, const struct setting *setting, const char *dir,
			 struct settings *ret, struct diag *diag)
{
	struct reading_at at = { .doc = doc, .setting = setting, .dir = dir, .diag = diag };
	void *to = (char *)ret + setting->offset;
	const char *text;

	at.node = doc ? find(doc, setting->key) : 0;
	text = at.node ? ynode_text(doc, at.node) : NULL;
	if (!at.node) {
		if (doc && !setting->standard)
			diag_add(diag, DIAG_ERROR, yamldoc_name(doc), 0, 0,
				 "'%s' is missing; add it (%s)", setting->key, setting->help);
	} else if (setting->type == SETTING_DIRS) {
		if (read_dirs(&at, to) == 0)
			return;
	} else if (!text) {
		PROBLEM(&at, "%s: must be one value, not a list or a map", setting->key);
	} else if (!*text) {
		PROBLEM(&at, "%s: is empty; write %s, or remove the key", setting->key,
			setting->help);
	} else if (read_value(&at, text, to) == 0) {
		return;
	}
	use_default(at, to);
}

/* ---- which keys there may be ---------------------------------------------- */

/* The words of the table below section ("" for the top), each once. */
static size_t words_of(const char *section, const char **ret, char buf[][32], size_t max)
{
	size_t n = 0, n_section = strlen(section);

	for (size_t i = 0; i < settings_table_n; i++) {
		const char *key = settings_table[i].key;
		if (n_section && (strncmp(key, section, n_section) != 0 || key[n_section] != '.'))
			continue;
		const char *word = n_section ? key + n_section + 1 : key;
		snprintf(buf[n], sizeof(buf[n]), "%.*s", (int)strcspn(word, "."), word);
		bool seen = false;
		for (size_t k = 0; k < n && !seen; k++)
			seen = strcmp(buf[k], buf[n]) == 0;
		if (!seen && n + 1 < max) {
			ret[n] = buf[n];
			n++;
		}
	}
	return n;
}

static void check_keys(const struct yamldoc *doc, struct diag *diag)
{
	const char *top[32], *inner[32];
	char top_buf[32][32], inner_buf[32][32];
	size_t n = words_of("", top, top_buf, 28);
	size_t n_table = n;

	top[n++] = "version";
	top[n++] = "boundary";
	top[n++] = "carriers";
	ymap_check_keys(doc, yamldoc_root(doc), top, n, diag);
	for (size_t i = 0; i < n_table; i++) {
		ynode node = ymap_get(doc, yamldoc_root(doc), top[i]);
		size_t n_inner = words_of(top[i], inner, inner_buf, 32);
		if (!node || n_inner == 0)
			continue;
		if (ynode_is_map(doc, node))
			ymap_check_keys(doc, node, inner, n_inner, diag);
		else
			yamldoc_error(doc, node, diag,
				      "%s: must be a map; write its keys below it, such as %s",
				      top[i], inner[0]);
	}
}

static void check_version(const struct yamldoc *doc, struct diag *diag)
{
	ynode node = ymap_get(doc, yamldoc_root(doc), "version");
	const char *text = ynode_text(doc, node);

	if (!node)
		diag_add(diag, DIAG_ERROR, yamldoc_name(doc), 1, 0,
			 "'version' is missing; add 'version: 1'");
	else if (!text || strcmp(text, "1") != 0)
		yamldoc_error(doc, node, diag,
			      "version: this rackmeter reads version 1 only; write 1, or install "
			      "the rackmeter that the file was written for");
}

/* Without a good zone the dates of the tables are read as UTC: they may be wrong as well. */
static void use_zone(const struct yamldoc *doc, const struct settings *settings, struct diag *diag)
{
	struct err err;

	if (*settings->zone && zone_use(settings->zone, &err) == 0)
		return;
	if (*settings->zone)
		yamldoc_error(doc, ymap_get(doc, yamldoc_root(doc), "zone"), diag, "zone: %s",
			      err.text);
	zone_use("UTC", &err); /* always known */
}

void settings_read(const struct yamldoc *doc, const char *dir, struct settings *ret,
		   struct diag *diag)
{
	bool map = doc && ynode_is_map(doc, yamldoc_root(doc));

	if (doc && !map)
		yamldoc_error(doc, yamldoc_root(doc), diag,
			      "is not a map of keys; begin with 'version: 1'");
	ret->file_line = doc ? ynode_line(doc, yamldoc_root(doc)) : 0;
	if (map) {
		check_keys(doc, diag);
		check_version(doc, diag);
	}
	for (size_t i = 0; i < settings_table_n; i++)
		read_setting(map ? doc : NULL, &settings_table[i], dir, ret, diag);
	use_zone(doc, ret, diag);
	if (map) {
		boundary_read(doc, ymap_get(doc, yamldoc_root(doc), "boundary"), ret, diag);
		carriers_read(doc, ymap_get(doc, yamldoc_root(doc), "carriers"), ret, diag);
	}
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < settings_table_n; i++) {
		void *from = (char *)settings + settings_table[i].offset;
		switch (settings_table[i].type) {
		case SETTING_TEXT:
		case SETTING_NAME:
		case SETTING_LISTEN:
		case SETTING_PATH: free(*(char **)from); break;
		case SETTING_DIRS: {
			struct cfg_names *names = from;
			for (size_t k = 0; k < names->n; k++)
				free(names->name[k]);
			free(names->name);
			break;
		}
		case SETTING_STEP:
		case SETTING_SECONDS:
		case SETTING_MS:
		case SETTING_INT:
		case SETTING_NUMBER: break;
		}
	}
	boundary_done(settings);
}
