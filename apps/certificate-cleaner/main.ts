import { run } from '#lib/runtime/run';
import { certificateCleaner } from './certificate-cleaner.controller';

void run(certificateCleaner);
