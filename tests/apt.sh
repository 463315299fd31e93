# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Debian packages for tests, with package lists of their own: the lists and sources of this machine stay as they are, and no root
# is needed. To be sourced. An apt folder holds the sources, the lists and the cache, for one architecture.

# Print the address of the Debian archive that has suite $1, as the apt sources of this machine name it.
archive_of()
{
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[[ $1 = *-security ]] && codename+=-security
	apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' 2>/dev/null |
		awk -v suite="$codename" '$1 == suite { print $2; exit }'
}

# Run the apt program $2 with the arguments that follow, on the apt folder $1. To apt, no package is installed: it finds all that
# a package depends on.
private_apt()
{
	local state=$1 program=$2 arch
	shift 2
	arch=$(cat "$state/arch")
	"$program" -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o APT::Install-Recommends=0 -o "Dir::State::Status=$state/status" \
		-o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" \
		-o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

# Make the apt folder $1 for architecture $2, and get the package lists of the suites that follow. Return 1, with the reason on
# stderr, where that fails.
apt_folder()
{
	local state=$1 arch=$2 suite archive
	shift 2
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	echo "$arch" >"$state/arch"
	: >"$state/status"
	: >"$state/sources.list"
	for suite in "$@"; do
		archive=$(archive_of "$suite")
		if [ -z "$archive" ]; then
			echo "the apt sources of this machine name no Debian archive for $suite: Debian is needed" >&2
			return 1
		fi
		echo "deb [arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >>"$state/sources.list"
	done
	private_apt "$state" apt-get update >"$state/log" 2>&1 && return
	echo "cannot get the package list of $*: $(tail -n 1 "$state/log")" >&2
	return 1
}
