import { once } from "node:events";
import { createServer, request } from "node:http";
import { pipeline } from "node:stream";

/** What the emulator takes, a little less. */
const mostBytes = 10 * 2 ** 20;

/**
 * Stands before the emulator's S3, which refuses bodies of more than 11 MiB where S3 takes 5 GiB: an hour's signals are more, and
 * a report that is refused is tried again for ever. Larger ones are taken, and dropped; all else is handed on as it is.
 */
export async function startRoomyS3(port) {
  const server = createServer((asked, answer) => {
    const { method, url, headers } = asked;
    if (method === "PUT" && Number(headers["content-length"]) > mostBytes) {
      asked.resume().once("end", () => answer.writeHead(200, { etag: '"dropped"' }).end());
      return;
    }
    const handedOn = request({ port, host: "127.0.0.1", method, path: url, headers }, (answered) => {
      answer.writeHead(answered.statusCode, answered.headers);
      pipeline(answered, answer, () => {});
    });
    handedOn.once("error", () => answer.destroy());
    pipeline(asked, handedOn, () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
