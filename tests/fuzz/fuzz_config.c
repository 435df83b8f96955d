/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: rm_config
 * What a site writes: the first byte chooses the table, rackmeter.yaml or the credentials, the
 * rest is the file. */
#include "config/settings.h"
#include "config/tables.h"
#include "config/yamldoc.h"
#include "fuzz.h"
#include "fuzz_file.h"

static void table(const struct table_schema *schema, const char *data, size_t size)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct diag diag = { 0 };

	tables_read(schema, "t.csv", data, size, config, &diag);
	tables_check_keys(schema, config, &diag);
	config_free(config);
	fuzz_diag(&diag, "t.csv");
}

static void settings(const char *path)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct diag diag = { 0 };
	struct yamldoc *doc = yamldoc_open(path, "s.yaml", &diag);

	if (!doc != (diag.n_errors > 0))
		abort();
	/* without a document there are only the defaults, and what is missing */
	settings_read(doc, "/tmp", &config->settings, &diag);
	yamldoc_free(doc);
	config_free(config);
	for (size_t i = 0; i < diag.n; i++) {
		if (strcmp(diag.items[i].file, "s.yaml") != 0 &&
		    strcmp(diag.items[i].file, "rackmeter.yaml") != 0)
			abort();
	}
	diag_done(&diag);
}

static void credentials(const char *path)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct diag diag = { 0 };

	config->settings.credentials_file = xstrdup(path);
	credentials_read("/tmp", config, &diag);
	for (size_t i = 0; i < config->n_credentials && diag.n_errors == 0; i++) {
		const struct cfg_credential *c = &config->credentials[i];

		if (!*c->name || c->snmp_version < 1 || c->snmp_version > 3 ||
		    (c->priv != CFG_PRIV_NONE && c->auth == CFG_AUTH_NONE))
			abort();
	}
	config_free(config);
	diag_done(&diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t which;

	if (size < 1)
		return 0;
	which = data[0] % (n_table_schemas + 2);
	data++;
	size--;
	if (which < n_table_schemas)
		table(&table_schemas[which], (const char *)data, size);
	else if (which == n_table_schemas)
		settings(fuzz_file(data, size));
	else
		credentials(fuzz_file(data, size));
	return 0;
}
