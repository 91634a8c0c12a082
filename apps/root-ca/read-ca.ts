import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The cluster's CA certificate as PEM, read anew each time because it may be renewed: `ca.crt` in $DECKLOG_PKI_DIR (default .decklog/pki).
 */
export const readCa = (): string => readFileSync(join(process.env['DECKLOG_PKI_DIR'] ?? join('.decklog', 'pki'), 'ca.crt'), 'utf8');
