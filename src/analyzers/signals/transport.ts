import type { TransportIndicator, TransportSample } from "../../decoder/index.js";
import type { SignalDeclaration, TransportMeasurer, WriteSignal } from "../measurer.js";

/** The indicators of ETSI TR 101 290, by the names that they have in the standard. */
const indicators = {
  syncLosses: "1.1 TS_sync_loss",
  syncByteErrors: "1.2 Sync_byte_error",
  patErrors: "1.3.a PAT_error_2",
  continuityErrors: "1.4 Continuity_count_error",
  pmtErrors: "1.5.a PMT_error_2",
  pidErrors: "1.6 PID_error",
  transportErrors: "2.1 Transport_error",
  crcErrors: "2.2 CRC_error",
  pcrRepetitionErrors: "2.3.a PCR_repetition_error",
  pcrDiscontinuityErrors: "2.3.b PCR_discontinuity_indicator_error",
  ptsErrors: "2.5 PTS_error",
  catErrors: "2.6 CAT_error",
} as const satisfies Record<TransportIndicator, string>;
const indicatorNames = Object.keys(indicators) as TransportIndicator[];

const errors = Object.fromEntries(
  indicatorNames.map((indicator): [string, SignalDeclaration] => [
    `transport.${indicator}`,
    {
      unit: "count",
      range: [0, 100],
      meaning: `${indicators[indicator]} of ETSI TR 101 290, since the sample before`,
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
