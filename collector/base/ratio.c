/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact fractions out of text: "0.1" is 1/10, never the double beside it. Apart
 * from text.c because it is arithmetic, done in 128 bits and reduced at the end.
 */
#include "base/text.h"

#include <ctype.h>

__extension__ typedef __int128 wide;

#define MANTISSA_MAX ((wide)1000000000000000000) /* 10^18 */
#define EXPONENT_MAX 18

/* mantissa * 10^exponent, trailing zeros of the mantissa removed. */
struct decimal {
	wide mantissa;
	int exponent;
};

static int read_decimal(const char **text, struct decimal *ret)
{
	const char *p = *text;
	wide mantissa = 0;
	int exponent = 0, zeros = 0, digits = 0;
	bool negative = *p == '-', point = false;

	if (*p == '-' || *p == '+')
		p++;
	for (; isdigit((unsigned char)*p) || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		digits++;
		if (point)
			exponent--;
		/* Zeros wait: they count only when another digit follows. */
		if (*p == '0') {
			if (zeros < 1000)
				zeros++;
			else
				return -1;
			continue;
		}
		if (mantissa) {
			for (; zeros > 0; zeros--) {
				mantissa *= 10;
				if (mantissa >= MANTISSA_MAX)
					return -1;
			}
		}
		zeros = 0;
		mantissa = mantissa * 10 + (*p - '0');
		if (mantissa >= MANTISSA_MAX)
			return -1;
	}
	if (digits == 0)
		return -1;
	exponent += zeros;
	if (*p == 'e' || *p == 'E') {
		int e = 0;
		bool down = p[1] == '-';
		p += p[1] == '-' || p[1] == '+' ? 2 : 1;
		if (!isdigit((unsigned char)*p))
			return -1;
		for (; isdigit((unsigned char)*p); p++) {
			e = e * 10 + (*p - '0');
			if (e > 1000)
				return -1;
		}
		exponent += down ? -e : e;
	}
	*text = p;
	ret->mantissa = negative ? -mantissa : mantissa;
	ret->exponent = mantissa ? exponent : 0;
	return 0;
}

static wide gcd(wide a, wide b)
{
	if (a < 0)
		a = -a;
	while (b) {
		wide rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

int text_to_ratio(const char *text, int64_t *ret_num, int64_t *ret_den)
{
	struct decimal over, under = { .mantissa = 1 };

	if (read_decimal(&text, &over) < 0)
		return -1;
	if (*text == '/') {
		text++;
		if (*text == '-' || *text == '+' || read_decimal(&text, &under) < 0 ||
		    under.mantissa == 0)
			return -1;
	}
	if (*text)
		return -1;

	int exponent = over.exponent - under.exponent;
	if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
		return -1;
	wide num = over.mantissa, den = under.mantissa; /* each below 10^18 */
	for (; exponent > 0; exponent--)
		num *= 10; /* below 10^36, 128 bits hold 1.7 * 10^38 */
	for (; exponent < 0; exponent++)
		den *= 10;
	wide divisor = gcd(num, den);
	num /= divisor;
	den /= divisor;
	if (num > INT64_MAX || num < INT64_MIN || den > INT64_MAX)
		return -1;
	*ret_num = (int64_t)num;
	*ret_den = (int64_t)den;
	return 0;
}
