/* SPDX-License-Identifier: Apache-2.0 */
/* Where the walk, the MIBs and the name of a draft come from; the draft is profile_draft's. */
#include "cli/profile_new.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/profile_draft.h"

#define PATHS_MAX 64

/* Those named, then net-snmp's: $MIBDIRS, else ~/.snmp/mibs and the folders of the system. */
static size_t mib_paths(const struct profile_new *how, const char **paths, char **ret_owned)
{
	static const char *const usual[] = {
		"/usr/share/snmp/mibs",     "/usr/local/share/snmp/mibs",
		"/usr/share/mibs/ietf",     "/usr/share/mibs/iana",
		"/usr/share/mibs/netsnmp",  "/var/lib/mibs/ietf",
		"/var/lib/snmp/mibs/ietf",  "/var/lib/snmp/mibs/iana",
	};
	const char *dirs = getenv("MIBDIRS"), *home = getenv("HOME");
	size_t n = 0;
	char *rest, *part;

	for (size_t i = 0; i < how->mibs.n; i++)
		paths[n++] = how->mibs.value[i];
	*ret_owned = dirs ? xstrdup(dirs) : xasprintf("%s/.snmp/mibs", home ? home : "");
	rest = *ret_owned;
	while (n < PATHS_MAX / 2 && (part = strsep(&rest, ":")))
		paths[n++] = part + (*part == '+' || *part == '-');
	for (size_t i = 0; !dirs && i < sizeof(usual) / sizeof(usual[0]); i++)
		paths[n++] = usual[i];
	return n;
}

/* "Acme_PDU v2.snmprec" -> "acme-pdu-v2" */
static char *name_after(const char *path)
{
	const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
	size_t n = strcspn(from, ".");
	char *name = xasprintf("%.*s", n ? (int)n : 1, n ? from : "x");

	for (char *p = name; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '-';
	return name;
}

int profile_new(const struct profile_new *how)
{
	const char *paths[PATHS_MAX];
	char *owned, *name = how->name ? xstrdup(how->name) : name_after(how->walk);
	struct walk_file walk = { 0 };
	struct oid under = { .n = 0 };
	struct err err = { "" };
	int r = 0;

	if (how->under && oid_parse(how->under + (*how->under == '.'), &under) < 0)
		r = err_set(&err, "--under %s is no OID", how->under);
	if (r == 0)
		r = walk_file_load(how->walk, &walk, &err);
	if (r == 0) {
		size_t n = mib_paths(how, paths, &owned);
		struct mib *mib = mib_load(paths, n);
		const char *slash = strrchr(how->walk, '/');

		r = profile_draft(stdout, &walk, mib, name, slash ? slash + 1 : how->walk, &under,
				  &err);
		mib_free(mib);
		free(owned);
		walk_file_done(&walk);
	}
	if (r < 0)
		fprintf(stderr, "rackmeter profile: %s\n", err.text);
	free(name);
	return r < 0 ? 1 : 0;
}
