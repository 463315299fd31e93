# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Fills a man page: replaces the line @OPTIONS@ of the template by the option table of the tool.
#
#   pwru-show --print-options | awk -v version=0.1.0 -f man.awk - man/pwru-show.1.in
BEGIN { FS = "\t" }

# roff(s): escapes text for roff, in which a backslash, a dash of an option and a leading full stop have a meaning.
function roff(s)
{
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	return s ~ /^[.']/ ? "\\&" s : s
}

FNR == NR && $1 == "group" {
	title = $2
	sub(/:$/, "", title)
	options = options ".SS " roff(title) "\n"
	next
}
FNR == NR && $1 == "option" {
	argument = $5 == "none" ? "" : "=\\fI" roff($4) "\\fR"
	if ($5 == "optional")
		argument = "[" argument "]"
	options = options ".TP\n" ($2 == "" ? "" : "\\fB\\-" roff($2) "\\fR, ") "\\fB\\-\\-" roff($3) "\\fR" argument "\n" roff($6) "\n"
	next
}
FNR == NR { next }
$0 == "@OPTIONS@" { printf "%s", options; next }
{ gsub(/@VERSION@/, version); print }
