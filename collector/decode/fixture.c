/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows are the device: their answers are expanded and decoded as a real one's are. Values
 * are compared as fractions, so a wrong last digit is wrong.
 */
#include "decode/fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "decode/decode.h"

__extension__ typedef __int128 wide;

enum { WHERE, TYPE, RAW, PART, QUANTITY, EXPECTED, UNIT, SOURCE, N_CELLS };

struct row {
	int line;
	char *text;            /* the line, cut in place; owns the cells */
	char *cells[N_CELLS];
	uint8_t function;      /* Modbus; 0: SNMP */
	uint16_t address;
	uint16_t *words;
	size_t n_words;
	uint8_t *octets;       /* SNMP, of type hex */
};

struct fixture {
	struct row *rows;
	size_t n, cap;
	struct varbind *vbs;
	size_t n_vbs, cap_vbs;
};

/* ---- reading ------------------------------------------------------------- */

static void cut(char *line, char **cells)
{
	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < N_CELLS; i++) {
		char *to = line;
		bool quoted = false;

		cells[i] = line;
		for (; *line && (quoted || *line != ','); line++) {
			if (*line != '"')
				*to++ = *line;
			else if (quoted && line[1] == '"')
				*to++ = *line++;
			else
				quoted = !quoted;
		}
		bool last = *line == '\0';
		*to = '\0';
		line += last ? 0 : 1;
	}
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c | 0x20);

	return c && at ? (int)(at - digits) : -1;
}

/* Hexadecimal digits, two an octet; -1 when they are none. */
static int read_hex(const char *text, uint8_t *ret)
{
	for (; *text; text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return -1;
		*ret++ = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_modbus(struct row *row, const char *table, const char *number, struct err *err)
{
	int64_t address;
	size_t n = strlen(row->cells[RAW]);
	uint8_t *octets;

	for (uint8_t f = 1; f <= 4; f++) {
		if (strcmp(profile_table_name(f), table) == 0)
			row->function = f;
	}
	if (!row->function || text_to_i64(number, &address) < 0 || address < 0 || address > 65535)
		return err_set(err, "'%s:%s' is no register: write holding:3000", table, number);
	if (strcmp(row->cells[TYPE], "u16") != 0)
		return err_set(err, "the type of registers is u16: four hexadecimal digits each");
	row->address = (uint16_t)address;
	octets = xcalloc(n / 2 + 1, 1);
	if (n == 0 || n % 4 || read_hex(row->cells[RAW], octets) < 0) {
		free(octets);
		return err_set(err, "'%s' are not registers: four hexadecimal digits each",
			       row->cells[RAW]);
	}
	row->n_words = n / 4;
	row->words = xcalloc(row->n_words, sizeof(*row->words));
	for (size_t i = 0; i < row->n_words; i++)
		row->words[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
	free(octets);
	return 0;
}

static int read_snmp(struct fixture *f, struct row *row, struct err *err)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{ "integer", VB_INTEGER },     { "counter32", VB_COUNTER32 },
		{ "counter64", VB_COUNTER64 }, { "gauge32", VB_GAUGE32 },
		{ "timeticks", VB_TIMETICKS }, { "string", VB_OCTETS },
		{ "oid", VB_OID },             { "ipaddress", VB_IPADDRESS },
		{ "hex", VB_OCTETS },          { "float", VB_OPAQUE_FLOAT },
	};
	struct varbind vb = { .value.type = 0 };
	const char *raw = row->cells[RAW];

	if (oid_parse(row->cells[WHERE], &vb.oid) < 0)
		return err_set(err, "'%s' is neither an OID nor a register", row->cells[WHERE]);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, row->cells[TYPE]) == 0)
			vb.value.type = types[i].type;
	}
	if (vb.value.type == 0)
		return err_set(err,
			       "type '%s' is not known: integer, counter32, counter64, gauge32, "
			       "timeticks, string, oid, ipaddress, hex or float",
			       row->cells[TYPE]);
	vb.value.octets = (const uint8_t *)raw;
	vb.value.n_octets = strlen(raw);
	vb.value.integer = vb.value.type == VB_COUNTER64 ? (int64_t)strtoull(raw, NULL, 10)
							 : strtoll(raw, NULL, 10);
	vb.value.real = strtod(raw, NULL);
	if (strcmp(row->cells[TYPE], "hex") == 0) {
		row->octets = xcalloc(vb.value.n_octets + 1, 1);
		if (read_hex(raw, row->octets) < 0)
			return err_set(err, "'%s' are no hexadecimal digits", raw);
		vb.value.octets = row->octets;
		vb.value.n_octets /= 2;
	}
	xgrow(&f->vbs, &f->cap_vbs, f->n_vbs + 1, sizeof(*f->vbs));
	f->vbs[f->n_vbs++] = vb;
	return 0;
}

