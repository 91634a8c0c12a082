import { run } from '#lib/runtime/run';
import { certificateSigning } from './certificate-signing.controller';
import { sign } from './sign';

void run(certificateSigning(sign));
