/** How an ffmpeg child reaches a source; plain data, so that it may cross threads. Holds no credential. */
export interface MediaInput {
  readonly kind: "file" | "http" | "s3" | "live";
  /** What stands after `-i`: a path, a loopback gateway URL, or an http(s) URL that goes through our proxy. */
  readonly url: string;
  /** `-protocol_whitelist …`, `-format_whitelist …` and what else the source kind needs, to stand before `-i`. */
  readonly inputOptions: readonly string[];
  /** The child's environment beyond PATH: at most `http_proxy`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Live streams are followed beside it: who decodes it leaves the processor to everybody else, and may have to wait for it. */
  readonly givesWay?: true;
}
