import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A real redis-server of a test, without persistence: whatever ends it, it comes back empty. */
export interface RedisServer {
  readonly url: string;
  /** Forgets everything, at once. */
  wipe(): Promise<void>;
  /** How many keys it holds whose name matches. */
  keys(pattern: string): Promise<string[]>;
  /** Kills it as a crash would, without a goodbye to anybody. */
  kill(): Promise<void>;
  /** Starts it again, empty, at the same address. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts redis-server on a free port of the loopback interface. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
      stdio: "ignore",
    });
    const failed = once(server, "exit").then(() => {
      throw new Error("redis-server does not start: is it installed?");
    });
    await Promise.race([failed, untilAnswers(port)]);
    failed.catch(() => {});
  }

  async function kill(): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async wipe() {
      await command(port, "FLUSHALL");
    },
    async keys(pattern) {
      return (await command(port, `KEYS ${pattern}`)).split("\r\n").filter((line) => line !== "" && !/^[*$]/.test(line));
    },
    kill,
    start,
    stop: kill,
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function untilAnswers(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(20)) {
    if ((await command(port, "PING").catch(() => "")).startsWith("+PONG")) return;
  }
  throw new Error("redis-server gives no answer");
}

/** Sends one command in Redis' inline form and reads until the server, told to quit, ends the connection. */
async function command(port: number, line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line}\r\nQUIT\r\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer.replace(/\+OK\r\n$/, "");
}
