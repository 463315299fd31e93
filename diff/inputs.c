/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "inputs.h"

int inputs_join(struct file_list **files, struct command_line *c, struct pwrt_diag *d)
{
	const char *const *paths = c->paths;
	int ret;

	*files = NULL;
	if (c->nr_paths == 1 || (c->nr_paths == 2 && !file_list_are_parts(paths[0], paths[1])))
		return 0;
	if (!c->good_sel != !c->bad_sel)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "the files are parts of one recording: give both of --good SEL "
				 "and --bad SEL, or none");
	ret = file_list_new(files, paths, c->nr_paths, &c->common.limits, d);
	if (ret < 0)
		return ret;
	if (file_list_host(*files, 0))
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"the files are of several hosts: name one of each as GOOD and BAD");
	c->bad_path = c->good_path = file_list_name(*files);
	c->chooses = !c->good_sel;
	return 0;
}
