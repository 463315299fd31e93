/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The unit tests, one suite a file. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

Suite *suite_align(void);
Suite *suite_anonymize(void);
Suite *suite_field_expr(void);
Suite *suite_cli(void);
Suite *suite_command_line(void);
Suite *suite_convert(void);
Suite *suite_cursor(void);
Suite *suite_decision(void);
Suite *suite_file(void);
Suite *suite_hostile_file(void);
Suite *suite_damaged_file(void);
Suite *suite_example(void);
Suite *suite_packet_filter(void);
Suite *suite_hops(void);
Suite *suite_headers(void);
Suite *suite_intern(void);
Suite *suite_kernel_check(void);
Suite *suite_landmarks(void);
Suite *suite_arg_places(void);
Suite *suite_memory(void);
Suite *suite_merge(void);
Suite *suite_ksyms(void);
Suite *suite_netns(void);
Suite *suite_netns_names(void);
Suite *suite_skb_args(void);
Suite *suite_preflight(void);
Suite *suite_ssh_session(void);
Suite *suite_probe_group(void);
Suite *suite_nice_controller(void);
Suite *suite_aux_ring(void);
Suite *suite_outfile(void);
Suite *suite_exports(void);
Suite *suite_output_file(void);
Suite *suite_rings(void);
Suite *suite_anonymize_policy(void);
Suite *suite_fsync_thread(void);
Suite *suite_values(void);
Suite *suite_writer(void);
Suite *suite_model(void);
Suite *suite_packet_facts(void);
Suite *suite_losses(void);
Suite *suite_trace(void);
Suite *suite_compare(void);
Suite *suite_sameness(void);
Suite *suite_drop_reasons(void);
Suite *suite_ending(void);
Suite *suite_cause(void);
Suite *suite_elsewhere(void);
Suite *suite_counterparts(void);
Suite *suite_excerpt(void);
Suite *suite_verdict(void);
Suite *suite_missing_facts(void);
Suite *suite_flow_groups(void);
Suite *suite_template(void);
Suite *suite_tracepoints(void);
Suite *suite_tracked_packets(void);
Suite *suite_json_util(void);
Suite *suite_json_writer(void);
Suite *suite_time_text(void);

#endif
