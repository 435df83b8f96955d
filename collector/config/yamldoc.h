/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a YAML file into a libyaml document and walks it with line numbers, so
 * that syntax and meaning are reported with the place they come from. Used for
 * rackmeter.yaml, the credentials and the device profiles. Only this module
 * includes yaml.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

struct yamldoc;
typedef int ynode; /* 0: absent */

/* NULL after a diag error (unreadable, not YAML, not UTF-8, empty, above 16 MiB, nested more than
 * 64 deep, more than 1000 anchors). name is what diagnostics call the file. */
struct yamldoc *yamldoc_open(const char *path, const char *name, struct diag *diag);
struct yamldoc *yamldoc_free(struct yamldoc *doc);

const char *yamldoc_name(const struct yamldoc *doc);
ynode yamldoc_root(const struct yamldoc *doc);
int ynode_line(const struct yamldoc *doc, ynode node);
int ynode_column(const struct yamldoc *doc, ynode node);
bool ynode_is_map(const struct yamldoc *doc, ynode node);
bool ynode_is_list(const struct yamldoc *doc, ynode node);
bool ynode_is_scalar(const struct yamldoc *doc, ynode node);
const char *ynode_text(const struct yamldoc *doc, ynode node); /* scalar's text, else NULL */

ynode ymap_get(const struct yamldoc *doc, ynode map, const char *key);
size_t ymap_size(const struct yamldoc *doc, ynode map);
void ymap_entry(const struct yamldoc *doc, ynode map, size_t i, ynode *ret_key, ynode *ret_value);
size_t ylist_size(const struct yamldoc *doc, ynode list);
ynode ylist_item(const struct yamldoc *doc, ynode list, size_t i);

/* A diag entry at the node's place. */
void yamldoc_error(const struct yamldoc *doc, ynode node, struct diag *diag, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));
/* Reports keys of map that are not among known (naming the nearest), and keys that stand twice. */
void ymap_check_keys(const struct yamldoc *doc, ynode map, const char *const *known, size_t n_known,
		     struct diag *diag);
