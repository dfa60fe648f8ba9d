#!/usr/bin/env bash
# Installs the real servers that tests and the demo run against, each at a pinned version.
#
# Why: a check of a promise is only worth something if it was tried against the servers that
# people run, at both ends of the versions we support. The old end and the plain servers come
# from Debian's packages; the new end is built from Go modules, since it is packaged nowhere.
#
#   peers.sh [all]       everything (the default)
#   peers.sh demo        what the demo needs: Debian's Prometheus, Alertmanager, Redis and
#                        PostgreSQL, and Jaeger
#   peers.sh where NAME  the absolute path of one, or exit 1
#   peers.sh env         `export STEADFAST_PEER_NAME=PATH` for every one that is there
#
# Go modules are built in their own folder with their own go.sum: `go install MODULE@VERSION`
# asks for version lists and checksums that not every module proxy serves. A build goes to a
# temporary file that is moved into place once it has answered its version, so whatever is at
# its final path is whole, and a run that was interrupted can simply be started again.
#
# Jaeger and Chromium are optional: without them the tests that need them are skipped and
# counted as such. Without any of the others this script fails.
#
# shellcheck disable=SC2317 # what with_lock calls is named by its arguments
set -euo pipefail

readonly JAEGER=2.13.0 # released as v1.76.0 of its module
readonly ALERTMANAGER=0.34.0
readonly PROMETHEUS=3.13.5 # released as v0.313.5 of its module

readonly ALL=(prometheus-old prometheus-new alertmanager-old alertmanager-new jaeger
  promtool amtool redis-server postgres chromium)
readonly DEMO=(prometheus-old alertmanager-old jaeger promtool amtool redis-server postgres)
readonly OPTIONAL=' jaeger chromium '

# ---- words ---------------------------------------------------------------------------------

say() { printf 'peers: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# ---- finding -------------------------------------------------------------------------------

cache() {
  local base=${XDG_CACHE_HOME:-}
  [[ $base == /* ]] || base=${HOME:?set HOME or XDG_CACHE_HOME}/.cache
  printf '%s/steadfast/peers\n' "$base"
}

# version_of FILE: the version a program says it has. Only the line that has it is read, and no
# warnings: a program built without a version still names that of its Go further down.
version_of() {
  local said
  case ${1##*/} in
    jaeger*) said=$(timeout 30 "$1" version 2>/dev/null </dev/null | grep -i 'gitVersion') || return 1 ;;
    *) said=$(timeout 30 "$1" --version 2>/dev/null </dev/null) || return 1 ;;
  esac
  [[ ${said%%$'\n'*} =~ [0-9]+\.[0-9]+(\.[0-9]+)* ]] || return 1
  printf '%s\n' "${BASH_REMATCH[0]}"
}

# at_least VERSION MINIMUM
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -VC; }

# on_path PROGRAM MINIMUM BELOW: the first one on PATH of a version from MINIMUM to under BELOW.
on_path() {
  local file version
  while IFS= read -r file; do
    version=$(version_of "$file") || continue
    if at_least "$version" "$2" && ! at_least "$version" "$3"; then
      realpath -s "$file"
      return
    fi
  done < <(type -aP "$1")
  return 1
}

# built NAME-VERSION PROGRAM: the one that we built, if it is there.
built() {
  local file
  file=$(cache)/$1/$2
  [[ -x $file ]] && printf '%s\n' "$file"
}

