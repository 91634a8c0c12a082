/** Between the object and the decision of an entry: no JSON has it. */
const SEPARATOR = 0;

/** Object and decision of an entry as one text, for patches: a decision often repeats what the object says, and the one before said. */
export function bodyOf(object: Buffer, decision: string | null): Buffer {
  return decision === null ? object : Buffer.concat([object, Buffer.from(`\0${decision}`)]);
}

/** What `bodyOf` put together. */
export function partsOf(body: Buffer): { object: string; decision: string | null } {
  const cut = body.indexOf(SEPARATOR);
  if (cut < 0) return { object: body.toString(), decision: null };
  return { object: body.toString('utf8', 0, cut), decision: body.toString('utf8', cut + 1) };
}
