import { indicatorNames, transportIndicators, type TransportSample } from "../../decoder/index.js";
import type { SignalDeclaration, TransportMeasurer, WriteSignal } from "../measurer.js";

const errors = Object.fromEntries(
  indicatorNames.map((indicator): [string, SignalDeclaration] => [
    `transport.${indicator}`,
    {
      unit: "count",
      range: [0, 100],
      meaning: `${transportIndicators[indicator]} of ETSI TR 101 290, since the sample before`,
    },
  ]),
);

/** What the packets of a transport stream say, a sample for each picture. */
export const transport: TransportMeasurer = {
  lane: "transport",
  name: "transport stream",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    ...errors,
    "transport.bytes": {
      unit: "bytes",
      range: [0, 1e7],
      meaning: "Bytes of all packets since the sample before, stuffing included",
    },
    "format.isNew": {
      unit: "0 or 1",
      range: [0, 1],
      meaning: "From this sample on the program has other tracks, or one of them another codec",
    },
  },
};

/** Writes a sample of the packets. */
export function writeTransport({ counts, bytes, programChanges }: TransportSample, write: WriteSignal): void {
  for (const indicator of indicatorNames) write(`transport.${indicator}`, counts[indicator]);
  write("transport.bytes", bytes);
  write("format.isNew", programChanges > 0 ? 1 : 0);
}
