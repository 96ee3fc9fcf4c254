# packages.sh - installs Debian packages that a script needs; sourced.
#
#	. scripts/lib/packages.sh
#	need_packages build test
#	want_packages browser
#
# Nothing happens when everything is there, so it works for every user then.
# Otherwise root installs without a question, and everybody else is told the one
# line that root has to run.  want_packages goes on when they cannot be had.  No
# package of these starts or enables a service.
# shellcheck shell=bash

# What a group stands for, on Debian 12.
package_group() {
	case $1 in
	build) echo build-essential cmake ninja-build pkg-config \
		libmariadb-dev libxxhash-dev libzstd-dev zlib1g-dev libjson-c-dev libssl-dev \
		libmicrohttpd-dev check ;;
	server) echo mariadb-server-core mariadb-client-core ;;
	test) echo python3 python3-pymysql python3-cryptography openssl \
		mariadb-client-core zstd ;;
	package) echo dpkg-dev file lintian zsh fish ;;
	format) echo clang-format shellcheck codespell ;;
	lint) echo clang clang-format clang-tidy shellcheck codespell ;;
	sanitize) echo clang libclang-rt-14-dev ;;
	browser) echo chromium ;;
	npm) echo npm ;;
	bench) echo percona-toolkit mydumper mariadb-client ;;
	*) return 1 ;;
	esac
}

package_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

need_packages() {
	local group packages package
	local -a missing=() apt
	for group in "$@"; do
		packages=$(package_group "$group") || {
			printf 'need_packages: unknown group %s\n' "$group" >&2
			exit 2
		}
		for package in $packages; do
			package_installed "$package" || missing+=("$package")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	apt=(apt-get install -y --no-install-recommends "${missing[@]}")
	if [ "$(id -u)" != 0 ]; then
		printf '%s: packages are missing; run as root:\n\n%s\n\n' \
			"${0##*/}" "apt-get update && ${apt[*]}" >&2
		exit 1
	fi
	printf '%s: installing %s\n' "${0##*/}" "${missing[*]}" >&2
	packages_quietly apt-get -q -o DPkg::Lock::Timeout=300 update
	packages_quietly "${apt[0]}" -q -o DPkg::Lock::Timeout=300 "${apt[@]:1}"
}

# In a subshell, for need_packages ends the script.
want_packages() {
	(need_packages "$@") ||
		printf '%s: going on without them\n' "${0##*/}" >&2
}

# Runs apt-get without questions; what it says is shown only when it fails.
packages_quietly() {
	local log
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 </dev/null; then
		tail -n 25 "$log" >&2
		rm -f "$log"
		printf '%s: %s failed\n' "${0##*/}" "$*" >&2
		exit 1
	fi
	rm -f "$log"
}
