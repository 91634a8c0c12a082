import { bytesOf, formatQuantity, milliOf } from '#lib/api/quantity';

/** What something uses: quantities. */
export interface Usage {
  cpu: string;
  memory: string;
}

/** The same as numbers that can be added: thousandths of a CPU, and bytes. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

/** From quantities; what is missing is nothing. */
export const amountsOf = ({ cpu, memory }: Partial<Usage>): Amounts => ({ cpu: milliOf(cpu), memory: bytesOf(memory) });

/** All of them together; nothing when there are none. */
export const sumOf = (all: readonly Amounts[]): Amounts =>
  all.reduce((sum, one) => ({ cpu: sum.cpu + one.cpu, memory: sum.memory + one.memory }), { cpu: 0, memory: 0 });

const MILLI = 1_000_000n;
const UNIT = 1_000_000_000n;

/** As quantities in the form that a metrics server writes: whole thousandths of a CPU, whole KiB. */
export const usageOf = ({ cpu, memory }: Amounts): Usage => ({
  cpu: formatQuantity({ nano: BigInt(Math.round(cpu)) * MILLI, format: 'DecimalSI' }),
  memory: formatQuantity({ nano: BigInt(Math.round(memory / 1024) * 1024) * UNIT, format: 'BinarySI' }),
});
