import { run } from '#lib/runtime/run';
import { readCa } from './read-ca';
import { rootCa } from './root-ca.controller';

void run(rootCa(readCa));
