/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets by name, apart from everything that is shown, stored or mailed. The
 * file does not count towards the hash of the configuration either: a hash in
 * the database would let a community be guessed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

/* systemd makes its copy when the unit starts, so a reload cannot see a later edit. The file may be
 * unreadable here; its time is not. */
static void compare_times(const char *copy, const char *path, const char *name, struct diag *diag)
{
	struct stat handed, file;

	if (stat(copy, &handed) == 0 && stat(path, &file) == 0 &&
	    file.st_mtim.tv_sec > handed.st_mtim.tv_sec)
		diag_add(diag, DIAG_WARNING, name, 0, 0,
			 "was changed after the service had started, which still uses the former "
			 "one: run systemctl restart rackmeterd");
}

static bool is_private(const char *path, const char *name, struct diag *diag)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		diag_add(diag, DIAG_ERROR, name, 0, 0,
			 "%s; write it, or correct 'credentials' in rackmeter.yaml",
			 errno == ENOENT ? "the credentials file is missing"
					 : "the credentials file cannot be reached");
		return false;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
		return true;
	diag_add(diag, DIAG_ERROR, name, 0, 0,
		 "others than its owner may use the credentials file (mode %04o); run: "
		 "chmod 600 %s",
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

struct reading { /* one credential on its way */
	const struct yamldoc *doc;
	ynode key, map;
	struct cfg_credential *ret;
	struct diag *diag;
};

/* A secret of at least min characters into *to; why: what a text that is shorter breaks. */
static void read_text(const struct reading *r, const char *key, size_t min, size_t max,
		      const char *why, char **to)
{
	ynode node = ymap_get(r->doc, r->map, key);
	const char *text = ynode_text(r->doc, node);
	size_t before = r->diag->n_errors;

	if (!text || !*text) {
		yamldoc_error(r->doc, node ? node : r->key, r->diag,
			      "%s: %s; write the text, or ${NAME} to take it from the environment",
			      key, node ? "must be a text" : "is missing");
		return;
	}
	free(*to);
	*to = read_secret(r->doc, node, r->diag);
	if (r->diag->n_errors == before && strlen(*to) < min)
		yamldoc_error(r->doc, node, r->diag, "%s: is shorter than %zu characters, %s", key,
			      min, why);
	if (strlen(*to) > max)
		yamldoc_error(r->doc, node, r->diag, "%s: is longer than %zu characters, which no "
			      "agent takes; shorten it", key, max);
}

static void read_community(const struct reading *r)
{
	static const char *const keys[] = { "version", "community" };

	ymap_check_keys(r->doc, r->map, keys, COUNT(keys), r->diag);
	read_text(r, "community", 1, 255, "", &r->ret->community);
}

/* ---- SNMPv3 ------------------------------------------------------------------ */

#define PASSWORD_MIN 8   /* RFC 3414, 11.2 */
#define PASSWORD_MAX 255
#define USER_MAX     32  /* usmUserName, RFC 3414 */
#define CONTEXT_MAX  255 /* SnmpAdminString, RFC 3411 */

static const char *const auth_names[] = {
	[CFG_AUTH_MD5] = "MD5", [CFG_AUTH_SHA] = "SHA", [CFG_AUTH_SHA224] = "SHA-224",
	[CFG_AUTH_SHA256] = "SHA-256", [CFG_AUTH_SHA384] = "SHA-384", [CFG_AUTH_SHA512] = "SHA-512",
};
static const char *const priv_names[] = {
	[CFG_PRIV_DES] = "DES", [CFG_PRIV_AES128] = "AES", [CFG_PRIV_AES192] = "AES-192",
	[CFG_PRIV_AES256] = "AES-256", [CFG_PRIV_AES192_C] = "AES-192-C",
	[CFG_PRIV_AES256_C] = "AES-256-C",
};

/* As people write them: "sha256" for "SHA-256". */
static bool same_word(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "-_ ");
		b += strspn(b, "-_ ");
		if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

/* The protocol that key names, 0 when there is none or after a problem; names[0] is unused. */
static int read_protocol(const struct reading *r, const char *key, const char *const *names,
			 size_t n)
{
	ynode node = ymap_get(r->doc, r->map, key);
	const char *text = ynode_text(r->doc, node), *near;
	char all[128] = "";
	size_t used = 0;

	if (!node)
		return 0;
	if (text && names == auth_names && same_word(text, "SHA1"))
		return CFG_AUTH_SHA;
	if (text && names == priv_names && same_word(text, "AES128"))
		return CFG_PRIV_AES128;
	for (size_t i = 1; text && i < n; i++) {
		if (same_word(text, names[i]))
			return (int)i;
	}
	for (size_t i = 1; i < n; i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 i == 1 ? "" : i + 1 == n ? " or " : ", ", names[i]);
	near = text ? text_nearest(text, names + 1, n - 1) : NULL;
	if (near)
		yamldoc_error(r->doc, node, r->diag,
			      "%s: '%s' is not known; did you mean '%s'? There are %s", key, text,
			      near, all);
	else /* not quoted: people put the password here */
		yamldoc_error(r->doc, node, r->diag, "%s: is no protocol; write %s", key, all);
	return -1;
}

/* A protocol and its password belong together; so do their absences. */
static int read_half(const struct reading *r, const char *key, const char *const *names, size_t n,
		     char **password)
{
	char *password_key = xasprintf("%s_password", key);
	ynode given = ymap_get(r->doc, r->map, password_key);
	int protocol = read_protocol(r, key, names, n);

	if (protocol != 0)
		read_text(r, password_key, PASSWORD_MIN,
			  PASSWORD_MAX, "which no agent takes (RFC 3414, 11.2); write the password "
			  "that the device has", password);
	else if (given)
		yamldoc_error(r->doc, given, r->diag,
			      "%s without %s; add %s: %s, or what the device uses", password_key,
			      key, key, names[n > 6 ? 2 : 1]);
	free(password_key);
	return protocol;
}

/* level may be left out: it follows from auth and priv, and is checked against them. */
static void check_level(const struct reading *r, int auth, int priv)
{
	static const char *const levels[] = { "noAuthNoPriv", "authNoPriv", "authPriv" };
	ynode node = ymap_get(r->doc, r->map, "level");
	const char *text = ynode_text(r->doc, node);
	size_t is = priv ? 2 : auth ? 1 : 0, want = 0;

	if (priv && !auth)
		yamldoc_error(r->doc, ymap_get(r->doc, r->map, "priv"), r->diag,
			      "priv without auth: SNMPv3 cannot encrypt what is not authenticated; "
			      "add auth and auth_password, or remove priv");
	if (!node)
		return;
	while (want < COUNT(levels) && !(text && strcasecmp(text, levels[want]) == 0))
		want++;
	if (want == COUNT(levels))
		yamldoc_error(r->doc, node, r->diag, "level: is not known; write noAuthNoPriv, "
			      "authNoPriv or authPriv, or leave it out");
	else if (want > is && !(priv && !auth))
		yamldoc_error(r->doc, node, r->diag, "level: %s wants %s; add %s_password too",
			      levels[want], auth ? "priv" : "auth", auth ? "priv" : "auth");
	else if (want < is)
		yamldoc_error(r->doc, node, r->diag, "level: %s, but %s is given; remove one of "
			      "them", levels[want], want ? "priv" : "auth");
}

static void read_user(const struct reading *r)
{
	static const char *const keys[] = { "version", "user", "level", "auth", "auth_password",
					    "priv", "priv_password", "context" };
	struct cfg_credential *c = r->ret;
	int auth, priv;

	ymap_check_keys(r->doc, r->map, keys, COUNT(keys), r->diag);
	read_text(r, "user", 1, USER_MAX, "", &c->user);
	auth = read_half(r, "auth", auth_names, COUNT(auth_names), &c->auth_password);
	priv = read_half(r, "priv", priv_names, COUNT(priv_names), &c->priv_password);
	check_level(r, auth, priv);
	if (ymap_get(r->doc, r->map, "context"))
		read_text(r, "context", 1, CONTEXT_MAX, "", &c->context);
	if (auth > 0)
		c->auth = (enum cfg_auth)auth;
	if (auth > 0 && priv > 0)
		c->priv = (enum cfg_priv)priv;
}

static void read_credential(const struct reading *r)
{
	ynode version = ymap_get(r->doc, r->map, "version");
	const char *text = ynode_text(r->doc, version);

	if (text && strcmp(text, "3") == 0) {
		r->ret->snmp_version = 3;
		read_user(r);
		return;
	}
	r->ret->snmp_version = text && strcmp(text, "1") == 0 ? 1 : 2;
	if (!text || (strcmp(text, "1") != 0 && strcmp(text, "2c") != 0))
		yamldoc_error(r->doc, version ? version : r->key, r->diag,
			      "version: %s; write 3, 2c or 1",
			      version ? "is not known" : "is missing");
	read_community(r);
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
		if (config_credential(config, name))
			yamldoc_error(doc, key, diag, "'%s' stands twice; remove one", name);
		struct cfg_credential *c = &config->credentials[config->n_credentials++];
		c->name = xstrdup(name);
		c->community = xstrdup("");
		c->user = xstrdup("");
		c->auth_password = xstrdup("");
		c->priv_password = xstrdup("");
		c->context = xstrdup("");
		read_credential(&(struct reading){ doc, key, value, c, diag });
	}
}

const struct cfg_credential *config_credential(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_credentials; i++)
		if (strcmp(config->credentials[i].name, name) == 0)
			return &config->credentials[i];
	return NULL;
}

void credentials_read(const char *dir, struct config *config, struct diag *diag)
{
	const char *name = config->settings.credentials_file;

	if (!*name)
		return;
	char *handed = systemd_credential(name), *path = file_below(dir, name);
	struct yamldoc *doc = NULL;
	if (handed)
		compare_times(handed, path, name, diag);
	if (handed || is_private(path, name, diag))
		doc = yamldoc_open(handed ? handed : path, name, diag);
	if (doc)
		read_all(doc, config, diag);
	yamldoc_free(doc);
	free(handed);
	free(path);
}

static void forget(char *secret)
{
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

void credentials_done(struct config *config)
{
	for (size_t i = 0; i < config->n_credentials; i++) {
		struct cfg_credential *c = &config->credentials[i];

		forget(c->community);
		forget(c->auth_password);
		forget(c->priv_password);
		free(c->user);
		free(c->context);
		free(c->name);
	}
	free(config->credentials);
}
