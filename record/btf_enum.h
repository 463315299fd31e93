/* The numbers that the running kernel gives to names. */
#ifndef BTF_ENUM_H
#define BTF_ENUM_H

#include <bpf/btf.h>
#include <stdint.h>

/* The value of a member of an enum of 32 bits, or none where the kernel does not have it. */
uint32_t btf_enum_value(const struct btf *btf, const char *type, const char *name, uint32_t none);

#endif
