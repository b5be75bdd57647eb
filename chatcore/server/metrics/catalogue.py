"""All that is measured: a literal table. What each of it is at the moment, `server.readings` finds out.

No label ever has a room, a name, an account or an address in it: each has a few fixed values.
"""

from __future__ import annotations

from chatcore.server.metrics.exposition import Kind, Metric

_COUNTER, _GAUGE, _HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

METRICS = (
    Metric("chatcore_build_info", _GAUGE, "1; the label has the version.", "version"),
    Metric("chatcore_clients", _GAUGE, "Clients that are in, by their connection.", "transport"),
    Metric("chatcore_clients_passing", _GAUGE, "Connections that are not in yet, or not out yet, or are refused."),
    Metric("chatcore_clients_limit", _GAUGE, "Connections that are taken at most; 0 is no limit."),
    Metric("chatcore_rooms", _GAUGE, "Rooms, secret ones too."),
    Metric("chatcore_rooms_waiting", _GAUGE, "Rooms from before the start to which nobody has come back yet."),
    Metric("chatcore_connections_total", _COUNTER, "Connections that were accepted, refused ones too."),
    Metric("chatcore_connections_refused_total", _COUNTER, "Connections that were not served, by why.", "reason"),
    Metric("chatcore_logins_refused_total", _COUNTER, "Logins that were refused, by what was wrong.", "reason"),
    Metric("chatcore_addresses_shut_out", _GAUGE, "Addresses that are shut out for wrong passwords."),
    Metric("chatcore_bans", _GAUGE, "Bans on names and addresses."),
    Metric("chatcore_messages_total", _COUNTER, "Messages that were logged, and so delivered."),
    Metric("chatcore_sends_total", _COUNTER, "Sends to clients; one may carry many lines."),
    Metric(
        "chatcore_delivery_delay_seconds",
        _HISTOGRAM,
        "Time from what a client does until all who hear of it are sent it.",
    ),
    Metric("chatcore_outbox_bytes", _GAUGE, "Bytes that wait for clients that do not read fast enough."),
    Metric("chatcore_outbox_limit_bytes", _GAUGE, "Bytes beyond which those with most of them are disconnected."),
    Metric("chatcore_history_bytes", _GAUGE, "Bytes of memory for what was said."),
    Metric("chatcore_history_limit_bytes", _GAUGE, "Bytes beyond which the longest histories are cut."),
    Metric("chatcore_log_writable", _GAUGE, "Whether the log can be written; while it is 0 nothing is accepted."),
    Metric("chatcore_log_file_bytes", _GAUGE, "Bytes in the file of the log that is being written."),
    Metric("chatcore_log_written_bytes_total", _COUNTER, "Bytes that were written to the log."),
    Metric("chatcore_log_seal_working", _GAUGE, "Whether what is logged gets sealed; only with --seal."),
    Metric(
        "chatcore_log_sealed_timestamp_seconds", _GAUGE, "When the log was last sealed since the start, in Unix time."
    ),
    Metric("chatcore_archive_enabled", _GAUGE, "Whether what is said is kept in the state folder."),
    Metric("chatcore_archive_writable", _GAUGE, "Whether the journal, and the files after it, can be written.", "part"),
    Metric("chatcore_archive_backlog_bytes", _GAUGE, "Bytes of the journal that are not in the files yet."),
    Metric("chatcore_archive_file_bytes", _GAUGE, "Bytes of the files that have what was said."),
    Metric("chatcore_archive_limit_bytes", _GAUGE, "Bytes that these may have together; 0 is no limit."),
    Metric("chatcore_certificate_expiry_timestamp_seconds", _GAUGE, "When the certificate ends, in Unix time."),
    # Only of a tracker that is one of several.
    Metric("chatcore_cluster_trackers", _GAUGE, "Trackers that take part in the chat."),
    Metric("chatcore_cluster_engine_reachable", _GAUGE, "Whether the engine can be reached."),
    Metric(
        "chatcore_cluster_records_total",
        _COUNTER,
        "Records of the chat, from its beginning, that this tracker has carried out.",
    ),
    Metric(
        "chatcore_cluster_records_waiting",
        _GAUGE,
        "Records of this tracker that the engine has yet to confirm.",
    ),
    Metric(
        "chatcore_cluster_batches_waiting",
        _GAUGE,
        "Batches of records that came from the engine, and are not carried out yet.",
    ),
    Metric(
        "chatcore_cluster_append_seconds",
        _HISTOGRAM,
        "Time until the engine has confirmed a batch of records.",
    ),
    Metric("chatcore_cluster_checkpoints_total", _COUNTER, "Checkpoints that were made."),
    # https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    Metric("process_start_time_seconds", _GAUGE, "When the tracker started, in Unix time."),
    Metric("process_cpu_seconds_total", _COUNTER, "Processor time that was used, user and system."),
    Metric("process_resident_memory_bytes", _GAUGE, "Memory that the process has in RAM."),
    Metric("process_virtual_memory_bytes", _GAUGE, "Memory that the process has in all."),
    Metric("process_open_fds", _GAUGE, "Open files and sockets."),
    Metric("process_max_fds", _GAUGE, "Files and sockets that may be open."),
    Metric("process_threads", _GAUGE, "Threads."),
)
