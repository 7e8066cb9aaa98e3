import { LIMITS } from "../room/_limits.ts";
import { INVITE_HELP } from "./_invite_invocation.ts";
import { OPTION_GROUPS, type ProgramOption } from "./_program_options.ts";

/** The width of the left column. */
const LEFT = 29;

/** The text for `--help`, in 80 columns. */
export function helpText(): string {
  const groups = Object.entries<Record<string, ProgramOption>>(OPTION_GROUPS);
  const { nameLength, roomsPerUser, history, historyOnEntry } = LIMITS;
  return [
    "A chat server for nc, telnet and browsers, which share the same rooms.",
    "",
    "Usage: deno run --allow-net chat/main.ts [OPTIONS]",
    "",
    ...groups.flatMap(([heading, options]) => [
      `${heading}:`,
      ...Object.entries(options).flatMap(([name, option]) =>
        rows(name, option)
      ),
      "",
    ]),
    row("-h, --help", "shows this help"),
    "",
    `Nicknames have 1 to ${nameLength} characters, are compared without regard to case`,
    "(NFKC) and have no spaces, control, bidirectional or zero-width characters.",
    "A nickname that looks like a taken or reserved one is refused. A user may be",
    `in at most ${roomsPerUser} rooms. A room keeps its last ${history} messages, and shows ${historyOnEntry} to users`,
    "who enter. Idle TCP connections rely on the keep-alive of the system.",
    "",
    ...INVITE_HELP,
    "",
    "With --password-file and --data, either the password or an invitation lets",
    "users in. --auth-header closes the port for nc, unless there are",
    "--proxy-protocol and a password for its users; the proxy must set or remove",
    "the field in every request.",
    "",
    "The operators' token, the password and the login at the broker (USER:PASSWORD)",
    "may also be in the environment variables CHAT_OPERATOR_TOKEN, CHAT_PASSWORD and",
    "CHAT_CLUSTER_LOGIN, with --allow-env=NAME before the program.",
    "Options with files need --allow-read, and --data needs --allow-write too;",
    "the program drops these permissions before it accepts connections, except",
    "reading with --tls-cert. SIGHUP then reloads the certificate; otherwise it",
    "stops a server whose terminal was closed, and is ignored without a terminal.",
    "",
    "With --trusted-proxy, --proxy-protocol is for --port only. docs/deploy.md has",
    "configurations of nginx, HAProxy and Caddy.",
    "",
    "Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong option,",
    "130 stopped at once by a second signal.",
  ].join("\n");
}

function rows(
  name: string,
  { value, text, fallback }: ProgramOption,
): string[] {
  const left = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [
    row(left, text),
    ...fallback === undefined ? [] : [row("", `(default: ${fallback})`)],
  ];
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(LEFT)}${right}`;
}
