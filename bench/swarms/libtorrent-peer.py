"""A libtorrent peer: libtorrent-peer.py JSON. Adds the next of its torrents at each SIGUSR1 and prints
"added N"; a leecher has all of it before the next, and prints "complete N" when it has.

The settings are argued in docs/adr/0006-how-we-compare.md.
"""

import json
import signal
import sys

# Before libtorrent starts its threads, which inherit it.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

import libtorrent as lt

task = json.loads(sys.argv[1])
session = lt.session(
    {
        **task["settings"],
        "listen_interfaces": task["listen"],
        "alert_mask": lt.alert.category_t.status_notification
        | lt.alert.category_t.error_notification,
    }
)


def params_of(torrent):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
    params.save_path = task["directory"]
    params.peers = [(host, port) for host, port in task["peers"]]
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if task["role"] == "seed":
        # Its files are whole: it need not read them first.
        params.flags |= lt.torrent_flags.seed_mode
    return params


def complete(handle):
    while True:
        session.wait_for_alert(60_000)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.torrent_finished_alert) and alert.handle == handle:
                return
            if isinstance(alert, lt.torrent_error_alert):
                sys.exit(str(alert))


prepared = [params_of(torrent) for torrent in task["torrents"]]
print("ready", flush=True)
for number, params in enumerate(prepared):
    signal.sigwait({signal.SIGUSR1})
    handle = session.add_torrent(params)
    print("added", number, flush=True)
    if task["role"] == "leech":
        complete(handle)
        print("complete", number, flush=True)
while True:
    signal.pause()
