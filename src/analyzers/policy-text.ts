import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { FramewatchError } from "../errors.js";

/** Tells a person where in a policy something stands. */
export interface PolicyPlaces {
  /** The place of the value at a path, or of the nearest thing around it. */
  ofValue(path: readonly string[]): string;
  /** The place of the key that is the path's last part. */
  ofKey(path: readonly string[]): string;
}

/** The places of a policy that has no text. */
export function plainPlaces(source: string): PolicyPlaces {
  return { ofValue: () => source, ofKey: () => source };
}

/**
 * Reads YAML, of which JSON is a part.
 * @param source how to call the text: a path, or what it is
 * @throws FramewatchError `configuration` when it is neither, with line and column
 */
export function parsePolicyText(text: string, source: string): { readonly content: unknown; readonly places: PolicyPlaces } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${source}, line ${line}, column ${col}`;
  };

  const [fault] = document.errors;
  if (fault !== undefined) throw new FramewatchError("configuration", `${at(fault.pos[0])}: ${fault.message}`, { cause: fault });

  function ofValue(path: readonly string[]): string {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return at(node.range[0]);
    return path.length === 0 ? source : ofValue(path.slice(0, -1));
  }

  function ofKey(path: readonly string[]): string {
    const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(around) ? around.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1)) : undefined;
    return pair !== undefined && isNode(pair.key) && pair.key.range ? at(pair.key.range[0]) : ofValue(path);
  }

  try {
    return { content: document.toJS({ maxAliasCount: 100 }), places: { ofValue, ofKey } };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FramewatchError("configuration", `${source}: ${reason}`, { cause });
  }
}
