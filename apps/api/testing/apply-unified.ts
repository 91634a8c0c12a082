/** Applies a unified diff strictly: every line must stand where the diff says. An independent check of what we print. */
export function applyUnified(text: string, diff: string): string {
  if (diff === '') return text;
  const old = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const out: string[] = [];
  let at = 0;
  const lines = diff.replace(/\n$/, '').split('\n').slice(2);
  for (const line of lines) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line);
    if (hunk) {
      const start = hunk[2] === '0' ? Number(hunk[1]) : Number(hunk[1]) - 1;
      if (start < at) throw new Error(`hunk ${line} goes back`);
      out.push(...old.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      if (old[at] !== line.slice(1)) throw new Error(`line ${at + 1} is ${JSON.stringify(old[at])}, the diff says ${JSON.stringify(line)}`);
      if (line.startsWith(' ')) out.push(line.slice(1));
      at++;
    }
  }
  out.push(...old.slice(at));
  return out.map((line) => `${line}\n`).join('');
}
