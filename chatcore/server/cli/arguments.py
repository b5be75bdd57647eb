"""The command line of the tracker: its options, and the text of --help."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatcore import __version__
from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import MAX_NICK_CHARS, PLAINTEXT_POLICIES, REGISTRATION_POLICIES, Config
from chatcore.server.console.table import help_lines

_DEFAULTS = Config()

_USAGE = """\
chat-tracker [OPTION ...]
       chat-tracker account add|remove|passwd NAME
       chat-tracker account allow|deny NAME RIGHT
       chat-tracker account list|rights
       chat-tracker account key COMMAND
       chat-tracker operator NAME
       chat-tracker ctl COMMAND
       chat-tracker history search WORD ...
       chat-tracker history erase [--from NICK] [--room ROOM] [--before DATE]
       chat-tracker log [OPTION ...] [WORD ...]
       chat-tracker log verify --key KEY
       chat-tracker backup FILE"""

_DESCRIPTION = """\
Start a group chat on this machine. People who know the password join it with
a browser, chat-client or any IRC client. It ends when the last one leaves."""

_EPILOG = """\
Defaults are in brackets.

password:
  The tracker asks for it on the terminal; Enter makes a strong one and shows
  it once. With --keep-password it is kept, and not asked for again.
  If standard input is not a terminal, its first line is the password and the
  following lines are console commands. The tracker goes on after the last one.

console commands:
{commands}

beside a running tracker:
  chat-tracker account ...     reserve usernames for people, each with a
                               password of their own (SASL)
  chat-tracker operator NAME   print the lines for --config that let NAME
                               become an IRC operator
  chat-tracker ctl COMMAND     run one of its console commands
  chat-tracker history ...     search or erase messages
  chat-tracker log ...         show the log: by room, person or time; statistics
  chat-tracker log verify ...  check whether a sealed log was changed
  chat-tracker backup FILE     copy state, history and log

files:
  {log}
      what was said, who came and who left: one event a line, in UTC; only you
      can read it
  {state_dir}/
      bans.json, accounts.sqlite, tls.pem (certificate and key), in its last
      month also tls-next.pem (its successor), history-*.sqlite (messages of
      --history-days), other files of the tracker, and the password, if kept

exit status:
  0  closed: everybody left, exit, Ctrl+C, or SIGTERM
  1  the tracker failed, or the log could not be completed
  2  it could not start: a wrong option, a port in use, a folder that cannot
     be written or that another tracker is using
  75  closed by `exit --restart`, to be started again
  130  Ctrl+C before the chat began, or twice

examples:
  chat-tracker                        ask for a password, use port {port}
  chat-tracker -p 9000 --keep-alive   stay open when everybody has left
  chat-tracker --config tracker.toml  settings from a file

docs/options.md describes every setting of that file, docs/chat-log.md the log."""


def split_arguments(arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the options by setting, and the words of the command (`account`, `operator`, ...), if there is one.

    Raises ConfigError for a mistake in the options, and SystemExit after showing help.
    """
    parser = build_parser()
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = vars(parser.parse_args(arguments))
    return options, options.pop("command")


