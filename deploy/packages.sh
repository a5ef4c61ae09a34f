#!/bin/sh
# Bring in the system packages that the given lists name: install what is missing where that is possible (root and
# apt), otherwise say exactly what to type and stop with status 1.
#
#   deploy/packages.sh [--check] LIST...        --check only tells, never installs
#
# A list has a package a line: name or "a | b" (any of them), a probe for machines without dpkg (py: module of $PYTHON,
# cmd: program, lib: shared library, font: family), and words.
set -eu

python=${PYTHON:-python3}
check_only=
if [ "${1:-}" = --check ]; then
    check_only=1
    shift
fi

probe() { # kind:name -> is it there?
    name=${1#*:}
    case $1 in
    py:*) "$python" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec(sys.argv[1]))' "$name" ;;
    cmd:*) command -v "$name" >/dev/null ;;
    lib:*) "$python" -c 'import ctypes.util as u, sys; sys.exit(not u.find_library(sys.argv[1]))' "$name" ;;
    font:*) command -v fc-list >/dev/null && fc-list "$name" | grep -q . ;;
    *) return 1 ;;
    esac
}

if command -v dpkg-query >/dev/null; then
    debian=1
    # One question for everything: 20 ms instead of 20 ms a package.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
else
    debian=
    installed=
fi

is_installed() { # package -> does dpkg say so?
    printf '%s\n' "$installed" | grep -qxF -- "$1"
}

missing= # packages to install, the first of their alternatives
words=   # the same for people without apt
tab=$(printf '\t')
rows=$(sed -e 's/#.*//' -e 's/ *| */|/g' -e "s/[ $tab][ $tab]*/ /g" -e '/^ *$/d' "$@")
while read -r names probe what; do
    found=
    if [ "$debian" ]; then
        for name in $(printf '%s' "$names" | tr '|' ' '); do
            if is_installed "$name"; then found=1; fi
        done
        # A Python that brings venv by itself needs no package for it.
        case $probe in py:*) if probe "$probe"; then found=1; fi ;; esac
    elif probe "$probe"; then
        found=1
    fi
    if [ -z "$found" ]; then
        missing="$missing $names"
        words="$words
  - $what"
    fi
done <<ROWS
$rows
ROWS

if [ -z "$missing" ]; then exit 0; fi

if [ -z "$debian" ] || ! command -v apt-get >/dev/null; then
    {
        echo "Perangkat lunak berikut belum ada. Pasang dengan cara sistem ini, lalu ulangi perintah."
        echo "This software is missing. Install it the way this system does, then repeat the command.$words"
    } >&2
    exit 1
fi

available() { # packages -> the first that apt can install; status 1 and the first of all when there is none
    for name in "$@"; do
        if apt-cache policy "$name" 2>/dev/null | grep 'Candidate:' | grep -qv '(none)'; then
            echo "$name"
            return
        fi
    done
    echo "$1"
    return 1
}

choose() { # prints one package for each missing row; status 1 when apt does not know one
    known=0
    chosen=
    for names in $missing; do
        # shellcheck disable=SC2046  # alternatives are words
        chosen="$chosen $(available $(printf '%s' "$names" | tr '|' ' '))" || known=1
    done
    echo "${chosen# }"
    return $known
}

if [ "$check_only" ] || [ "$(id -u)" != 0 ]; then
    {
        echo "Paket sistem belum lengkap. Ketik baris ini, lalu ulangi perintah:"
        echo "System packages are missing. Type this line, then repeat the command:"
        echo
        echo "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends $(choose)"
        echo
    } >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
update() {
    apt-get update --quiet </dev/null || true # one unreachable source need not matter; installing tells
}
install() {
    # shellcheck disable=SC2046  # package names are words
    apt-get install --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 $(choose) </dev/null
}
# The lists of a new machine are empty, those of an old one point to files that are gone.
choose >/dev/null || update
echo "Memasang paket sistem / installing system packages: $(choose)"
if ! install; then
    update
    install
fi
