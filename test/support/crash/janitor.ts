import { spawn } from 'node:child_process';

/** Waits for the end of its input, then ends every process that has the folder in its arguments or its environment, and removes it. */
const SCRIPT = `
trap '' INT TERM HUP
cat > /dev/null
for process in /proc/[0-9]*; do
  id=\${process#/proc/}
  if [ "$id" != "$$" ] && tr '\\0' '\\n' < "$process/cmdline" 2> /dev/null | grep -qF "$1/" || tr '\\0' '\\n' < "$process/environ" 2> /dev/null | grep -qF "$1/"; then
    kill -9 "$id"
  fi
done
grep -oF " $1/" /proc/mounts > /dev/null && grep -F " $1/" /proc/mounts | while read -r _ folder _; do umount -l "$folder"; done
rm -rf "$1"
`;

/**
 * Cleans up after this process, however it ends: what it started lives in sessions of its own, and after a kill -9, or a time-out of
 * whoever runs the tests, nobody else would. Does nothing where there is no /proc.
 */
export function cleanUpAfterUs(folder: string): void {
  if (process.platform !== 'linux') return;
  const janitor = spawn('sh', ['-c', SCRIPT, 'janitor', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  janitor.on('error', () => undefined);
  janitor.stdin.on('error', () => undefined);
  janitor.unref();
  (janitor.stdin as unknown as { unref?(): void }).unref?.();
}
