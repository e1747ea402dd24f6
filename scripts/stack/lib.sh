# What the scripts of this folder share: where things are kept, and how a server is started once and found again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${DISPATCHER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dispatcher}
stack=$cache/stack
mkdir -p "$stack" "$cache/bin"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() { say "$*"; exit 1; }

# locked runs the rest of the script alone among all that share the cache.
locked() {
  exec 9>"$stack/${0##*/}.lock"
  flock 9
}

# debian installs packages where they are missing.
debian() {
  local missing=()
  for p in "$@"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p"); done
  [ ${#missing[@]} = 0 ] && return
  [ "$(id -u)" = 0 ] || die "install these packages: ${missing[*]}"
  say "installing ${missing[*]} …"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# built builds a Go command into the cache: name, package@version.
built() {
  local name=$1 module=$2 mark=$cache/bin/.$1
  [ -x "$cache/bin/$name" ] && [ "$(cat "$mark" 2>/dev/null)" = "$module" ] && return
  say "building $module (once; minutes) …"
  GOFLAGS='' GOBIN=$cache/bin go install "$module" >"$stack/$name-build.log" 2>&1 || { tail -n 20 "$stack/$name-build.log" >&2; die "build of $module failed"; }
  echo "$module" >"$mark"
}

# answers says whether something listens on a port of this machine. The servers' ports lie below those that the kernel hands out: above, a
# connection or a listener of anyone else may happen to have just that one, and a look at a free port may even connect to itself.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# hosts are those of an address, without its credentials.
hosts() {
  local at=${1#*://}
  at=${at%%[/?]*}
  echo "${at##*@}"
}

# reached says whether one of an address's hosts takes a connection.
reached() {
  local host port=80
  case $1 in
    mongodb+srv:*) return 0 ;; # a name that only the driver looks up
    mongodb:*) port=27017 ;;
    cassandra:*) port=9042 ;;
    https:*) port=443 ;;
  esac
  for host in $(hosts "$1" | tr , ' '); do
    [[ $host == *:* && $host != *] ]] || host=$host:$port
    timeout 30 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$(tr -d '[]' <<<"${host%:*}")" "${host##*:}" 2>/dev/null && return 0
  done
  return 1
}

# running says whether the process that this folder started under a name still runs.
running() {
  local pid
  pid=$(cat "$stack/$1.pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

# start runs a command in the background under a name, its output in a log; the port says when it is there.
start() {
  local name=$1 port=$2 seconds=$3
  shift 3
  if running "$name" && answers "$port"; then return; fi
  answers "$port" && die "port $port is taken by something else; move it, or stop that"
  setsid "$@" >"$stack/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$stack/$name.pid"
  for _ in $(seq $((seconds * 5))); do
    answers "$port" && return
    running "$name" || break
    sleep 0.2
  done
  tail -n 30 "$stack/$name.log" >&2
  die "$name did not start; its log is $stack/$name.log"
}

# offer prints how to reach a server, and keeps it for whoever asks later.
offer() {
  echo "$2" >"$stack/$1.addr"
  echo "$2"
}
