"""A libtorrent client: libtorrent-client.py ADDRESS DIRECTORY TORRENT... Downloads all of them, printing "complete: NAME" for each,
seeds them, and prints "uploaded N: BYTES" at the Nth SIGUSR1. Trackers are all that it learns of peers by.
"""

import signal
import sys

# Before libtorrent starts its threads, which inherit it.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

import libtorrent as lt

address, directory, *torrents = sys.argv[1:]
session = lt.session(
    {
        "listen_interfaces": f"{address}:6881",
        "alert_mask": lt.alert.category_t.status_notification
        | lt.alert.category_t.error_notification,
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # We speak TCP alone; and whoever was not reached at once is tried again within the test's patience, not after a minute.
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        "min_reconnect_time": 2,
    }
)


def add(path):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(path)
    params.save_path = directory
    return session.add_torrent(params)


handles = [add(path) for path in torrents]
complete = 0
while complete < len(handles):
    session.wait_for_alert(60_000)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.torrent_finished_alert):
            print("complete:", alert.handle.status().name, flush=True)
            complete += 1
        elif isinstance(alert, lt.torrent_error_alert):
            sys.exit(str(alert))

asked = 0
while True:
    signal.sigwait({signal.SIGUSR1})
    asked += 1
    sent = sum(handle.status().total_payload_upload for handle in handles)
    print(f"uploaded {asked}: {sent}", flush=True)
