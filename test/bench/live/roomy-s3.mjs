import { once } from "node:events";
import { createServer, request } from "node:http";
import { pipeline } from "node:stream";

/** What the emulator takes, a little less. */
const mostBytes = 10 * 2 ** 20;

/**
 * Stands before the emulator's S3 and does two things as S3 does them. Bodies of more than 11 MiB, which an hour's signals are,
 * are not refused: they are taken, and dropped. And `If-None-Match: *` is honoured: whoever creates an object need not wait
 * a quarter of a second to see whose bytes have stayed. All else is handed on as it is.
 */
export async function startRoomyS3(port) {
  const ask = ({ method, url, headers }, hear) => request({ port, host: "127.0.0.1", method, path: url, headers }, hear);

  async function isThere({ url, headers: { host, authorization } }) {
    const [answer] = await once(ask({ method: "HEAD", url, headers: { host, authorization } }).end(), "response");
    answer.resume();
    return answer.statusCode === 200;
  }

  async function serve(asked, answer) {
    const { method, headers } = asked;
    const refused = method === "PUT" && headers["if-none-match"] === "*" && (await isThere(asked));
    if (refused || (method === "PUT" && Number(headers["content-length"]) > mostBytes)) {
      for await (const _ of asked);
      if (refused) answer.writeHead(412).end("<Error><Code>PreconditionFailed</Code></Error>");
      else answer.writeHead(200, { etag: '"dropped"' }).end();
      return;
    }
    const handedOn = ask(asked, (answered) => {
      answer.writeHead(answered.statusCode, answered.headers);
      pipeline(answered, answer, () => {});
    });
    handedOn.once("error", () => answer.destroy());
    pipeline(asked, handedOn, () => {});
  }

  const server = createServer((asked, answer) => void serve(asked, answer).catch(() => answer.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
