/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people and for programs; see render.h. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/zone.h"
#include "report/render.h"

/* k, k, M: two decimals, one from 1,000 k on. */
static struct format thousands(double largest, const char *kilo, const char *mega)
{
	if (largest >= 1e8)
		return (struct format){ 1e6, 2, mega };
	return (struct format){ 1e3, largest >= 1e6 ? 1 : 2, kilo };
}

/* In a table one unit serves all rows: chosen by the largest. */
struct format format_choose(const struct doc *doc, enum doc_unit unit, double largest)
{
	double a = isfinite(largest) ? fabs(largest) : 0;

	switch (unit) {
	case DOC_W: return thousands(a, "kW", "MW");
	case DOC_VA: return thousands(a, "kVA", "MVA");
	case DOC_VAR: return thousands(a, "kvar", "Mvar");
	case DOC_WH:
		if (a >= 1e9)
			return (struct format){ 1e6, 2, "MWh" };
		return (struct format){ 1e3, a >= 1e7 ? 1 : 3, "kWh" };
	case DOC_A: return (struct format){ 1, 1, "A" };
	case DOC_V: return (struct format){ 1, 1, "V" };
	case DOC_HZ: return (struct format){ 1, 2, "Hz" };
	case DOC_C: return (struct format){ 1, 1, "C" };
	case DOC_K: return (struct format){ 1, 1, "K" };
	case DOC_KG: return (struct format){ 1, a >= 1e4 ? 0 : 1, "kg" };
	case DOC_M3: return (struct format){ 1, 1, "m3" };
	case DOC_MONEY:
		return (struct format){ 1, a >= 1e7 ? 0 : 2, doc->currency ? doc->currency : "" };
	case DOC_PERCENT: return (struct format){ 1, 1, "%" };
	case DOC_RATIO: return (struct format){ 1, 3, "" };
	case DOC_MS: return (struct format){ 1, 2, "ms" };
	case DOC_SECONDS: return (struct format){ 1, 0, "s" };
	case DOC_MINUTES: return (struct format){ 1, 0, "min" };
	case DOC_BYTES:
		return a >= 1e9 ? (struct format){ 1e9, 2, "GB" } : (struct format){ 1e6, 2, "MB" };
	case DOC_NUMBER:
	case DOC_COUNT:
	case DOC_TEXT:
	case DOC_TIME:
	case DOC_DATE:
	case DOC_BOOL:
	case DOC_BAR: break;
	}
	return (struct format){ 1, 0, "" };
}

struct format format_column(const struct doc *doc, const struct doc_table *t, size_t c)
{
	double largest = 0;

	for (size_t r = 0; r < t->n_rows; r++)
		largest = fmax(largest, fabs(t->cells[r * t->n_heads + c].number));
	return format_choose(doc, t->heads[c].unit, largest);
}

const char *format_shown(enum doc_unit unit, const struct format *format, double v, char *buf,
			 size_t size)
{
	if (!isfinite(v))
		return "-";
	if (unit == DOC_TIME)
		return zone_format((int64_t)v, buf, size);
	if (unit == DOC_DATE)
		return zone_format_date((int64_t)v, buf, size);
	if (unit == DOC_BOOL)
		return v != 0 ? "yes" : "no";
	if (unit == DOC_NUMBER) {
		snprintf(buf, size, "%.12g", round(v * 1000) / 1000 + 0.0);
		return buf;
	}
	double shown = v / format->per;
	/* no "-0.0" */
	if (fabs(shown) < 0.5 * pow(10, -format->decimals))
		shown = 0;
	snprintf(buf, size, "%.*f", format->decimals, shown);
	return buf;
}

bool format_is_left(enum doc_unit unit)
{
	return unit == DOC_TEXT || unit == DOC_TIME || unit == DOC_DATE || unit == DOC_BOOL ||
	       unit == DOC_BAR;
}

const char *format_plain(enum doc_unit unit, double v, char *buf, size_t size)
{
	if (!isfinite(v))
		return "";
	if (unit == DOC_TIME)
		return zone_format_iso((int64_t)v, buf, size);
	if (unit == DOC_DATE)
		return zone_format_date((int64_t)v, buf, size);
	if (unit == DOC_BOOL)
		return v != 0 ? "true" : "false";
	/* what is counted has no fraction; + 0.0 turns -0 into 0 */
	if (unit == DOC_COUNT || unit == DOC_BYTES)
		snprintf(buf, size, "%lld", llround(v));
	else
		snprintf(buf, size, "%.12g", v + 0.0);
	return buf;
}

bool format_is_text(enum doc_unit unit)
{
	return unit == DOC_TEXT || unit == DOC_TIME || unit == DOC_DATE;
}

const char *format_severity(int severity)
{
	return severity <= 0 ? "OK" : severity == 1 ? "WARNING" : "PROBLEM";
}
