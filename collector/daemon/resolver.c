/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread and two queues under one lock. One thread is enough: names are asked for
 * every ten minutes, and a slow name server delays only devices that have no address yet.
 */
#include "daemon/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct queue {
	struct resolve *first, *last;
};

struct resolver {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct queue questions, answers;
	bool stop;
	void (*wake)(void *user);
	void *user;
};

static void push(struct queue *q, struct resolve *r)
{
	r->next = NULL;
	if (q->last)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
}

static struct resolve *pop(struct queue *q)
{
	struct resolve *r = q->first;

	if (r) {
		q->first = r->next;
		if (!q->first)
			q->last = NULL;
	}
	return r;
}

int resolver_numeric(const char *host, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memset(ret, 0, sizeof(*ret));
		memcpy(ret, &v4, sizeof(v4));
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		memset(ret, 0, sizeof(*ret));
		memcpy(ret, &v6, sizeof(v6));
		return 0;
	}
	return -1;
}

static void resolve(struct resolve *r)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char port[8];

	snprintf(port, sizeof(port), "%u", (unsigned)r->port);
	r->ok = false;
	if (getaddrinfo(r->host, port, &hints, &list) != 0)
		return;
	if (list && list->ai_addrlen <= sizeof(r->addr)) {
		memset(&r->addr, 0, sizeof(r->addr));
		memcpy(&r->addr, list->ai_addr, list->ai_addrlen);
		r->ok = true;
	}
	freeaddrinfo(list);
}

static void *run(void *arg)
{
	struct resolver *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		struct resolve *question = pop(&r->questions);

		if (!question) {
			pthread_cond_wait(&r->asked, &r->lock);
			continue;
		}
		pthread_mutex_unlock(&r->lock);
		resolve(question);
		pthread_mutex_lock(&r->lock);
		push(&r->answers, question);
		pthread_mutex_unlock(&r->lock);
		r->wake(r->user);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct resolver *resolver_start(void (*wake)(void *user), void *user, struct err *err)
{
	struct resolver *r = xcalloc(1, sizeof(*r));
	int error;

	r->wake = wake;
	r->user = user;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->asked, NULL);
	error = pthread_create(&r->thread, NULL, run, r);
	if (error != 0) {
		err_set(err, "resolver thread: %s", strerror(error));
		pthread_cond_destroy(&r->asked);
		pthread_mutex_destroy(&r->lock);
		free(r);
		return NULL;
	}
	return r;
}

struct resolver *resolver_stop(struct resolver *r)
{
	struct resolve *left;

	if (!r)
		return NULL;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->asked);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	while ((left = pop(&r->questions)) || (left = pop(&r->answers)))
		free(left);
	pthread_cond_destroy(&r->asked);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

void resolver_ask(struct resolver *r, struct resolve *question)
{
	pthread_mutex_lock(&r->lock);
	push(&r->questions, question);
	pthread_cond_signal(&r->asked);
	pthread_mutex_unlock(&r->lock);
}

struct resolve *resolver_take(struct resolver *r)
{
	struct resolve *answer;

	pthread_mutex_lock(&r->lock);
	answer = pop(&r->answers);
	pthread_mutex_unlock(&r->lock);
	return answer;
}
