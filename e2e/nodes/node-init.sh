# Process 1 of a node, in namespaces of its own: makes the mounts of a machine of its own, then keeps containerd, kubelet and kube-proxy running.
# Arguments: the node's directory, then one OPTIONS for each hierarchy of control groups. Its programs and their flags are in DIRECTORY/daemons.
set -eu
directory=$1
shift
mount -t proc proc /proc
mount -t sysfs sysfs /sys # /sys/class/net of this network
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
# In this namespace the root of each hierarchy is the node's own group, so every kubelet has /kubepods to itself.
for options in "$@"; do
  name=${options#none,name=}
  mkdir "/sys/fs/cgroup/$name"
  mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
done
# A kubelet would set these for the whole machine: it finds files that already say what it wants.
while read -r key value; do
  echo "$value" >"$directory/sysctl.${key##*/}"
  mount --bind "$directory/sysctl.${key##*/}" "/proc/sys/$key"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END
# The node's disk has the paths of a machine's; /mnt reaches what the mounts below hide.
tries=0 # another node may be quicker to take the device that is free
until mount -o loop "$directory/data.img" "$directory/var/lib/oci-torrent"; do
  tries=$((tries + 1))
  [ "$tries" -lt 50 ]
  sleep 0.1
done
mount --rbind "$directory" /mnt
mount -t tmpfs -o mode=755 tmpfs /run # empty after a loss of power
mkdir -p /run/lock /run/netns
for path in opt var/log var/lib etc/containerd; do mount --rbind "/mnt/$path" "/$path"; done
for file in hosts resolv.conf; do mount --bind "/mnt/etc/$file" "/etc/$file"; done
mount --make-rshared / # so that mountPropagation works in pods
hostname "$NODE_NAME"
until [ -e /sys/class/net/eth0 ]; do sleep 0.05; done
ip link set lo up
ip address add "$NODE_ADDRESS/24" dev eth0
ip link set eth0 up
ip route add default via "$GATEWAY"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 4096 131072 262144 >/proc/sys/net/ipv4/tcp_rmem
keep() {
  while :; do
    sh "/mnt/daemons/$1" >>"/var/log/$1.log" 2>&1 &
    echo $! >"/run/$1.pid"
    wait $! || true
    sleep 0.5
  done
}
keep containerd &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
keep kubelet &
keep kube-proxy &
echo running
while :; do
  wait || true
  sleep 1
done
