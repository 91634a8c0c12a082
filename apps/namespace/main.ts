import { run } from '#lib/runtime/run';
import { namespace } from './namespace.controller';

void run(namespace);
