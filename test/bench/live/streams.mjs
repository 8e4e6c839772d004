import { untilUp } from "./pace.mjs";
import { makeProgramme, pieceSeconds } from "./programme.mjs";
import { protocols, startSender } from "./senders.mjs";

/**
 * `2x1080p:fast,2x360p:full` as what to send and how to watch it.
 * @returns one entry per stream
 */
export function parseLoad(text) {
  return text.split(",").flatMap((part) => {
    const found = /^(\d+)x(1080p|720p|360p):(full|fast)$/.exec(part);
    if (found === null) throw new Error(`${part} is no load; 2x1080p:fast,1x360p:full is one`);
    const [, count, size, profile] = found;
    return Array.from({ length: Number(count) }, () => ({ size, profile }));
  });
}

export const sizes = {
  "1080p": { width: 1920, height: 1080, kilobits: 5000 },
  "720p": { width: 1280, height: 720, kilobits: 2500 },
  "360p": { width: 640, height: 360, kilobits: 1000 },
};

/**
 * What each stream of a load sends, each with its faults at other times. To be made before anything runs in real time.
 * @param apartPieces by how much a stream is ahead of the one before it
 */
export async function makeProgrammes(load, { seconds, faults, apartPieces }) {
  const programmes = [];
  for (const [index, { size }] of load.entries()) {
    const fromPiece = (index * apartPieces) % (seconds / pieceSeconds);
    programmes.push(await makeProgramme({ ...sizes[size], seconds, faults, fromPiece }));
  }
  return programmes;
}

/** Starts a sender for each, one protocol after the other, and has the service watch it. */
export async function startStreams(service, load, programmes) {
  const senders = [];
  for (const [index, { size, profile }] of load.entries()) {
    const sender = await startSender({
      protocol: protocols[index % protocols.length],
      programme: programmes[index],
      name: `${size}-${profile}-${index + 1}`,
    });
    senders.push(sender);
    await service.watch(sender, profile);
  }
  await untilUp(service, senders, 120);
  return senders;
}

/** The service first: how it ends beside streams that run is part of what is looked at. */
export async function stopAll(service, senders) {
  for (const sender of senders) sender.mayEnd();
  await service.stop();
  for (const sender of senders) await sender.stop();
}
