/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends and receives a flood of datagrams, to measure the cost of the recorder.
 *
 *   bench-traffic sink PORT                         takes datagrams until it is killed
 *   bench-traffic send ADDRESS PORT COUNT [EVERY]   sends COUNT small ones as fast as it can, each
 *                                                   EVERY-th to PORT + 1; prints packets a second
 *   bench-traffic serve PORT                        answers connections
 *   bench-traffic connect ADDRESS PORT COUNT        makes connections; prints how many worked
 *   bench-traffic take PORT                         takes the bytes of connections
 *   bench-traffic bulk ADDRESS PORT MEGABYTES       sends them through one connection; prints
 *                                                   megabits a second
 *   bench-traffic answer PORT                       answers DNS questions with no record
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

/* every: each such datagram goes to the next port, where nothing listens; 0: none does. */
static void send_all(const char *address, const char *port, long count, long every)
{
	char next[16];
	int fd = open_socket(SOCK_DGRAM, address, port);
	double start = now_s();
	int lost;
	long i;

	snprintf(next, sizeof(next), "%d", atoi(port) + 1);
	lost = open_socket(SOCK_DGRAM, address, next);
	for (i = 0; i < count; i++) {
		/* An ICMP error of the datagram before may be returned instead. */
		if (every && i % every == 0) {
			if (send(lost, "a small datagram.", 18, 0) < 0)
				send(lost, "a small datagram.", 18, 0);
		} else if (send(fd, "a small datagram.", 18, 0) < 0) {
			perror("traffic");
		}
	}
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

static void take(const char *port)
{
	int fd = open_socket(SOCK_STREAM, NULL, port), one;
	static char bytes[1 << 20];

	listen(fd, 64);
	while ((one = accept(fd, NULL, NULL)) >= 0) {
		while (read(one, bytes, sizeof(bytes)) > 0)
			;
		close(one);
	}
}

/* The other side closes when it has all bytes. */
static void bulk(const char *address, const char *port, long megabytes)
{
	int fd = open_socket(SOCK_STREAM, address, port);
	static char bytes[1 << 20];
	double start = now_s();
	long i;

	for (i = 0; i < megabytes; i++) {
		size_t sent = 0;
		ssize_t n = 0;

		for (; sent < sizeof(bytes) && n >= 0; sent += n > 0 ? (size_t)n : 0)
			n = write(fd, bytes + sent, sizeof(bytes) - sent);
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	printf("%.0f\n", (double)megabytes * 8 * 1.048576 / (now_s() - start));
}

/* A question comes back as the answer: with the bit QR of the header (RFC 1035, 4.1.1). */
static void answer(const char *port)
{
	int fd = open_socket(SOCK_DGRAM, NULL, port);
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char text[512];
	ssize_t n;

	while ((n = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &len)) >= 0) {
		text[2] |= (char)0x80;
		sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&from, len);
		len = sizeof(from);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sink"))
		sink(argv[2]);
	else if ((argc == 5 || argc == 6) && !strcmp(argv[1], "send"))
		send_all(argv[2], argv[3], atol(argv[4]), argc == 6 ? atol(argv[5]) : 0);
	else if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "connect"))
		connect_all(argv[2], argv[3], atol(argv[4]));
	else if (argc == 3 && !strcmp(argv[1], "take"))
		take(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "bulk"))
		bulk(argv[2], argv[3], atol(argv[4]));
	else if (argc == 3 && !strcmp(argv[1], "answer"))
		answer(argv[2]);
	else
		return fprintf(stderr, "see the head of traffic.c\n"), 2;
	return 0;
}
