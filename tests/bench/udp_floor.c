/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under polling: the same number of requests and answers of the same size over
 * loopback, and nothing else: no BER, no timers, no decoding, no store. A child echoes; what
 * counts is the CPU of this process, per request, with sendmmsg and recvmmsg in batches.
 *   udp_floor REQUESTS REQUEST-BYTES ANSWER-BYTES BATCH     prints microseconds per request
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH_MAX = 64, BYTES_MAX = 1472 };

static struct mmsghdr messages[BATCH_MAX];
static struct iovec iovs[BATCH_MAX];
static struct sockaddr_in peers[BATCH_MAX];
static unsigned char buffers[BATCH_MAX][BYTES_MAX];

_Noreturn static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(struct sockaddr_in *ret_at)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) < 0)
		fail("udp_floor: socket");
	*ret_at = at;
	return fd;
}

static void prepare(unsigned n, size_t bytes)
{
	for (unsigned i = 0; i < n; i++) {
		iovs[i] = (struct iovec){ buffers[i], bytes };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &peers[i],
						       .msg_namelen = sizeof(peers[i]),
						       .msg_iov = &iovs[i],
						       .msg_iovlen = 1 };
	}
}

static void send_all(int fd, unsigned n, size_t bytes)
{
	prepare(n, bytes);
	for (unsigned sent = 0; sent < n;) {
		int k = sendmmsg(fd, messages + sent, n - sent, 0);

		if (k < 0)
			fail("udp_floor: sendmmsg");
		sent += (unsigned)k;
	}
}

static unsigned receive(int fd, unsigned most)
{
	prepare(most, BYTES_MAX);
	int k = recvmmsg(fd, messages, most, MSG_WAITFORONE, NULL);

	if (k < 0)
		fail("udp_floor: recvmmsg"); /* a lost packet ends so, by the timeout */
	return (unsigned)k;
}

static void ask(int fd, const struct sockaddr_in *server, unsigned long requests, unsigned batch,
		size_t request_bytes)
{
	for (unsigned long left = requests; left > 0;) {
		unsigned n = left < batch ? (unsigned)left : batch;

		for (unsigned i = 0; i < n; i++)
			peers[i] = *server;
		send_all(fd, n, request_bytes);
		for (unsigned got = 0; got < n;)
			got += receive(fd, n - got);
		left -= n;
	}
}

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	unsigned long number[4] = { 0 };
	struct sockaddr_in server_at, client_at;
	struct timeval patience = { .tv_sec = 5 };

	for (int i = 0; argc == 5 && i < 4; i++)
		number[i] = strtoul(argv[i + 1], NULL, 10);
	if (number[0] < 1 || number[1] < 1 || number[2] < 1 || number[3] < 1 ||
	    number[1] > BYTES_MAX || number[2] > BYTES_MAX || number[3] > BATCH_MAX) {
		fprintf(stderr, "usage: udp_floor REQUESTS REQUEST-BYTES ANSWER-BYTES BATCH\n");
		return 2;
	}
	int server = open_socket(&server_at), client = open_socket(&client_at);
	pid_t child = fork();
	if (child < 0)
		fail("udp_floor: fork");
	if (child == 0) {
		alarm(120); /* whatever becomes of the parent */
		for (;;) {
			unsigned n = receive(server, BATCH_MAX);
			send_all(server, n, number[2]);
		}
	}
	if (setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		fail("udp_floor: SO_RCVTIMEO");
	ask(client, &server_at, number[0] / 10 + 1, (unsigned)number[3], number[1]); /* warm */
	double start = cpu_us();
	ask(client, &server_at, number[0], (unsigned)number[3], number[1]);
	printf("%.3f\n", (cpu_us() - start) / (double)number[0]);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	return 0;
}
