# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that several cases share.
recordings="good-6.1 bad-6.1 good-6.12 bad-6.12 reasons-6.12 programs-6.12 mix-6.12"

# chunks LINES COMMAND...: prints a checksum and the first line of every LINES lines of a long output, to show where two differ
chunks()
{
	local lines=$1 sum size name first
	shift
	rm -f chunk.*
	"$@" | split -d -a 4 -l "$lines" - chunk.
	cksum chunk.* | while read -r sum size name; do
		IFS= read -r first <"$name"
		printf '%s %s %s\n' "$sum" "$size" "$first"
	done
}

# alike FILTER COMMAND...: compares COMMAND's JSON of recordings and of those with pseudonyms; FILTER removes the values that differ
alike()
{
	local filter=$1 f of
	shift
	for f in $recordings; do
		for of in "$f" "$f-anon"; do
			"$@" "$of.pwrt" | jq -c "$filter" >"$of.alike" &
		done
		wait
		cmp "$f.alike" "$f-anon.alike" && echo "$f: $(wc -l <"$f.alike") alike"
	done
}

# anonymized_verdict GOOD BAD OPTION...: compares the verdict on two recordings and on those with pseudonyms. Link-layer addresses
# are gone in the latter.
anonymized_verdict()
{
	local good=$1 bad=$2 part='del(.verdict.summary, .verdict.look, .verdict.drop_netns, .verdict.cause.netns, .verdict.cause.good,
		.verdict.cause.bad) | .hops |= map(map_values(if . then {role, start, "end": ."end", changed, layers, stages, events} else . end)) | .packets |= map(.state |= map(select(.field | startswith("eth.") | not) | del(.good, .bad))) |
		walk(if type == "string" and test("^(prog-|choose_by_port)") then "PROGRAM" else . end)'
	shift 2
	pwru-diff --json "$@" "$good.pwrt" "$bad.pwrt" | jq -c "$part" >verdict || true
	pwru-diff --json "$@" "$good-anon.pwrt" "$bad-anon.pwrt" | jq -c "$part" >verdict-anon || true
	cmp verdict verdict-anon &&
		jq -c '[.diverged, .verdict.cause, .verdict.drop_reason, (.packets | length)]' verdict
}