# beside NAME... PROGRAM: PROGRAM in the folder of the first NAME that has it; a tool of the
# newest server reads what the older ones read.
beside() {
  local program=${!#} name file
  for name in "${@:1:$#-1}"; do
    file=$(find_peer "$name") || continue
    file=${file%/*}/$program
    [[ -x $file ]] && printf '%s\n' "$file" && return
  done
  return 1
}

# The folder of PostgreSQL's own programs, which Debian keeps off PATH. 15 is what we pin; a
# newer one that is there already will do.
postgres_bin() {
  local dir
  for dir in /usr/lib/postgresql/15/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) \
    "$(dirname "$(type -P postgres || echo /none/x)")"; do
    [[ -x $dir/postgres && -x $dir/initdb && -x $dir/pg_ctl && -x $dir/pg_basebackup ]] || continue
    at_least "$(version_of "$dir/postgres")" 15 || continue
    printf '%s\n' "$dir"
    return
  done
  return 1
}

# find_peer NAME: its absolute path.
find_peer() {
  case $1 in
    prometheus-old) on_path prometheus 2.40 3 ;;
    prometheus-new) built "prometheus-$PROMETHEUS" prometheus || on_path prometheus 3 4 ;;
    alertmanager-old) on_path prometheus-alertmanager 0.25 0.28 || on_path alertmanager 0.25 0.28 ;;
    alertmanager-new) built "alertmanager-$ALERTMANAGER" alertmanager ||
      on_path alertmanager "$ALERTMANAGER" 1 ;;
    jaeger) built "jaeger-$JAEGER" jaeger || on_path jaeger "$JAEGER" 2.14 ;;
    promtool) beside prometheus-new prometheus-old promtool || on_path promtool 2.40 4 ;;
    amtool) beside alertmanager-new alertmanager-old amtool || on_path amtool 0.25 1 ;;
    redis-server) on_path redis-server 6 99 ;;
    postgres) postgres_bin ;;
    chromium) on_path chromium 100 9999 || on_path google-chrome 100 9999 ;;
    *) die "no peer is called '$1'; there are: ${ALL[*]}" ;;
  esac
}

where() {
  [[ $# == 1 ]] || die "where needs one name of: ${ALL[*]}"
  find_peer "$1" || die "$1 is not installed; 'make peers' installs it"
}

environment() {
  local name file variable
  for name in "${ALL[@]}"; do
    file=$(find_peer "$name") || continue
    variable=${name//-/_}
    [[ $name == postgres ]] && variable=postgres_bin
    printf 'export STEADFAST_PEER_%s=%q\n' "${variable^^}" "$file"
  done
}

# ---- installing ----------------------------------------------------------------------------

# with_lock FILE COMMAND...: one run at a time. What the command starts keeps the lock, so that
# a build that outlives a killed run is waited for, not raced.
with_lock() {
  local file=$1 fd
  shift
  have flock || die "flock is missing; it is in Debian's package util-linux"
  mkdir -p "${file%/*}"
  exec {fd}>"$file"
  if ! flock -n "$fd"; then
    say "another run is at it; waiting (lock: $file)"
    flock "$fd"
  fi
  local status=0
  "$@" || status=$?
  exec {fd}>&-
  return "$status"
}

# package_of NAME: the Debian package that brings it, nothing for what we build.
package_of() {
  case $1 in
    prometheus-old) echo prometheus ;;
    alertmanager-old) echo prometheus-alertmanager ;;
    postgres) echo postgresql ;;
    redis-server | chromium) echo "$1" ;;
  esac
}

# missing_packages NAME...: the Debian packages to install, one a line.
missing_packages() {
  local name package
  have setpriv || echo util-linux
  for name in "$@"; do
    package=$(package_of "$name")
    [[ -z $package ]] || find_peer "$name" >/dev/null || echo "$package"
  done
}

readonly POLICY=/usr/sbin/policy-rc.d
readonly POLICY_MARK='# put here by Steadfast scripts/peers.sh while it installs packages'

# Packages of servers start them on their default ports; this says no while we install. One
# that is already there is somebody's own and stays. One of ours that a killed run left goes.
forbid_services() {
  allow_services
  [[ -e $POLICY ]] && return
  printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
  chmod 755 "$POLICY"
}

allow_services() {
  if [[ -f $POLICY ]] && grep -qxF "$POLICY_MARK" "$POLICY"; then rm -f "$POLICY"; fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive nice -n 10 apt-get -q -o DPkg::Lock::Timeout=600 "$@"
}

install_packages() {
  local log packages=() status=0 started=$SECONDS
  mapfile -t packages < <(missing_packages "$@")
  [[ ${#packages[@]} == 0 ]] && return
  log=$(cache)/apt.log
  say "installing Debian's ${packages[*]} (log: $log)"
  trap allow_services EXIT
  forbid_services
  { apt_get update && apt_get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 </dev/null ||
    status=$?
  allow_services
  trap - EXIT
  if [[ $status != 0 ]]; then
    tail -n 20 "$log" >&2
    say "apt-get could not install: ${packages[*]}"
    return 1
  fi
  say "installed ${packages[*]} in $((SECONDS - started)) s"
}

# Packages for the peers named. Chromium goes by itself, so that it takes nothing else with it.
packages() {
  local name missing=() required=()
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return
  if [[ $EUID != 0 ]]; then
    die "these Debian packages are missing; as root run:
  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  have apt-get || die "no apt-get here; install these yourself: ${missing[*]}"
  for name in "$@"; do [[ $name == chromium ]] || required+=("$name"); done
  with_lock "$(cache)/apt.lock" install_packages "${required[@]}" || true
  for name in "$@"; do
    [[ $name != chromium ]] || with_lock "$(cache)/apt.lock" install_packages chromium || true
  done
}

# module_dir MODULE@VERSION SUM: its folder in Go's module cache. Its go.sum vouches for what it
# needs, SUM for itself.
module_dir() {
  local json sum
  json=$(cd / && GOWORK=off GOFLAGS='' go mod download -json "$1") || {
    printf '%s\n' "$json"
    return 1
  } >&2
  sum=$(sed -n 's/.*"Sum": "\(.*\)".*/\1/p' <<<"$json")
  if [[ $sum != "$2" ]]; then
    echo "$1 has the checksum $sum, not $2" >&2
    return 1
  fi
  sed -n 's/.*"Dir": "\(.*\)".*/\1/p' <<<"$json"
}

# compile FOLDER LDFLAGS VERSION OUT PROGRAM...: ./cmd/PROGRAM of the module in FOLDER, each to
# OUT/PROGRAM, once it has answered VERSION. Left out if it is there from an earlier run.
compile() {
  local folder=$1 ldflags=$2 version=$3 out=$4 program temporary said
  for program in "${@:5}"; do
    [[ -x $out/$program ]] && continue
    temporary=$out/.new/$program
    (cd "$folder" && GOWORK=off GOFLAGS=-p=2 CGO_ENABLED=0 nice -n 10 \
      go build -trimpath -buildvcs=false -ldflags="-s -w $ldflags" -o "$temporary" "./cmd/$program") || return
    said=$(version_of "$temporary") || said=nothing
    if [[ $said != "$version" ]]; then
      echo "$program answers version $said, not $version" >&2
      return 1
    fi
    mv -f "$temporary" "$out/$program" || return
  done
}

# build_NAME OUT: the programs of one module.

build_jaeger() {
  local folder
  folder=$(module_dir github.com/jaegertracing/jaeger@v1.76.0 \
    'h1:sWCOOF1dr+NL0PLil7mFo3BqqQL8k4WiM7aguFbc14g=') || return
  compile "$folder" "-X github.com/jaegertracing/jaeger/internal/version.latestVersion=v$JAEGER" \
    "$JAEGER" "$1" jaeger
}

# Without the flag, `buildinfo.version` of these two is empty.
readonly PROMETHEUS_VERSION_FLAG='-X github.com/prometheus/common/version.Version'

# Its page is compiled in but built elsewhere, so the module lacks it; the API does not need it.
build_alertmanager() {
  local folder
  folder=$(module_dir github.com/prometheus/alertmanager@v0.34.0 \
    'h1:z75n0NoypggESmt3HD4JlTXOaOZj1EBz1ACHO4Z6EUk=') || return
  cp -R --no-preserve=mode "$folder" "$1/.new/source" || return
  mkdir -p "$1/.new/source/ui/app/dist" || return
  echo '<!doctype html><title>Alertmanager</title>' >"$1/.new/source/ui/app/dist/index.html" || return
  compile "$1/.new/source" "$PROMETHEUS_VERSION_FLAG=$ALERTMANAGER" "$ALERTMANAGER" "$1" alertmanager amtool
}

build_prometheus() {
  local folder
  folder=$(module_dir github.com/prometheus/prometheus@v0.313.5 \
    'h1:5/kewqSFNlHQa9NqZxrOkXCBlEuJOvb+8gFOUxSWFv0=') || return
  compile "$folder" "$PROMETHEUS_VERSION_FLAG=$PROMETHEUS" "$PROMETHEUS" "$1" prometheus promtool
}

# complete OUT PROGRAM...
complete() {
  local program
  for program in "${@:2}"; do [[ -x $1/$program ]] || return 1; done
}

# build_locked NAME OUT PROGRAM...: under the lock, so that what is in OUT/.new is a dead run's.
build_locked() {
  local name=$1 out=$2 log=$2/build.log started=$SECONDS status=0
  complete "${@:2}" && return
  say "building ${out##*/}, which takes minutes (log: $log)"
  rm -rf "$out/.new"
  mkdir -p "$out/.new"
  "build_$name" "$out" >"$log" 2>&1 </dev/null || status=$?
  rm -rf "$out/.new"
  if [[ $status != 0 ]]; then
    tail -n 20 "$log" >&2
    say "could not build ${out##*/} (after $((SECONDS - started)) s)"
    return 1
  fi
  say "built ${out##*/} in $((SECONDS - started)) s"
}

# build NAME VERSION PEER PROGRAM...: unless every PROGRAM is built or PEER is on PATH.
build() {
  local name=$1 out programs=("${@:4}")
  out=$(cache)/$name-$2
  complete "$out" "${programs[@]}" && return
  if [[ ! -e $out/${programs[0]} ]] && find_peer "$3" >/dev/null; then return; fi
  if ! have go; then
    say "cannot build $name $2: no Go toolchain (the command go) on PATH"
    return 1
  fi
  with_lock "$out/.lock" build_locked "$name" "$out" "${programs[@]}"
}

# report NAME...: the table, and whether all that must be there is.
report() {
  local name file version status=0
  printf '\n%-17s %-15s %s\n' peer version path
  for name in "$@"; do
    if file=$(find_peer "$name"); then
      version=$file
      [[ $name == postgres ]] && version=$file/postgres
      printf '%-17s %-15s %s\n' "$name" "$(version_of "$version" || echo unknown)" "$file"
    elif [[ $OPTIONAL == *" $name "* ]]; then
      printf '%-17s %-15s %s\n' "$name" - 'could not be installed; tests that need it will be skipped'
    else
      printf '%-17s %-15s %s\n' "$name" - 'MISSING'
      status=1
    fi
  done
  return "$status"
}

install() {
  packages "$@"
  build jaeger "$JAEGER" jaeger jaeger || true
  if [[ " $* " == *' alertmanager-new '* ]]; then
    build alertmanager "$ALERTMANAGER" alertmanager-new alertmanager amtool || true
    build prometheus "$PROMETHEUS" prometheus-new prometheus promtool || true
  fi
  report "$@" || die 'some that must be there are missing: see MISSING above'
  say "done in $SECONDS s"
}

main() {
  local what=${1:-all}
  [[ $# == 0 ]] || shift
  case $what in
    where) where "$@" ;;
    env) environment ;;
    all) install "${ALL[@]}" ;;
    demo) install "${DEMO[@]}" ;;
    *) die "unknown: $what (all, demo, where NAME, env)" ;;
  esac
}

# One line, read whole before it runs: a checkout that changes this file meanwhile does no harm.
main "$@"; exit
