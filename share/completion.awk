# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Makes the completion of a tool for a shell from its option table.
#
#   pwru-show --print-options | awk -v shell=bash -v tool=pwru-show -f completion.awk
BEGIN {
	FS = "\t"
	name = tool
	gsub(/-/, "_", name)
	# The arguments that are not options: recordings, or for pwru-record a filter and then a command.
	records = tool == "pwru-record"
}

$1 == "option" {
	n++
	letter[n] = $2; long[n] = $3; argument[n] = $4; kind[n] = $5; text[n] = $6
	words[n] = $4
	# ARGUMENT is FILE, a|b|c for one of these words, or a name for a value that the user types.
	if (!gsub(/\|/, " ", words[n]))
		words[n] = ""
}

END {
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}

function bash(   i, all, free)
{
	print "# bash completion for " tool ", made from its option table"
	print "_" name "()"
	print "{"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} has_equals= i"
	print "\tCOMPREPLY=()"
	print "\t# bash makes words of --option, = and its argument."
	print "\tif [[ $cur == = ]]; then"
	print "\t\tcur= has_equals=1"
	print "\telif [[ $option == = ]]; then"
	print "\t\toption=${COMP_WORDS[COMP_CWORD - 2]} has_equals=1"
	print "\tfi"
	if (records) {
		print "\tfor ((i = 1; i < COMP_CWORD; i++)); do"
		print "\t\t[[ ${COMP_WORDS[i]} == -- ]] || continue"
		print "\t\tif ((i == COMP_CWORD - 1)); then"
		print "\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")"
		print "\t\telse"
		print "\t\t\tcompopt -o filenames"
		print "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
		print "\t\tfi"
		print "\t\treturn"
		print "\tdone"
	}
	print "\tcase $option$has_equals in"
	for (i = 1; i <= n; i++) {
		all = all " --" long[i] (letter[i] == "" ? "" : " -" letter[i])
		if (kind[i] == "none")
			continue
		pattern = "--" long[i] "1"
		if (kind[i] == "needed")
			pattern = pattern " | --" long[i] (letter[i] == "" ? "" : " | -" letter[i])
		if (argument[i] == "FILE")
			print "\t" pattern ") compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;"
		else if (words[i] != "")
			print "\t" pattern ") mapfile -t COMPREPLY < <(compgen -W \"" words[i] "\" -- \"$cur\"); return ;;"
		else
			print "\t" pattern ") return ;;"
	}
	print "\tesac"
	print "\tif [[ $cur == -* ]]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"" substr(all, 2) "\" -- \"$cur\")"
	if (!records) {
		print "\telse"
		print "\t\tcompopt -o filenames"
		print "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\"; compgen -f -X '!*.pwrt' -- \"$cur\")"
	}
	print "\tfi"
	print "}"
	print "complete -F _" name " " tool
}

function zsh(   i, t, how, what)
{
	print "#compdef " tool
	print "# made from the option table of " tool
	if (records) {
		print "_" name "_rest() {"
		print "\tif [[ $words[CURRENT-1] == -- ]]; then"
		print "\t\t_command_names -e"
		print "\telif (( ${words[(I)--]} )); then"
		print "\t\t_files"
		print "\telse"
		print "\t\t_message 'pcap filter'"
		print "\tfi"
		print "}"
	}
	print "_arguments -s -S \\"
	for (i = 1; i <= n; i++) {
		t = text[i]
		gsub(/'/, "'\\''", t)
		gsub(/\[|\]|:/, "\\\\&", t)
		what = argument[i]
		gsub(/\[|\]|:|\|/, " ", what)
		how = argument[i] == "FILE" ? "_files" : words[i] != "" ? "(" words[i] ")" : " "
		end = "[" t "]" (kind[i] == "none" ? "" : (kind[i] == "needed" ? ":" : "::") what ":" how)
		equals = kind[i] == "none" ? "" : kind[i] == "needed" ? "=" : "=-"
		print "\t'*--" long[i] equals end "' \\"
		if (letter[i] != "")
			print "\t'*-" letter[i] (kind[i] == "needed" ? "+" : "") end "' \\"
	}
	if (records)
		print "\t'*:filter, or -- COMMAND:_" name "_rest'"
	else if (tool == "pwru-diff")
		print "\t'1:recording:_files -g \"*.pwrt(-.)\"' '2:recording:_files -g \"*.pwrt(-.)\"'"
	else
		print "\t'1:recording:_files -g \"*.pwrt(-.)\"' '*:pcap filter: '"
}

function fish(   i, t, line)
{
	print "# made from the option table of " tool
	print "complete -c " tool " -f"
	if (records)
		print "complete -c " tool " -n 'contains -- -- (commandline -opc)' -F -a '(__fish_complete_command)'"
	else
		print "complete -c " tool " -k -a '(__fish_complete_suffix .pwrt)'"
	for (i = 1; i <= n; i++) {
		t = text[i]
		gsub(/\\/, "\\\\", t)
		gsub(/'/, "\\'", t)
		line = "complete -c " tool (letter[i] == "" ? "" : " -s " letter[i]) " -l " long[i]
		if (kind[i] == "needed")
			line = line " -r"
		if (argument[i] == "FILE")
			line = line " -F"
		else if (words[i] != "")
			line = line " -f -a '" words[i] "'"
		else if (kind[i] == "needed")
			line = line " -f"
		print line " -d '" t "'"
	}
}
