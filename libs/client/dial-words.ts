/** Where a connection was to go. */
export interface Dialled {
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must bear. */
  readonly serverName: string;
}

/** The few failures to connect that people look up, as Go's HTTP client words them; all others as Node does. */
export function dialWords(error: NodeJS.ErrnoException, { host, port, serverName }: Dialled): string {
  const tls = (why: string): string => `tls: failed to verify certificate: x509: ${why}`;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return tls('certificate signed by unknown authority');
    case 'CERT_HAS_EXPIRED':
      return tls('certificate has expired or is not yet valid');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return tls(`certificate is not valid for ${serverName}`);
    default:
      return error.message;
  }
}
