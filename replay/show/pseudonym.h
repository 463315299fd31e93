/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pseudonyms: the replacements of addresses, numbers and names in an anonymized file. The same key
 * gives the same pseudonyms, so that files made with one key can be compared. Without the key, the
 * originals cannot be recovered from the pseudonyms.
 *
 * The functions do not change an anonymizer, so that threads may share one.
 */
#ifndef PSEUDONYM_H
#define PSEUDONYM_H

#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

#define PSEUDONYM_KEY_LEN 32
#define PSEUDONYM_MAX 24       /* bytes of a name's pseudonym, with its NUL */
#define PSEUDONYM_BYTES_MAX 32 /* bytes of an identifier that is not text */
#define KEY_CHECK_LEN 17       /* bytes of a check value as text, with its NUL */

struct anonymizer;

/* The kinds of numbers. Each has its own pseudonyms: those of the pid 7 and of the uid 7 differ. */
enum pseudonym_number {
	PSEUDONYM_PID,	 /* of threads, processes, and netlink ports: up to 2^22, PID_MAX_LIMIT */
	PSEUDONYM_UID,	 /* 32 bits */
	PSEUDONYM_NETNS, /* inode of a network namespace: 32 bits */
	PSEUDONYM_INODE, /* of a socket: 32 bits */
	PSEUDONYM_ECHO,	 /* identifier of an ICMP echo, which may be the sender's pid: 16 bits */
	PSEUDONYM_SPI,	 /* of IPsec: 32 bits */
	PSEUDONYM_NUMBERS
};

/* The kinds of names. */
enum pseudonym_name {
	PSEUDONYM_TASK,
	PSEUDONYM_DEV,
	PSEUDONYM_NAMESPACE,
	PSEUDONYM_TABLE,
	PSEUDONYM_CHAIN,
	PSEUDONYM_PROGRAM,
	PSEUDONYM_NAMES
};

/*
 * Fills key with the SHA-256 of the content of the file at path, or with random bytes if path is
 * NULL. Returns 0; PWRT_ESYS if the file cannot be read, PWRT_EINVAL if it is empty.
 */
int pseudonym_key(uint8_t key[PSEUDONYM_KEY_LEN], const char *path, struct pwrt_diag *d);

/*
 * Writes 16 hexadecimal digits. They are equal for two files if the pseudonyms of the files are.
 * was is the check value of the file that is read, if that is anonymized already, else NULL.
 */
void pseudonym_key_check(char check[KEY_CHECK_LEN], const uint8_t key[PSEUDONYM_KEY_LEN],
			 const char *was);

/*
 * Returns a new anonymizer, or NULL without memory. The caller frees it with anonymizer_free(),
 * which accepts NULL.
 */
struct anonymizer *anonymizer_new(const uint8_t key[PSEUDONYM_KEY_LEN]);
void anonymizer_free(struct anonymizer *a);

/*
 * Replaces an IP address of len bytes, 4 or 16; any other length stays as it is. Addresses that
 * share n leading bits share n leading bits afterwards (Crypto-PAn: Xu, Fan, Ammar, Moon,
 * "Prefix-Preserving IP Address Anonymization", 2002). Addresses that do not belong to a host
 * stay: RFC 6890 (unspecified, loopback, broadcast), and multicast groups that do not contain a
 * unicast address.
 */
void pseudonym_addr(const struct anonymizer *a, uint8_t *addr, size_t len);

/*
 * Returns the pseudonym of a number. Different numbers of a kind get different pseudonyms. 0 stays
 * 0: it is root, the idle task, or "none". A number that is too large for its kind gets a pseudonym
 * of 64 bits.
 */
uint64_t pseudonym_number(const struct anonymizer *a, enum pseudonym_number kind, uint64_t n);

/*
 * Returns the pseudonym of a kernel address: 48 bits, not 0. The order of addresses is lost. The
 * address 0 stays 0.
 */
uint64_t pseudonym_kernel_addr(const struct anonymizer *a, uint64_t addr);

/*
 * Writes the pseudonym of a name: its kind and eight hexadecimal digits, as in "if-5d0c1e77". The
 * kernel's own names ("eth0", "kworker/0:1", "PREROUTING") and "" stay as they are.
 */
void pseudonym_name(const struct anonymizer *a, enum pseudonym_name kind, const char *name,
		    char to[PSEUDONYM_MAX]);

/* Replaces len bytes that identify something, PSEUDONYM_BYTES_MAX at most; all zeros stay zeros. */
void pseudonym_bytes(const struct anonymizer *a, uint8_t *bytes, size_t len);

#endif