static int read_row(struct fixture *f, const char *line, int number, struct err *err)
{
	struct row *row;
	char *colon;

	xgrow(&f->rows, &f->cap, f->n + 1, sizeof(*f->rows));
	row = &f->rows[f->n++];
	*row = (struct row){ .line = number, .text = xstrdup(line) };
	cut(row->text, row->cells);
	colon = strchr(row->cells[WHERE], ':');
	if (!colon)
		return read_snmp(f, row, err);
	*colon = '\0';
	return read_modbus(row, row->cells[WHERE], colon + 1, err);
}

static int read_lines(struct fixture *f, FILE *file, const char *path, struct err *err)
{
	static const char head[] = "oid_or_register,type,raw,part,quantity,expected,unit,source";
	char *line = NULL;
	size_t size = 0;
	bool headed = false;
	int number = 0, r = 0;

	while (r == 0 && getline(&line, &size, file) > 0) {
		struct err why = { "" };

		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (headed)
			r = read_row(f, line, number, &why);
		else if (strcmp(line, head) != 0)
			r = err_set(&why, "the first line is: %s", head);
		headed = true;
		if (r < 0)
			err_set(err, "%s:%d: %s", path, number, why.text);
	}
	free(line);
	return r;
}

struct fixture *fixture_load(const char *path, struct err *err)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	FILE *file = fopen(path, "r");
	int r;

	if (!file) {
		err_set(err, "%s: %s", path, strerror(errno));
		return fixture_free(f);
	}
	r = read_lines(f, file, path, err);
	fclose(file);
	return r < 0 ? fixture_free(f) : f;
}

struct fixture *fixture_free(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->rows[i].text);
		free(f->rows[i].words);
		free(f->rows[i].octets);
	}
	free(f->rows);
	free(f->vbs);
	free(f);
	return NULL;
}

struct varbind *fixture_vbs(struct fixture *f, size_t *ret_n)
{
	*ret_n = f->n_vbs;
	return f->vbs;
}

/* ---- answering ----------------------------------------------------------- */

static const struct vb_value *answer(const struct fixture *f, const struct oid *oid)
{
	for (size_t i = 0; i < f->n_vbs; i++) {
		if (oid_cmp(&f->vbs[i].oid, oid) == 0)
			return &f->vbs[i].value;
	}
	return NULL;
}

/* One register or bit; -1 when no row has it. */
static int word_at(const struct fixture *f, uint8_t function, uint32_t address, uint16_t *ret)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct row *row = &f->rows[i];

		if (row->function != function || address < row->address ||
		    address >= row->address + row->n_words)
			continue;
		*ret = row->words[address - row->address];
		return 0;
	}
	return -1;
}

static struct reading read_point(const struct fixture *f, const struct point_def *def)
{
	const struct reading none = { .cause = CAUSE_NO_ANSWER };
	uint16_t words[128] = { 0 };
	uint32_t start, end;

	if (def->oid.n) {
		const struct vb_value *value = answer(f, &def->oid);

		return value ? decode_snmp(def, value) : none;
	}
	profile_point_span(def->src, &start, &end);
	if (end - start > sizeof(words) / sizeof(words[0]))
		return none;
	/* Between a value and its scale may lie registers that nobody asked about. */
	for (uint32_t at = start; at < end; at++) {
		bool own = at >= def->src->address &&
			   at < (uint32_t)def->src->address + def->src->words_n;

		if (word_at(f, def->src->function, at, &words[at - start]) < 0 && own)
			return none;
	}
	return decode_modbus(def, words);
}

static int read_text(const struct fixture *f, const struct fact_def *fact, char *buf, size_t size)
{
	uint16_t words[125];
	size_t n = fact->src->words_n;

	if (fact->oid.n) {
		const struct vb_value *value = answer(f, &fact->oid);

		return value ? decode_text_snmp(value, buf, size) : -1;
	}
	for (size_t i = 0; i < n && i < 125; i++) {
		if (word_at(f, fact->src->function, fact->src->address + (uint32_t)i, &words[i]) <
		    0)
			return -1;
	}
	return decode_text_modbus(words, n < 125 ? n : 125, buf, size);
}

/* ---- judging ------------------------------------------------------------- */

static const struct point_def *find(const struct expansion *x, const char *part,
				    const char *quantity)
{
	for (size_t i = 0; i < x->n_points; i++) {
		if (strcmp(x->points[i].part, part) == 0 &&
		    strcmp(x->points[i].src->quantity->name, quantity) == 0)
			return &x->points[i];
	}
	for (size_t i = 0; i < x->n_facts; i++) {
		const struct fact_def *fact = &x->facts[i];

		if (!fact->src && strcmp(fact->number.part, part) == 0 &&
		    strcmp(fact->number.src->quantity->name, quantity) == 0)
			return &fact->number;
	}
	return NULL;
}

