import { OPTION_GROUPS, type ProgramOption } from "./_program_options.ts";

/** The width of the left column. */
const LEFT = 29;

/** The text for `--help`, in 80 columns. */
export function helpText(): string {
  const groups = Object.entries<Record<string, ProgramOption>>(OPTION_GROUPS);
  return [
    "A chat server: everyone with nc, telnet or a browser is in the same rooms.",
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
    "Always: nicknames have 1 to 32 characters, are compared without regard to",
    "case (NFKC) and have no spaces, control, bidirectional or zero-width",
    "characters; none that looks like a taken or a reserved one is free. A user",
    "is in at most 10 rooms. A room keeps its last 100 messages, and shows 20.",
    "Idle TCP connections are kept alive by the system.",
    "",
    "The token of operators may also be in the environment, as",
    "CHAT_OPERATOR_TOKEN, with --allow-env=CHAT_OPERATOR_TOKEN before the program.",
    "Options with files need --allow-read, and --data needs --allow-write too;",
    "the program gives these up before anybody can connect.",
    "",
    "Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong option,",
    "130 stopped at once by a second signal.",
  ].join("\n");
}

function rows(name: string, option: ProgramOption): string[] {
  const { value, text, fallback } = option;
  const left = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [
    row(left, text),
    ...fallback === undefined ? [] : [row("", `(default: ${fallback})`)],
  ];
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(LEFT)}${right}`;
}
