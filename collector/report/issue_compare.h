/* SPDX-License-Identifier: Apache-2.0 */
/* A report's figures against those that it had before. Pure. */
#pragma once

#include "report/doc.h"

/*
 * What differs between the document and its earlier JSON, in words: "Ratio was 1.237 (issued
 * 2026-12-01), now 1.241; Facility energy was ...". Figures are numbers of fields and of rows; a
 * row is the same by what stands before its first figure. NULL: nothing differs by more than a part
 * in 10^9. malloc'd. when: "2026-12-01".
 */
char *issue_compare(const struct doc *doc, const char *json, const char *when);
