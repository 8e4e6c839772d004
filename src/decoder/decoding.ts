/** What the analysis worker enters this room by: what `index.ts` has besides would be loaded into each of its threads. */
export { decode } from "./decode.js";
export { openBesidePackets } from "./transport/beside-packets.js";
export { watchTransport } from "./transport/watch-transport.js";
