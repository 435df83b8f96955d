/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles are compared by the text of their files: a comment that changed costs a new
 * survey, which nobody minds; a field that a comparison of structs forgot would go unseen.
 */
#include "daemon/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static uint64_t more_text(uint64_t hash, const char *text)
{
	text = text ? text : "";
	return text_hash_more(hash, text, strlen(text) + 1);
}

/* An unreadable file counts by its name. */
static uint64_t profile_hash(const struct profile *profile)
{
	uint64_t hash = text_hash(profile->name, strlen(profile->name));
	FILE *f = fopen(profile->file, "re");
	char buf[4096];
	size_t n;

	if (!f)
		return more_text(hash, profile->file);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		hash = text_hash_more(hash, buf, n);
	fclose(f);
	return hash;
}

uint64_t *fingerprint_devices(const struct inventory *inv)
{
	uint64_t *hashes = xcalloc(inv->n_devices + 1, sizeof(*hashes));
	struct { const struct profile *profile; uint64_t hash; } *known = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < inv->n_devices; i++) {
		const struct inv_device *d = &inv->devices[i];
		uint64_t hash = 0;
		size_t k = 0;

		while (k < n && known[k].profile != d->profile)
			k++;
		if (k == n) {
			xgrow(&known, &cap, n + 1, sizeof(*known));
			known[n].profile = d->profile;
			known[n++].hash = profile_hash(d->profile);
		}
		hash = text_hash_more(known[k].hash, &d->every_s, sizeof(d->every_s));
		hash = more_text(hash, d->cfg->endpoint);
		if (d->credential) {
			const struct cfg_credential *c = d->credential;
			const int kinds[] = { c->snmp_version, (int)c->auth, (int)c->priv };

			hash = more_text(hash, c->community);
			hash = more_text(hash, c->user);
			hash = more_text(hash, c->auth_password);
			hash = more_text(hash, c->priv_password);
			hash = more_text(hash, c->context);
			hash = text_hash_more(hash, kinds, sizeof(kinds));
		}
		hashes[i] = hash;
	}
	free(known);
	return hashes;
}

uint64_t fingerprint_profiles(const struct profile_set *set)
{
	uint64_t hash = text_hash("", 0);

	for (size_t i = 0; i < profile_set_size(set); i++) {
		uint64_t one = profile_hash(profile_set_at(set, i));

		hash = text_hash_more(hash, &one, sizeof(one));
	}
	return hash;
}
