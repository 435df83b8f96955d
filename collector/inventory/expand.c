/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profile + survey -> the points of one device. The varbinds are sorted once and
 * everything else is found by binary search, so a device with thousands of rows costs
 * milliseconds. Nothing here depends on the order in which the device answered.
 */
#include "inventory/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inventory/chain.h"
#include "inventory/raw.h"

__extension__ typedef __int128 wide;

struct survey { /* the varbinds by OID */
	const struct varbind **vbs;
	size_t n;
};

struct expander {
	const struct profile *profile;
	unsigned member;
	struct survey survey;
	struct expansion *out;
	size_t cap;
	uint32_t *slots; /* hash table over part and quantity: index into points + 1, 0: free */
	size_t n_slots;  /* a power of two */
};

struct row { /* one row of a point's table */
	const struct profile_point *point;
	const uint32_t *index;
	uint32_t arcs[256]; /* the index, then the keys or the characters of its text */
	size_t n_arcs;
	size_t n_oid;       /* how many of them stand in the OID */
};

static int by_oid(const void *a, const void *b)
{
	return oid_cmp(&(*(const struct varbind *const *)a)->oid,
		       &(*(const struct varbind *const *)b)->oid);
}

/* First varbind that is not before oid. */
static size_t lower_bound(const struct survey *survey, const struct oid *oid)
{
	size_t low = 0, high = survey->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (oid_cmp(&survey->vbs[mid]->oid, oid) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct vb_value *find(const struct survey *survey, const struct oid *oid)
{
	size_t i = lower_bound(survey, oid);

	if (i == survey->n || oid_cmp(&survey->vbs[i]->oid, oid) != 0 ||
	    raw_is_nothing(&survey->vbs[i]->value))
		return NULL;
	return &survey->vbs[i]->value;
}

/* The value in a parallel column: same index, or the beginning of it in a table with a shorter
 * one (the outlet's name beside the outlet's sensors). */
static const struct vb_value *beside(const struct survey *survey, const struct row *row,
				     const struct oid *column)
{
	for (size_t n = row->n_oid; n > 0; n--) {
		struct oid oid = *column;
		const struct vb_value *value;
		if (oid_append(&oid, row->arcs, n) == 0 && (value = find(survey, &oid)))
			return value;
	}
	return NULL;
}

static bool number_beside(const struct survey *survey, const struct row *row,
			  const struct oid *column, int64_t *ret)
{
	const struct vb_value *value = beside(survey, row, column);

	return value && raw_integer(value, ret) == RAW_OK;
}

/* Printable text of a device (an OID as digits), blanks and control characters off, cut at a whole
 * character. */
static void tidy(const struct vb_value *value, char *buf, size_t size)
{
	size_t n = 0;
	bool text = value->type == VB_OCTETS || value->type == VB_OID;

	for (size_t i = 0; text && i < value->n_octets && n + 1 < size; i++) {
		uint8_t c = value->octets[i];
		if (c == '\0')
			break;
		buf[n++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	while (n > 0 && !text_is_utf8(buf, n))
		n--;
	buf[n] = '\0';
	char *start = text_trim(buf);
	memmove(buf, start, strlen(start) + 1);
}

static bool is_like(const struct vb_value *value, const regex_t *regex)
{
	char text[256];

	tidy(value, text, sizeof(text));
	return regexec(regex, text, 0, NULL, 0) == 0;
}

/* BITS count from the high end of the first octet. */
static bool has_bit(const struct vb_value *value, size_t bit)
{
	return value->type == VB_OCTETS && bit / 8 < value->n_octets &&
	       (value->octets[bit / 8] & 0x80u >> bit % 8) != 0;
}

/* A row without the column (NULL) does not pass "is", "like" and "bit"; it passes "not" and
 * "unlike". */
static bool passes(const struct point_filter *f, const struct vb_value *value)
{
	int64_t number;

	if (value && f->like)
		return is_like(value, f->like) != f->negate;
	if (value && f->bit)
		return has_bit(value, (size_t)f->bit - 1);
	if (value && raw_integer(value, &number) == RAW_OK)
		return raw_passes(f, number);
	return f->negate;
}

static bool passes_all(const struct survey *survey, const struct row *row,
		       const struct point_filter *filters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct point_filter *f = &filters[i];
		const struct vb_value *value = f->one_row ? find(survey, &f->column)
							  : beside(survey, row, &f->column);
		if (!passes(f, value))
			return false;
	}
	return true;
}

/* ---- scale --------------------------------------------------------------- */

static bool reduce(wide num, wide den, int64_t *ret_num, int64_t *ret_den)
{
	wide a = num < 0 ? -num : num, b = den;

	while (b) {
		wide rest = a % b;
		a = b;
		b = rest;
	}
	if (a) {
		num /= a;
		den /= a;
	}
	if (num > INT64_MAX || num < INT64_MIN || den > INT64_MAX)
		return false;
	*ret_num = (int64_t)num;
	*ret_den = (int64_t)den;
	return true;
}

/* The point's scale, then the device's own: (raw * s + s.add) * m + m.add. */
static bool fold(struct scale *s, const struct scale *m)
{
	struct scale both;

	if (!reduce((wide)s->mul * m->mul, (wide)s->div * m->div, &both.mul, &both.div))
		return false;
	both.add = s->add * (double)m->mul / (double)m->div + m->add;
	*s = both;
	return true;
}

/* Folds what the device tells into the scale; -1 when it does not tell what it should. */
static int fold_told(const struct survey *survey, const struct row *row,
		     const struct scale_column *from, struct scale *scale)
{
	struct scale own = { .mul = 1, .div = 1 };
	int64_t code;
	bool told;

	if (from->column.n == 0)
		return 0;
	if (from->scalar) {
		const struct vb_value *value = find(survey, &from->column);
		told = value && raw_integer(value, &code) == RAW_OK;
	} else {
		told = number_beside(survey, row, &from->column, &code);
	}
	if (!told) {
		if (!from->has_otherwise)
			return -1;
		code = from->otherwise;
	}
	if (from->bit_count)
		code = code >> from->bit_first & ((1 << from->bit_count) - 1);
	else if (profile_is_register(&from->column))
		code = (int16_t)code;
	if (from->exponent)
		code = -code;
	if (from->digits || from->exponent) {
		if (code < -18 || code > 18)
			return -1;
		for (int64_t i = 0; i < code; i++)
			own.div *= 10;
		for (int64_t i = code; i < 0; i++)
			own.mul *= 10;
	} else {
		size_t i = 0;
		while (i < from->n_map && from->map[i].value != code)
			i++;
		if (i == from->n_map)
			return -1;
		own = from->map[i].scale;
	}
	return fold(scale, &own) ? 0 : -1;
}

static int find_scale(const struct survey *survey, const struct row *row, struct scale *ret)
{
	*ret = row->point->scale;
	return fold_told(survey, row, &row->point->scale_column, ret) < 0
		       ? -1
		       : fold_told(survey, row, &row->point->scale_more, ret);
}

/* ---- names --------------------------------------------------------------- */

static void make_label(const struct survey *survey, const struct row *row, char *buf, size_t size)
{
	const struct profile_point *p = row->point;
	const struct vb_value *value = p->label.n ? beside(survey, row, &p->label) : NULL;
	int64_t number;

	buf[0] = '\0';
	if (value == NULL)
		return;
	if (p->n_label_words == 0) {
		tidy(value, buf, size);
		return;
	}
	for (size_t i = 0; raw_integer(value, &number) == RAW_OK && i < p->n_label_words; i++) {
		if (p->label_words[i].value == number)
			snprintf(buf, size, "%s", p->label_words[i].name);
	}
}

static const char *arc_word(const struct profile_point *p, uint32_t arc)
{
	for (size_t i = 0; i < p->n_words; i++) {
		if (p->words[i].arc == arc)
			return p->words[i].word;
	}
	return NULL;
}

/* The text at the end of the index, as it is or, when it cannot be printed, in hexadecimal. -1
 * when there is none or it does not fit. */
static int index_text(const struct row *row, char *buf, size_t size)
{
	const uint32_t *arcs = row->arcs + row->point->n_index;
	size_t n = row->n_oid - row->point->n_index;
	bool printable = true;

	for (size_t i = 0; i < n; i++)
		printable = printable && arcs[i] > ' ' && arcs[i] < 0x7f;
	if (n == 0 || (printable ? n : 2 * n) >= size)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (printable)
			snprintf(buf + i, size - i, "%c", (char)arcs[i]);
		else
			snprintf(buf + 2 * i, size - 2 * i, "%02X", arcs[i] & 0xff);
	}
	return 0;
}

/* -1 when the text does not fit: a part cut short would be another part. */
static int make_part(const struct survey *survey, const struct row *row, char *buf, size_t size)
{
	size_t used = 0;

	for (const char *p = row->point->part; *p;) {
		char piece[64];
		if (*p != '{') {
			snprintf(piece, sizeof(piece), "%.*s", (int)strcspn(p, "{"), p);
			p += strcspn(p, "{");
		} else {
			char *end;
			unsigned long k = strtoul(p + 1, &end, 10);
			if (end == p + 1) { /* {name} */
				const struct vb_value *name =
					beside(survey, row, &row->point->name);
				piece[0] = '\0';
				if (name)
					tidy(name, piece, sizeof(piece));
				if (piece[0] == '\0')
					return -1;
			} else if (row->point->text_last && k == row->point->n_index) {
				if (index_text(row, piece, sizeof(piece)) < 0)
					return -1;
			} else {
				uint32_t arc = row->arcs[k - 1];
				const char *word = *end == 'w' ? arc_word(row->point, arc) : NULL;
				if (word)
					snprintf(piece, sizeof(piece), "%s", word);
				else
					snprintf(piece, sizeof(piece), "%u", arc);
			}
			p = strchr(p, '}') + 1;
		}
		size_t n = strlen(piece);
		if (used + n >= size)
			return -1;
		memcpy(buf + used, piece, n);
		used += n;
	}
	buf[used] = '\0';
	return 0;
}

/* ---- points -------------------------------------------------------------- */

static uint64_t identity(const struct point_def *def)
{
	uint64_t hash = text_hash(def->part, strlen(def->part));

	return text_hash_more(hash, &def->src->quantity->id, sizeof(def->src->quantity->id));
}

static void grow_slots(struct expander *e)
{
	size_t n = e->n_slots ? 2 * e->n_slots : 256;
	uint32_t *slots = xcalloc(n, sizeof(*slots));

	for (size_t i = 0; i < e->out->n_points; i++) {
		size_t at = identity(&e->out->points[i]) & (n - 1);
		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(e->slots);
	e->slots = slots;
	e->n_slots = n;
}

/* Of two with the same part and quantity the first fitted one stays. */
static void keep(struct expander *e, const struct point_def *def)
{
	if (2 * (e->out->n_points + 1) > e->n_slots)
		grow_slots(e);
	size_t at = identity(def) & (e->n_slots - 1);
	for (; e->slots[at]; at = (at + 1) & (e->n_slots - 1)) {
		struct point_def *other = &e->out->points[e->slots[at] - 1];
		if (other->src->quantity != def->src->quantity ||
		    strcmp(other->part, def->part) != 0)
			continue;
		if (!other->fitted && def->fitted)
			*other = *def;
		return;
	}
	xgrow(&e->out->points, &e->cap, e->out->n_points + 1, sizeof(*e->out->points));
	e->out->points[e->out->n_points++] = *def;
	e->slots[at] = (uint32_t)e->out->n_points;
}

static bool has_value(const struct row *row, const struct vb_value *value)
{
	int64_t number;

	return raw_integer(value, &number) != RAW_OK ||
	       !raw_is_absent(row->point, (uint64_t)number);
}

/* What the device calls the member that is asked for, or its first. */
static uint32_t member_number(const struct expander *e)
{
	return e->profile->member_first + (e->member ? e->member : 1) - 1;
}

static bool is_member(const struct expander *e, const struct row *row)
{
	const struct profile_point *p = row->point;

	if (p->member_arc == 0) /* belongs to the device that answers */
		return e->member <= 1;
	if (e->member == 0 && chain_part_tells(p->part, p->member_arc))
		return true;
	return row->arcs[p->member_arc - 1] == member_number(e);
}

static void expand_row(struct expander *e, const struct profile_point *point,
		       const struct varbind *vb)
{
	struct point_def def = { .src = point, .oid = vb->oid };
	struct row row = { .point = point, .n_arcs = point->n_index };

	if (raw_is_nothing(&vb->value) || vb->oid.n < point->oid.n + point->n_index)
		return;
	row.n_oid = vb->oid.n - point->oid.n;
	memcpy(row.arcs, vb->oid.arc + point->oid.n, row.n_oid * sizeof(row.arcs[0]));
	if (row.n_oid - point->n_index != (point->text_last ? row.arcs[point->n_index - 1] : 0))
		return;
	for (size_t i = 0; i < point->n_keys; i++) {
		int64_t number;
		if (!number_beside(&e->survey, &row, &point->keys[i], &number) || number < 0 ||
		    number > UINT32_MAX)
			return;
		row.arcs[row.n_arcs++] = (uint32_t)number;
	}
	for (size_t i = 0; i < row.n_arcs; i++) {
		if (point->index[i] >= 0 && row.arcs[i] != point->index[i])
			return;
	}
	if (!is_member(e, &row) ||
	    !passes_all(&e->survey, &row, point->filters, point->n_filters) ||
	    find_scale(&e->survey, &row, &def.scale) < 0 ||
	    make_part(&e->survey, &row, def.part, sizeof(def.part)) < 0)
		return;
	make_label(&e->survey, &row, def.label, sizeof(def.label));
	def.empty = !passes_all(&e->survey, &row, point->fitted, point->n_fitted);
	def.fitted = !def.empty && has_value(&row, &vb->value);
	keep(e, &def);
}

static void expand_snmp(struct expander *e, const struct profile_point *point)
{
	const struct survey *survey = &e->survey;
	size_t i = lower_bound(survey, &point->oid);

	if (!point->table) {
		if (i < survey->n && oid_cmp(&survey->vbs[i]->oid, &point->oid) == 0)
			expand_row(e, point, survey->vbs[i]);
		return;
	}
	for (; i < survey->n && oid_starts_with(&survey->vbs[i]->oid, &point->oid); i++)
		expand_row(e, point, survey->vbs[i]);
}

/* What a register told holds for all rows alike. */
static void expand_modbus(struct expander *e, const struct profile_point *point)
{
	struct point_def def = { .src = point, .fitted = true };
	struct row row = { .point = point };
	const struct vb_value *count = point->count.n ? find(&e->survey, &point->count) : NULL;

	if (point->count.n && (count == NULL || point->nth > count->integer))
		return;
	if (find_scale(&e->survey, &row, &def.scale) < 0)
		return;
	snprintf(def.part, sizeof(def.part), "%s", point->part);
	keep(e, &def);
}

static void add_fact(struct expander *e, const struct fact_def *def)
{
	e->out->facts = xrealloc(e->out->facts, e->out->n_facts + 1, sizeof(*e->out->facts));
	e->out->facts[e->out->n_facts++] = *def;
}

static void expand_fact(struct expander *e, const struct profile_fact *fact)
{
	struct fact_def def = { .src = fact, .oid = fact->oid };
	const struct survey *survey = &e->survey;

	if (e->profile->protocol == PROFILE_SNMP && !fact->first_row &&
	    (e->member > 1 || !find(survey, &fact->oid))) /* it is the device's that answers */
		return;
	if (fact->first_row) {
		size_t i = lower_bound(survey, &fact->oid), n = fact->oid.n;
		for (; i < survey->n && oid_starts_with(&survey->vbs[i]->oid, &fact->oid); i++) {
			const struct oid *oid = &survey->vbs[i]->oid;
			if (oid->n > n && !raw_is_nothing(&survey->vbs[i]->value) &&
			    (e->member == 0 || oid->arc[n] == member_number(e)))
				break;
		}
		if (i == survey->n || !oid_starts_with(&survey->vbs[i]->oid, &fact->oid))
			return;
		def.oid = survey->vbs[i]->oid;
	}
	snprintf(def.key, sizeof(def.key), "%s", fact->key);
	add_fact(e, &def);
}

/* Numbers that are facts are found like points and told apart here. */
static void split_facts(struct expander *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->out->n_points; i++) {
		const struct point_def *point = &e->out->points[i];
		const struct quantity *q = point->src->quantity;
		if (q->kind != KIND_FACT) {
			e->out->points[kept++] = *point;
		} else if (point->fitted) {
			struct fact_def def = { .number = *point, .oid = point->oid };
			snprintf(def.key, sizeof(def.key), "%s %s", point->part, q->name);
			add_fact(e, &def);
		}
	}
	e->out->n_points = kept;
}

static uint64_t hash_scale(uint64_t hash, const struct scale *s)
{
	hash = text_hash_more(hash, &s->mul, sizeof(s->mul));
	hash = text_hash_more(hash, &s->div, sizeof(s->div));
	return text_hash_more(hash, &s->add, sizeof(s->add));
}

static uint64_t shape_hash(const struct expansion *x)
{
	uint64_t hash = text_hash(x->profile->name, strlen(x->profile->name));

	for (size_t i = 0; i < x->n_points; i++) {
		const struct point_def *def = &x->points[i];
		uint64_t number = (uint64_t)(def->src - x->profile->points);
		hash = text_hash_more(hash, &number, sizeof(number));
		hash = text_hash_more(hash, &def->empty, sizeof(def->empty));
		hash = text_hash_more(hash, def->part, strlen(def->part) + 1);
		hash = hash_scale(hash, &def->scale);
		hash = text_hash_more(hash, def->oid.arc, def->oid.n * sizeof(def->oid.arc[0]));
	}
	for (size_t i = 0; i < x->n_facts; i++) {
		const struct fact_def *def = &x->facts[i];
		hash = text_hash_more(hash, def->key, strlen(def->key) + 1);
		hash = text_hash_more(hash, def->oid.arc, def->oid.n * sizeof(def->oid.arc[0]));
		if (def->src == NULL)
			hash = hash_scale(hash, &def->number.scale);
	}
	return hash;
}

/* Sorts; the caller frees ret.vbs. */
static struct survey sorted(const struct varbind *vbs, size_t n)
{
	struct survey survey = { .n = 0 };

	if (vbs && n) {
		survey.vbs = xcalloc(n, sizeof(const struct varbind *));
		for (size_t i = 0; i < n; i++)
			survey.vbs[i] = &vbs[i];
		qsort(survey.vbs, n, sizeof(const struct varbind *), by_oid);
		survey.n = n;
	}
	return survey;
}

static uint64_t hash_filter(uint64_t hash, const struct survey *survey,
			    const struct point_filter *f)
{
	size_t i = lower_bound(survey, &f->column);

	for (; i < survey->n && oid_starts_with(&survey->vbs[i]->oid, &f->column); i++) {
		const struct varbind *vb = survey->vbs[i];
		bool yes = passes(f, &vb->value);

		if (raw_is_nothing(&vb->value))
			continue;
		hash = text_hash_more(hash, vb->oid.arc, vb->oid.n * sizeof(vb->oid.arc[0]));
		hash = text_hash_more(hash, &yes, sizeof(yes));
	}
	return hash;
}

uint64_t profile_fitted_hash(const struct profile *profile, const struct varbind *vbs, size_t n_vbs)
{
	struct survey survey = sorted(vbs, n_vbs);
	uint64_t hash = text_hash("", 0);

	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *p = &profile->points[i];
		for (size_t k = 0; p->table && k < p->n_fitted; k++)
			hash = hash_filter(hash, &survey, &p->fitted[k]);
	}
	free(survey.vbs);
	return hash;
}

struct expansion *profile_expand(const struct profile *profile, unsigned member,
				 const struct varbind *vbs, size_t n_vbs)
{
	struct expander e = { .profile = profile, .member = member, .survey = sorted(vbs, n_vbs) };

	e.out = xcalloc(1, sizeof(*e.out));
	e.out->profile = profile;
	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *point = &profile->points[i];
		if (profile->protocol == PROFILE_SNMP)
			expand_snmp(&e, point);
		else
			expand_modbus(&e, point);
	}
	for (size_t i = 0; i < profile->n_facts; i++)
		expand_fact(&e, &profile->facts[i]);
	split_facts(&e);
	e.out->hash = shape_hash(e.out);
	free(e.survey.vbs);
	free(e.slots);
	return e.out;
}

struct expansion *expansion_free(struct expansion *expansion)
{
	if (expansion == NULL)
		return NULL;
	free(expansion->points);
	free(expansion->facts);
	free(expansion);
	return NULL;
}
