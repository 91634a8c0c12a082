/** Gives out the addresses of one node's pod network in turn, so that an address is not reused while somebody may still call it. */
export class AddressPool {
  private readonly base: number;
  private readonly size: number;
  private readonly taken = new Map<string, string>();
  private cursor = 0;

  /** @param cidr e.g. `10.244.1.0/24`; the first address is the gateway's, the last is for broadcasts. */
  constructor(cidr: string) {
    const [address = '', bits = '24'] = cidr.split('/');
    this.base = toNumber(address);
    this.size = 2 ** (32 - Number(bits));
  }

  /** The owner's address: the one it has, or the next free one; undefined when all are taken. */
  take(owner: string): string | undefined {
    for (let tried = 0; tried < this.size - 3; tried++) {
      const address = toText(this.base + 2 + this.cursor);
      this.cursor = (this.cursor + 1) % (this.size - 3);
      if (this.taken.has(address)) continue;
      this.taken.set(address, owner);
      return address;
    }
    return undefined;
  }

  /** Somebody has this address already: what the world says after a restart. */
  claim(address: string, owner: string): void {
    this.taken.set(address, owner);
    const offset = toNumber(address) - this.base - 2;
    if (offset >= this.cursor && offset < this.size - 3) this.cursor = (offset + 1) % (this.size - 3);
  }

  release(owner: string): void {
    for (const [address, holder] of this.taken) if (holder === owner) this.taken.delete(address);
  }

  /** Everybody who holds an address. */
  owners(): Set<string> {
    return new Set(this.taken.values());
  }
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const toText = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
