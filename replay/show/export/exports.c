/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "exports.h"

const struct export_kind export_kinds[EXPORT_FORMATS] = {
	[EXPORT_PCAPNG] = { "pcapng", "records", export_pcapng },
	[EXPORT_FOLDED] = { "folded", "stacks", export_folded },
	[EXPORT_PERFETTO] = { "perfetto", "trace events", export_perfetto },
};
