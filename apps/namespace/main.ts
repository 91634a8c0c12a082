import { run } from '#lib/runtime/run';
import { emptyExtensions } from './empty-extensions';
import { namespace } from './namespace.controller';

void run(namespace(emptyExtensions));
