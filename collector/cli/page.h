/* SPDX-License-Identifier: Apache-2.0 */
/* The page that text is written on: the terminal's, or 80 plain columns. */
#pragma once

#include "report/doc.h"

/* Of standard output; plain: for a file, whatever standard output is. */
struct doc_text page_here(bool plain);
