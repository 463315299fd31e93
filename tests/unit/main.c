/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "unit.h"

int main(void)
{
	SRunner *sr = srunner_create(suite_cursor());
	int failed;

	srunner_add_suite(sr, suite_file());
	srunner_add_suite(sr, suite_example());
	srunner_add_suite(sr, suite_writer());
	srunner_add_suite(sr, suite_cli());
	srunner_add_suite(sr, suite_command_line());
	srunner_add_suite(sr, suite_outfile());
	srunner_add_suite(sr, suite_packet_filter());
	srunner_add_suite(sr, suite_headers());
	srunner_add_suite(sr, suite_intern());
	srunner_add_suite(sr, suite_kernel_check());
	srunner_add_suite(sr, suite_hops());
	srunner_add_suite(sr, suite_landmarks());
	srunner_add_suite(sr, suite_arg_places());
	srunner_add_suite(sr, suite_memory());
	srunner_add_suite(sr, suite_merge());
	srunner_add_suite(sr, suite_tracepoints());
	srunner_add_suite(sr, suite_tracked_packets());
	srunner_add_suite(sr, suite_ksyms());
	srunner_add_suite(sr, suite_netns());
	srunner_add_suite(sr, suite_netns_names());
	srunner_add_suite(sr, suite_preflight());
	srunner_add_suite(sr, suite_ssh_session());
	srunner_add_suite(sr, suite_probe_group());
	srunner_add_suite(sr, suite_nice_controller());
	srunner_add_suite(sr, suite_rings());
	srunner_add_suite(sr, suite_aux_ring());
	srunner_add_suite(sr, suite_convert());
	srunner_add_suite(sr, suite_skb_args());
	srunner_add_suite(sr, suite_output_file());
	srunner_add_suite(sr, suite_fsync_thread());
	srunner_add_suite(sr, suite_field_expr());
	srunner_add_suite(sr, suite_values());
	srunner_add_suite(sr, suite_anonymize());
	srunner_add_suite(sr, suite_share());
	srunner_add_suite(sr, suite_model());
	srunner_add_suite(sr, suite_losses());
	srunner_add_suite(sr, suite_trace());
	srunner_add_suite(sr, suite_align());
	srunner_add_suite(sr, suite_compare());
	srunner_add_suite(sr, suite_sameness());
	srunner_add_suite(sr, suite_drop_reasons());
	srunner_add_suite(sr, suite_decision());
	srunner_add_suite(sr, suite_ending());
	srunner_add_suite(sr, suite_cause());
	srunner_add_suite(sr, suite_elsewhere());
	srunner_add_suite(sr, suite_counterparts());
	srunner_add_suite(sr, suite_excerpt());
	srunner_add_suite(sr, suite_explain());
	srunner_add_suite(sr, suite_missing_facts());
	srunner_add_suite(sr, suite_flow_groups());
	srunner_add_suite(sr, suite_template());
	srunner_add_suite(sr, suite_json_util());
	srunner_add_suite(sr, suite_json_writer());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
