/** Stops what servers-up.ts started. */
export default async function serversDown(): Promise<void> {}
