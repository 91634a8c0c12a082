/**
 * Texts that passed a check whose verdict depends on nothing else: what comes again need not be checked again. Holds the newest
 * `limit` at most; one that is larger than `maxLength` characters is not worth its memory.
 */
export class SoundTexts {
  private newer = new Set<string>();
  private older = new Set<string>();

  constructor(
    private readonly limit = 500,
    private readonly maxLength = 16 * 1024,
  ) {}

  /** Runs `check` unless this very text passed before; remembers it when there is nothing to complain about. */
  errorsOf<E>(text: string, check: () => E[]): E[] {
    if (this.newer.has(text) || this.older.has(text)) return [];
    const errors = check();
    if (errors.length === 0 && text.length <= this.maxLength) this.add(text);
    return errors;
  }

  private add(text: string): void {
    this.newer.add(text);
    if (this.newer.size < this.limit / 2) return;
    this.older = this.newer;
    this.newer = new Set();
  }
}
