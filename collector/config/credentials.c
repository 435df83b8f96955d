/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets by name, apart from everything that is shown, stored or mailed. The
 * file does not count towards the hash of the configuration either: a hash in
 * the database would let a community be guessed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "config/file.h"
#include "config/settings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* systemd puts credentials of a unit here, readable by that unit only (systemd.exec(5)). */
static char *systemd_credential(const char *name)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct stat st;

	if (!dir || *dir != '/' || *name == '/' || strstr(name, ".."))
		return NULL;
	char *path = file_below(dir, name);
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return path;
	free(path);
	return NULL;
}

static bool is_private(const char *path, const char *name, struct diag *diag)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		diag_add(diag, DIAG_ERROR, name, 0, 0,
			 "%s; write it, or correct 'credentials' in "
			 "rackmeter.yaml",
			 errno == ENOENT ? "the credentials file is missing"
					 : "the credentials file cannot be reached");
		return false;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
		return true;
	diag_add(diag, DIAG_ERROR, name, 0, 0,
		 "others than its owner may use the credentials "
		 "file (mode %04o); run: chmod 600 %s",
		 (unsigned)(st.st_mode & 07777), path);
	return false;
}

/* The text, or for "${NAME}" what the environment says. Never quoted in a problem. */
static char *read_secret(const struct yamldoc *doc, ynode node, struct diag *diag)
{
	const char *text = ynode_text(doc, node);
	size_t n = strlen(text);

	if (n < 4 || strncmp(text, "${", 2) != 0 || text[n - 1] != '}')
		return xstrdup(text);
	char *variable = xasprintf("%.*s", (int)n - 3, text + 2);
	const char *value = getenv(variable);
	if (!value || !*value)
		yamldoc_error(doc, node, diag,
			      "the environment variable %s is not set; set it "
			      "where the program is started",
			      variable);
	free(variable);
	return xstrdup(value ? value : "");
}

static void read_credential(const struct yamldoc *doc, ynode key, ynode node,
			    struct cfg_credential *ret, struct diag *diag)
{
	static const char *const keys[] = { "version", "community" };
	ynode version = ymap_get(doc, node, "version");
	ynode community = ymap_get(doc, node, "community");
	const char *text = ynode_text(doc, version);

	if (text && strcmp(text, "3") == 0) {
		yamldoc_error(doc, version, diag,
			      "SNMPv3 is not in this version; let the device "
			      "answer v2c in its management network until then");
		return;
	}
	ymap_check_keys(doc, node, keys, COUNT(keys), diag);
	ret->snmp_version = text && strcmp(text, "1") == 0 ? 1 : 2;
	if (!text || (strcmp(text, "1") != 0 && strcmp(text, "2c") != 0))
		yamldoc_error(doc, version ? version : key, diag, "version: %s; write 2c or 1",
			      version ? "is not known" : "is missing");
	text = ynode_text(doc, community);
	if (!text || !*text) {
		yamldoc_error(doc, community ? community : key, diag,
			      "community: %s; write the text, or ${NAME} to take it from the "
			      "environment",
			      community ? "must be a text" : "is missing");
		return;
	}
	free(ret->community);
	ret->community = read_secret(doc, community, diag);
}

static void read_all(const struct yamldoc *doc, struct config *config, struct diag *diag)
{
	static const char *const keys[] = { "credentials" };
	ynode root = yamldoc_root(doc), map = ymap_get(doc, root, "credentials");

	ymap_check_keys(doc, root, keys, COUNT(keys), diag);
	if (!ynode_is_map(doc, map)) {
		yamldoc_error(doc, map ? map : root, diag,
			      "must hold a map 'credentials'; write "
			      "credentials: {ro: {version: 2c, community: TEXT}}");
		return;
	}
	config->credentials = xcalloc(ymap_size(doc, map), sizeof(*config->credentials));
	for (size_t i = 0; i < ymap_size(doc, map); i++) {
		ynode key, value;
		ymap_entry(doc, map, i, &key, &value);
		const char *name = ynode_text(doc, key);
		if (!name || !*name || strpbrk(name, " \t\r\n") || !ynode_is_map(doc, value)) {
			yamldoc_error(doc, key, diag,
				      "each credential is a name without blanks "
				      "and a map; write ro: {version: 2c, community: TEXT}");
			continue;
		}
		for (size_t k = 0; k < config->n_credentials; k++) {
			if (strcmp(config->credentials[k].name, name) == 0)
				yamldoc_error(doc, key, diag, "'%s' stands twice; remove one",
					      name);
		}
		struct cfg_credential *c = &config->credentials[config->n_credentials++];
		c->name = xstrdup(name);
		c->community = xstrdup("");
		read_credential(doc, key, value, c, diag);
	}
}

void credentials_read(const char *dir, struct config *config, struct diag *diag)
{
	const char *name = config->settings.credentials_file;

	if (!*name)
		return;
	char *path = systemd_credential(name);
	bool readable = path != NULL;
	if (!path) {
		path = file_below(dir, name);
		readable = is_private(path, name, diag);
	}
	struct yamldoc *doc = readable ? yamldoc_open(path, name, diag) : NULL;
	if (doc)
		read_all(doc, config, diag);
	yamldoc_free(doc);
	free(path);
}

void credentials_done(struct config *config)
{
	for (size_t i = 0; i < config->n_credentials; i++) {
		struct cfg_credential *c = &config->credentials[i];
		explicit_bzero(c->community, strlen(c->community));
		free(c->community);
		free(c->name);
	}
	free(config->credentials);
}
