/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* One a line: clang-format would fill lines. */
/* clang-format off */
static Suite *(*const suites[])(void) = {
	suite_cursor,
	suite_profile,
	suite_aiming,
	suite_file,
	suite_files,
	suite_host_clocks,
	suite_damaged_file,
	suite_hostile_file,
	suite_example,
	suite_writer,
	suite_cli,
	suite_child_command,
	suite_command_line,
	suite_outfile,
	suite_overhead,
	suite_packet_filter,
	suite_headers,
	suite_health_check,
	suite_pattern,
	suite_select,
	suite_name_list,
	suite_intern,
	suite_kernel_check,
	suite_hops,
	suite_incidents,
	suite_line,
	suite_stream,
	suite_landmarks,
	suite_arg_places,
	suite_memory,
	suite_merge,
	suite_tracepoints,
	suite_tracked_packets,
	suite_ksyms,
	suite_netns,
	suite_netns_names,
	suite_preflight,
	suite_printer,
	suite_ssh_session,
	suite_probe_group,
	suite_nice_controller,
	suite_rings,
	suite_aux_ring,
	suite_convert,
	suite_keep,
	suite_skb_args,
	suite_output_file,
	suite_fsync_thread,
	suite_field_expr,
	suite_values,
	suite_anonymize,
	suite_anonymize_policy,
	suite_model,
	suite_packet_facts,
	suite_packet_map,
	suite_seen_bytes,
	suite_quantiles,
	suite_stats,
	suite_timeline,
	suite_columns,
	suite_choose,
	suite_triggers,
	suite_unanswered,
	suite_tcp_refusal,
	suite_flow_facts,
	suite_losses,
	suite_trace,
	suite_align,
	suite_compare,
	suite_sameness,
	suite_drop_reasons,
	suite_decision,
	suite_drop_kinds,
	suite_refresh,
	suite_ending,
	suite_cause,
	suite_elsewhere,
	suite_counterparts,
	suite_excerpt,
	suite_exports,
	suite_folded,
	suite_perfetto,
	suite_verdict,
	suite_missing_facts,
	suite_flow_groups,
	suite_template,
	suite_json_util,
	suite_json_writer,
	suite_event_json,
	suite_time_point,
	suite_time_text,
};
/* clang-format on */

/* Runs all suites, or those of one part of two: "odd" or "even". */
int main(int argc, char **argv)
{
	SRunner *sr = srunner_create(NULL);
	bool in_parts = argc > 1;
	size_t i, first = in_parts && !strcmp(argv[1], "odd");
	int failed;

	for (i = first; i < sizeof(suites) / sizeof(suites[0]); i += in_parts ? 2 : 1)
		srunner_add_suite(sr, suites[i]());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
