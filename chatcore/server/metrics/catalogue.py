"""All metrics, in a literal table. `server.readings` finds out their current values.

A label never contains a room, a name, an account or an address: each label has a few fixed values.
"""

from __future__ import annotations

from chatcore.server.metrics.exposition import Kind, Metric

_COUNTER, _GAUGE, _HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

METRICS = (
    Metric("chatcore_build_info", _GAUGE, "Always 1; the label has the version.", "version"),
    Metric("chatcore_clients", _GAUGE, "Clients in the chat, by transport.", "transport"),
    Metric("chatcore_clients_passing", _GAUGE, "Connections that are coming in, going out or being refused."),
    Metric("chatcore_clients_limit", _GAUGE, "The maximum number of connections; 0 is no limit."),
    Metric("chatcore_rooms", _GAUGE, "Rooms, including secret ones."),
    Metric("chatcore_rooms_waiting", _GAUGE, "Rooms from before the start that nobody has come back to yet."),
    Metric("chatcore_connections_total", _COUNTER, "Connections accepted, including those refused afterwards."),
    Metric("chatcore_connections_refused_total", _COUNTER, "Connections refused, by reason.", "reason"),
    Metric("chatcore_logins_refused_total", _COUNTER, "Logins refused, by reason.", "reason"),
    Metric("chatcore_addresses_shut_out", _GAUGE, "Addresses shut out for wrong passwords."),
    Metric("chatcore_bans", _GAUGE, "Bans on names and addresses."),
    Metric("chatcore_messages_total", _COUNTER, "Messages logged and delivered."),
    Metric("chatcore_sends_total", _COUNTER, "Sends to clients; one may carry many lines."),
    Metric(
        "chatcore_delivery_delay_seconds",
        _HISTOGRAM,
        "Time from a client's action until it has been sent to everybody who hears of it.",
    ),
    Metric("chatcore_outbox_bytes", _GAUGE, "Bytes waiting for clients that do not read fast enough."),
    Metric(
        "chatcore_outbox_limit_bytes", _GAUGE, "Bytes beyond which the clients with the most waiting are disconnected."
    ),
    Metric("chatcore_history_bytes", _GAUGE, "Bytes of memory used by histories."),
    Metric("chatcore_history_limit_bytes", _GAUGE, "Bytes beyond which the longest histories are shortened."),
    Metric("chatcore_log_writable", _GAUGE, "Whether the log can be written; while it is 0, nothing is accepted."),
    Metric("chatcore_log_file_bytes", _GAUGE, "Size of the current log file in bytes."),
    Metric("chatcore_log_written_bytes_total", _COUNTER, "Bytes written to the log."),
    Metric("chatcore_log_seal_working", _GAUGE, "Whether the log is being sealed; only with --seal."),
    Metric("chatcore_log_sealed_timestamp_seconds", _GAUGE, "When the log was last sealed in this run, in Unix time."),
    Metric("chatcore_archive_enabled", _GAUGE, "Whether messages are kept in the archive."),
    Metric("chatcore_archive_writable", _GAUGE, "Whether the archive's journal and files can be written.", "part"),
    Metric("chatcore_archive_backlog_bytes", _GAUGE, "Bytes of the journal that are not in the archive's files yet."),
    Metric("chatcore_archive_file_bytes", _GAUGE, "Size of the archive's files in bytes."),
    Metric("chatcore_archive_limit_bytes", _GAUGE, "The maximum size of the archive's files in bytes; 0 is no limit."),
    Metric("chatcore_certificate_expiry_timestamp_seconds", _GAUGE, "When the certificate expires, in Unix time."),
    # Only for a tracker that is one of several.
    Metric("chatcore_cluster_trackers", _GAUGE, "Trackers taking part in the chat."),
    Metric("chatcore_cluster_engine_reachable", _GAUGE, "Whether the engine can be reached."),
    Metric(
        "chatcore_cluster_records_total",
        _COUNTER,
        "Records of the chat, from its beginning, that this tracker has applied.",
    ),
    Metric(
        "chatcore_cluster_records_waiting",
        _GAUGE,
        "Records of this tracker that the engine has yet to confirm.",
    ),
    Metric(
        "chatcore_cluster_batches_waiting",
        _GAUGE,
        "Batches of records from the engine that are not applied yet.",
    ),
    Metric(
        "chatcore_cluster_append_seconds",
        _HISTOGRAM,
        "Time until the engine confirms a batch of records.",
    ),
    Metric("chatcore_cluster_checkpoints_total", _COUNTER, "Checkpoints made."),
    # https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    Metric("process_start_time_seconds", _GAUGE, "When the tracker started, in Unix time."),
    Metric("process_cpu_seconds_total", _COUNTER, "Processor time used, user and system."),
    Metric("process_resident_memory_bytes", _GAUGE, "Memory of the process in RAM."),
    Metric("process_virtual_memory_bytes", _GAUGE, "Address space of the process."),
    Metric("process_open_fds", _GAUGE, "Open files and sockets."),
    Metric("process_max_fds", _GAUGE, "The maximum number of open files and sockets."),
    Metric("process_threads", _GAUGE, "Threads."),
)
