import { fromBase64, toBase64 } from '#lib/api/base64';
import type { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { isSelfSigned, readRequest } from '#lib/pki/signing-request';
import { join } from 'node:path';
import { signers } from './signers';
import type { Signed } from './certificate-signing.controller';

/**
 * Signs with the cluster's CA, whose key lies in $DECKLOG_PKI_DIR (default .decklog/pki). What is wrong with a request is an answer, too.
 */
export async function sign({ spec }: CertificateSigningRequest): Promise<Signed> {
  try {
    const pem = fromBase64(spec.request);
    const wrong = signers[spec.signerName]?.(readRequest(pem), spec.usages ?? []);
    if (wrong !== undefined) return { failure: wrong };
    if (!(await isSelfSigned(pem))) return { failure: 'x509: signature of the request does not verify' };
    const ca = await ClusterCa.loadOrCreate(process.env['DECKLOG_PKI_DIR'] ?? join('.decklog', 'pki'));
    return { certificate: toBase64(await ca.signRequest(pem, spec.usages ?? [], spec.expirationSeconds)) };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}