static bool equals(const struct reading *r, const struct scale *s, int64_t num, int64_t den)
{
	if (s->add == 0)
		return (wide)r->raw * s->mul * den == (wide)num * s->div;
	return fabs(scale_value(s, r->raw) - (double)num / (double)den) < 1e-6;
}

static void judge_text(const struct fixture *f, const struct expansion *x,
		       struct fixture_result *result)
{
	snprintf(result->what, sizeof(result->what), "no such fact");
	for (size_t i = 0; i < x->n_facts; i++) {
		const struct fact_def *fact = &x->facts[i];

		if (!fact->src || strcmp(fact->key, result->quantity) != 0)
			continue;
		if (read_text(f, fact, result->what, sizeof(result->what)) < 0)
			snprintf(result->what, sizeof(result->what), "no text");
	}
	result->right = strcmp(result->what, result->expected) == 0;
}

/* Of states and flags "3" is expected, or "3 critical". */
static void judge_severity(const struct point_def *def, int64_t raw, struct fixture_result *result)
{
	const char *blank = strchr(result->expected, ' ');
	size_t n = blank ? (size_t)(blank - result->expected) : strlen(result->expected);
	const char *severity = severity_name(profile_point_severity(def->src, raw));
	char number[32];
	int64_t expected;

	snprintf(number, sizeof(number), "%.*s", (int)n, result->expected);
	snprintf(result->what, sizeof(result->what), "%" PRId64 " %s", raw, severity);
	result->right = n < sizeof(number) && text_to_i64(number, &expected) == 0 &&
			expected == raw && (!blank || strcmp(blank + 1, severity) == 0);
}

static void judge(const struct fixture *f, const struct expansion *x, const struct row *row,
		  struct fixture_result *result)
{
	const struct point_def *def = find(x, result->part, result->quantity);
	bool snmp = x->profile->protocol == PROFILE_SNMP;
	struct reading r;
	struct scale s;
	int64_t num, den;

	if (!def) {
		snprintf(result->what, sizeof(result->what), "no such point");
		return;
	}
	if (strcmp(def->src->quantity->unit, row->cells[UNIT]) != 0) {
		snprintf(result->what, sizeof(result->what), "the unit is %s",
			 def->src->quantity->unit);
		return;
	}
	r = read_point(f, def);
	if (r.cause != CAUSE_NONE || (snmp && !def->fitted)) {
		snprintf(result->what, sizeof(result->what), "%s",
			 cause_text(r.cause == CAUSE_NONE ? CAUSE_NOT_FITTED : r.cause));
		/* of SNMP the survey must have seen it: a part that is not there makes no series */
		result->right = strcmp(result->expected, "not fitted") == 0 &&
				(snmp ? !def->fitted : r.cause == CAUSE_NOT_FITTED);
		return;
	}
	if (profile_point_is_named(def->src)) {
		judge_severity(def, r.raw, result);
		return;
	}
	s = decode_storage_scale(def);
	snprintf(result->what, sizeof(result->what), "%.10g %s (raw %" PRId64 ")",
		 scale_value(&s, r.raw), def->src->quantity->unit, r.raw);
	result->right = text_to_ratio(result->expected, &num, &den) == 0 &&
			equals(&r, &s, num, den);
}

/* The words that a survey reads of a Modbus device, kept as it keeps them. */
static struct varbind *told_by_registers(const struct fixture *f, const struct profile *profile,
					 size_t *ret_n)
{
	struct oid *oids;
	size_t n = profile_scalars(profile, &oids);
	struct varbind *vbs = xcalloc(n + 1, sizeof(*vbs));

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		uint16_t word;

		if (word_at(f, (uint8_t)oids[i].arc[0], oids[i].arc[1], &word) == 0)
			vbs[(*ret_n)++] = (struct varbind){
				oids[i], { .type = VB_INTEGER, .integer = word } };
	}
	free(oids);
	return vbs;
}

static struct expansion *expand(const struct fixture *f, const struct profile *profile)
{
	size_t n;

	if (profile->protocol == PROFILE_SNMP)
		return profile_expand(profile, 0, f->vbs, f->n_vbs);

	struct varbind *vbs = told_by_registers(f, profile, &n);
	struct expansion *x = profile_expand(profile, 0, vbs, n);

	free(vbs);
	return x;
}

size_t fixture_check(const struct fixture *f, const struct profile *profile,
		     struct fixture_result **ret)
{
	struct expansion *x = expand(f, profile);
	struct fixture_result *results = xcalloc(f->n + 1, sizeof(*results));
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct row *row = &f->rows[i];
		struct fixture_result *result = &results[n];

		if (!*row->cells[QUANTITY])
			continue;
		*result = (struct fixture_result){ .line = row->line, .part = row->cells[PART],
						   .quantity = row->cells[QUANTITY],
						   .expected = row->cells[EXPECTED] };
		if (*result->part)
			judge(f, x, row, result);
		else
			judge_text(f, x, result);
		n++;
	}
	expansion_free(x);
	*ret = results;
	return n;
}
