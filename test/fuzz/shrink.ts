const MAX_LOOKS = 400;

/** A smaller value of which `isSame` still holds, found by leaving out members and cutting texts; plain data in, plain data out. */
export async function shrunk(value: unknown, isSame: (smaller: unknown) => Promise<boolean>): Promise<unknown> {
  let smallest = value;
  let looks = 0;
  for (let found = true; found && looks < MAX_LOOKS;) {
    found = false;
    for (const smaller of smallerThan(smallest)) {
      if (looks++ >= MAX_LOOKS) break;
      if (!(await isSame(structuredClone(smaller)).catch(() => false))) continue;
      [smallest, found] = [smaller, true];
      break;
    }
  }
  return smallest;
}

function* smallerThan(value: unknown): Generator<unknown> {
  if (typeof value === 'string' && value.length > 0) {
    for (let part = Math.ceil(value.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
      for (let at = 0; at < value.length; at += part) yield value.slice(0, at) + value.slice(at + part);
    }
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1);
    for (let i = 0; i < value.length; i++) for (const item of smallerThan(value[i])) yield value.with(i, item);
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    for (const [name] of members) yield Object.fromEntries(members.filter(([other]) => other !== name));
    for (const [name, member] of members)
      for (const each of smallerThan(member)) yield Object.fromEntries(members.map(([other, kept]) => [other, other === name ? each : kept]));
  }
}
