/* SPDX-License-Identifier: Apache-2.0 */
/* "127.0.0.1:9464", "[::1]:9464", "0.0.0.0:9464": where a server of ours listens. */
#pragma once

#include <netinet/in.h>

#include "base/err.h"

/* Numeric addresses only; a port from 1 to 65535. -1 says what is wrong and how to write it. */
int listen_parse(const char *text, struct sockaddr_storage *ret, struct err *err);
