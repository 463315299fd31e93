/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends and receives a flood of datagrams, to measure the cost of the recorder.
 *
 *   flood sink PORT                 takes datagrams until it is killed
 *   flood send ADDRESS PORT COUNT   sends COUNT small ones as fast as it can; prints packets a
 * second
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Returns a socket that is connected to the address, or bound to the port without an address. */
static int open_socket(int type, const char *address, const char *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, type, 0), room = 32 << 20, yes = 1, failed;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	failed = inet_pton(AF_INET, address ? address : "0.0.0.0", &sa.sin_addr) != 1;
	if (!failed && address)
		failed = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	else if (!failed)
		failed = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	if (failed) {
		perror("traffic");
		exit(2);
	}
	return fd;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sink(const char *port)
{
	int fd = open_socket(SOCK_DGRAM, NULL, port);
	char text[64];

	while (recv(fd, text, sizeof(text), 0) >= 0)
		;
}

static void send_all(const char *address, const char *port, long count)
{
	int fd = open_socket(SOCK_DGRAM, address, port);
	double start = now_s();
	long i;

	for (i = 0; i < count; i++)
		if (send(fd, "a small datagram.", 18, 0) < 0)
			perror("traffic");
	printf("%.0f\n", (double)count / (now_s() - start));
}

static void serve(const char *port)
{
	int fd = open_socket(SOCK_STREAM, NULL, port), one;
	char text[64];

	listen(fd, 64);
	while ((one = accept(fd, NULL, NULL)) >= 0) {
		if (read(one, text, sizeof(text)) > 0 && write(one, "bye", 3) < 0)
			perror("traffic");
		close(one);
	}
}

/* The other side closes first, so that no port of ours stays in TIME_WAIT. */
static void connect_all(const char *address, const char *port, long count)
{
	long i, worked = 0;
	char text[64];

	for (i = 0; i < count; i++) {
		int fd = open_socket(SOCK_STREAM, address, port);

		if (write(fd, "hello", 5) == 5 && read(fd, text, sizeof(text)) == 3)
			worked++;
		close(fd);
	}
	printf("%ld\n", worked);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sink"))
		sink(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "send"))
		send_all(argv[2], argv[3], atol(argv[4]));
	else if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "connect"))
		connect_all(argv[2], argv[3], atol(argv[4]));
	else
		return fprintf(stderr, "see the head of traffic.c\n"), 2;
	return 0;
}
