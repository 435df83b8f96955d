/* SPDX-License-Identifier: Apache-2.0 */
/* Numeric addresses inline, names by the thread, nothing lost at the stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/resolver.h"

static sem_t woken;

static void wake(void *user)
{
	(void)user;
	sem_post(&woken);
}

static struct resolve *question(const char *host)
{
	struct resolve *r = calloc(1, sizeof(*r));

	snprintf(r->host, sizeof(r->host), "%s", host);
	r->port = 161;
	r->user = &woken;
	return r;
}

static void test_numeric(void **state)
{
	struct sockaddr_storage addr;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&addr;

	(void)state;
	assert_int_equal(resolver_numeric("127.0.0.7", 16100, &addr), 0);
	assert_int_equal(v4->sin_family, AF_INET);
	assert_int_equal(ntohs(v4->sin_port), 16100);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), 0x7f000007);
	assert_int_equal(resolver_numeric("::1", 161, &addr), 0);
	assert_int_equal(v6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(v6->sin6_port), 161);
	assert_int_equal(resolver_numeric("localhost", 161, &addr), -1);
	assert_int_equal(resolver_numeric("127.1", 161, &addr), -1);
	assert_int_equal(resolver_numeric("", 161, &addr), -1);
}

static void test_names(void **state)
{
	struct err err;
	struct resolver *r = resolver_start(wake, NULL, &err);
	struct resolve *a;

	(void)state;
	assert_non_null(r);
	assert_null(resolver_take(r));
	resolver_ask(r, question("localhost"));
	sem_wait(&woken);
	a = resolver_take(r);
	assert_non_null(a);
	assert_true(a->ok);
	assert_ptr_equal(a->user, &woken);
	free(a);
	/* RFC 6761, 6.4: names below .invalid do not exist */
	resolver_ask(r, question("pdu.invalid"));
	sem_wait(&woken);
	a = resolver_take(r);
	assert_non_null(a);
	assert_false(a->ok);
	free(a);
	assert_null(resolver_stop(r));
}

static void test_stop_frees_what_is_left(void **state)
{
	struct err err;
	struct resolver *r = resolver_start(wake, NULL, &err);

	(void)state;
	assert_non_null(r);
	for (int i = 0; i < 50; i++)
		resolver_ask(r, question("127.0.0.1"));
	resolver_stop(r); /* the sanitizer sees leaks */
	assert_null(resolver_stop(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_stop_frees_what_is_left),
	};

	sem_init(&woken, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
