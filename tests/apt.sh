# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Debian packages for tests, with package lists of their own. The lists and sources of this machine stay as they are, and the
# functions need no root. Other scripts source this file. An apt folder holds the sources, the lists and the cache, for one
# architecture.

# archive_of SUITE: prints the address of the Debian archive that has the suite, as the apt sources of this machine name it
archive_of()
{
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[[ $1 = *-security ]] && codename+=-security
	apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' 2>/dev/null |
		awk -v suite="$codename" '$1 == suite { print $2; exit }'
}

# private_apt FOLDER PROGRAM ARGUMENT...: runs the apt program on the apt folder. The folder lists no package as installed, so apt
# finds every package that a package depends on.
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

# apt_folder FOLDER ARCH SUITE...: makes the apt folder for the architecture, and gets the package lists of the suites. It returns
# 1, with the reason on stderr, where that fails.
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