def build_parser(defaults: Config = _DEFAULTS) -> Parser:
    """Return the parser of the command line. Its result lacks options that were not given: the file or defaults decide.

    `defaults` are the values that its help shows in brackets.
    """
    parser = Parser(
        prog="chat-tracker",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG.format(
            commands="\n".join(help_lines()),
            log=defaults.log,
            port=defaults.port,
            state_dir=defaults.state_dir,
        ),
        formatter_class=PlainFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    _add_network(parser.add_argument_group("where it listens"), defaults)
    _add_admission(parser.add_argument_group("who may come in"), defaults)
    _add_chat(parser.add_argument_group("the chat"), defaults)
    _add_files(parser.add_argument_group("files"), defaults)
    other = parser.add_argument_group("other")
    other.add_argument("-h", "--help", action="help", help="show this")
    other.add_argument("--version", action="version", version=f"chatcore {__version__}", help="show the version")
    return parser


def _add_network(group: argparse._ArgumentGroup, defaults: Config) -> None:
    add = group.add_argument
    add("-p", "--port", type=int, metavar="PORT", help=f"the port ({defaults.port}); 0 takes a free one")
    add("--host", metavar="ADDRESS", help="listen on this address only (all, IPv4 and IPv6)")
    add("--listen", action="append", metavar="HOST:PORT", help="listen here too; may be given several times")
    add(
        "--cluster",
        metavar="URL",
        help="share a chat with the trackers that name this Valkey server (valkey://10.0.0.5/chat): docs/cluster.md",
    )
    add(
        "--advertise",
        action="append",
        metavar="HOST[:PORT]",
        help="where the other trackers of this chat send their clients when they close (this machine's addresses); may "
        "be given several times, the best first",
    )
    add(
        "--lan",
        action=argparse.BooleanOptionalAction,
        help="whether to announce the chat on the local network, so that clients find it without an address (as last "
        "set with the console's lan; off at first)",
    )
    add("--room-ports", metavar="FIRST-LAST", help="give each room a port of its own from this range")


def _add_admission(group: argparse._ArgumentGroup, defaults: Config) -> None:
    password = group.add_mutually_exclusive_group()
    password.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the password is the first line of this file (asked for)"
    )
    password.add_argument("--no-password", action="store_true", help="let everybody in")
    password.add_argument(
        "--keep-password",
        action="store_true",
        help="keep the password in the state folder for the next start",
    )
    add = group.add_argument
    add("--forget-password", action="store_true", help="remove the kept password, and ask for one")
    add(
        "--plaintext",
        choices=PLAINTEXT_POLICIES,
        metavar="WHO",
        help="who may connect without TLS: loopback is programs on this machine, anywhere is everybody, never is "
        f"nobody ({defaults.plaintext})",
    )
    add(
        "--tls-cert", type=Path, metavar="FILE", help="a certificate of your own, PEM (one is made in the state folder)"
    )
    add("--tls-key", type=Path, metavar="FILE", help="its key, if that is in another file")
    add(
        "--sts-days",
        type=int,
        metavar="N",
        help="days for which IRC clients that connected over TLS with that certificate refuse plaintext (STS); "
        f"0 makes them forget it ({defaults.sts_days})",
    )
    add(
        "--trusted-proxy",
        dest="trusted_proxies",
        action="append",
        metavar="ADDRESS",
        help="trust this proxy, or network of proxies, about where people connect from; may be given several times",
    )
    add(
        "--web-host",
        dest="web_hosts",
        action="append",
        metavar="NAME",
        help="another host name for the page, such as a proxy's; may be given several times",
    )
    add(
        "--registration",
        choices=REGISTRATION_POLICIES,
        metavar="HOW",
        help="who may make an account for their username: closed is you alone, open is everybody in the chat, "
        f"before-connect is also people who are still connecting ({defaults.registration})",
    )
    add(
        "--invitation-uses",
        type=int,
        metavar="N",
        help=f"how many people an invitation lets in, if not set when it is made ({defaults.invitation_uses})",
    )
    add(
        "--invitation-hours", type=int, metavar="N", help=f"for how many hours it does so ({defaults.invitation_hours})"
    )
    add("--hide-addresses", action="store_true", help="hide people's addresses from one another")
    add(
        "--no-limits",
        action="store_true",
        help="no rate limits and no limits per address: for benchmarks and test suites",
    )


def _add_chat(group: argparse._ArgumentGroup, defaults: Config) -> None:
    add = group.add_argument
    add("--server-name", metavar="NAME", help=f"the tracker's name in the protocol ({defaults.server_name})")
    add("--server-info", metavar="TEXT", help=f"what WHOIS says about the tracker ({defaults.server_info})")
    add(
        "--max-name-length",
        type=int,
        metavar="N",
        help=f"the longest username, in characters ({defaults.max_name_length}; up to {MAX_NICK_CHARS})",
    )
    add("--history", type=int, metavar="N", help=f"messages kept per room for /history ({defaults.history})")
    add(
        "--history-days",
        type=int,
        metavar="N",
        help="days to keep messages in the state folder, to be read and searched even after a restart "
        f"({defaults.history_days}); 0: not at all",
    )
    add("--history-mb", type=int, metavar="N", help=f"MB that they may take there ({defaults.history_mb}); 0: no limit")
    add(
        "--history-across-passwords",
        action=argparse.BooleanOptionalAction,
        help="whether people who know a new password may read what was said before it (asked for)",
    )
    add(
        "--redact-minutes",
        type=int,
        metavar="N",
        help=f"minutes for which people can take back a message ({defaults.redact_minutes}); 0: not at all",
    )
    add("--replay", type=int, metavar="N", help=f"messages shown on joining a room ({defaults.replay})")
    add("--keep-alive", action="store_true", help="stay open when the last client leaves")
    add(
        "--linger",
        dest="linger_s",
        type=float,
        metavar="SECONDS",
        help=f"how long a lost connection counts as present ({defaults.linger_s:g})",
    )
    add("--no-ssh", dest="ssh", action="store_false", help="do not accept ssh on the tracker's port")
    add(
        "--quiet",
        action=argparse.BooleanOptionalAction,
        help="whether to keep quiet here about who comes, leaves and is refused (only if this is not a terminal)",
    )


def _add_files(group: argparse._ArgumentGroup, defaults: Config) -> None:
    add = group.add_argument
    add("--config", type=Path, metavar="FILE.toml", help="read settings from a file; options given here override it")
    add("--log", type=Path, metavar="FILE", help=f"the audit log ({defaults.log})")
    add(
        "--no-log-private",
        dest="log_private",
        action="store_false",
        help="leave the text of private messages out of the log",
    )
    add("--fsync", action="store_true", help="force the log to disk before anything is delivered")
    add(
        "--log-rotate",
        metavar="daily|SIZE",
        help="begin a new log file every day (UTC), or when it reaches a size such as 100M; compress the old one",
    )
    add(
        "--log-keep",
        type=int,
        metavar="N",
        help=f"how many rotated files to keep, the newest ones ({defaults.log_keep}); 0: all",
    )
    add(
        "--seal",
        action="store_true",
        help="seal the log, so that even somebody who takes over this machine later cannot change old lines unnoticed",
    )
    add(
        "--state-dir",
        type=Path,
        metavar="FOLDER",
        help=f"where bans, accounts and the certificate are kept ({defaults.state_dir})",
    )
