const ROOT = new URL("../", import.meta.url).href;

/** What the language server sends. */
interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly items?: readonly unknown[] };
  readonly result?: unknown;
}

/** `deno lsp`, which tells editors about a program. */
export class LanguageServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: AsyncGenerator<Message>;
  #lastId = 0;

  private constructor() {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["lsp"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#messages = readMessages(this.#process.stdout);
  }

  /** Starts it for this checkout. */
  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    await server.#ask("initialize", {
      processId: null,
      rootUri: null,

      initializationOptions: { enable: true },
      capabilities: {},
    });
    await server.#send({ method: "initialized", params: {} });
    return server;
  }

  /**
   * What an editor shows for words of a program.
   *
   * @param program As if it were in the root of the checkout.
   * @param words The last place of each is looked at.
   */
  async hover(program: string, words: readonly string[]): Promise<string[]> {
    const uri = `${ROOT}hover_program.ts`;
    const textDocument = { uri, languageId: "typescript", version: 1 };
    await this.#send({
      method: "textDocument/didOpen",
      params: { textDocument: { ...textDocument, text: program } },
    });
    const texts: string[] = [];
    for (const word of words) {
      const before = program.slice(0, program.lastIndexOf(word)).split("\n");
      const position = {
        line: before.length - 1,
        character: before.at(-1)?.length ?? 0,
      };
      const result = await this.#ask("textDocument/hover", {
        textDocument,
        position,
      });
      texts.push(JSON.stringify(result));
    }
    return texts;
  }

  async #send(message: object): Promise<void> {
    const json = JSON.stringify({ jsonrpc: "2.0", ...message });
    const body = new TextEncoder().encode(json);
    const head = `Content-Length: ${body.length}\r\n\r\n`;
    await this.#writer.write(new TextEncoder().encode(head));
    await this.#writer.write(body);
  }

  /** Sends a request, and waits for its result. */
  async #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    await this.#send({ id, method, params });
    while (true) {
      const { done, value } = await this.#messages.next();
      if (done) throw new Error("The language server ended");
      if (value.method === undefined && value.id === id) return value.result;
      await this.#answer(value);
    }
  }

  /** Answers a request of the server: it has no settings of its own. */
  async #answer({ id, method, params }: Message): Promise<void> {
    if (id === undefined || method === undefined) return;
    const result = params?.items?.map(() => ({ enable: true })) ?? null;
    await this.#send({ id, result });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#writer.close().catch(() => {}); // It may have ended already.
    while (!(await this.#messages.next()).done);
    await this.#process.status;
  }
}

/** The messages in a stream, each with its length before it. */
async function* readMessages(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Message> {
  let bytes = new Uint8Array();
  for await (const chunk of stream) {
    bytes = new Uint8Array([...bytes, ...chunk]);
    while (true) {
      const text = new TextDecoder("latin1").decode(bytes);
      const head = /^Content-Length: (\d+)\r\n(?:.+\r\n)*\r\n/i.exec(text);
      if (head === null) break;
      const start = head[0].length;
      const end = start + Number(head[1]);
      if (bytes.length < end) break;
      yield JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)));
      bytes = bytes.slice(end);
    }
  }
}
