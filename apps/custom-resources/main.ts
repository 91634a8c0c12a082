import { run } from '#lib/runtime/run';
import { customResources } from './custom-resources.controller';

void run(customResources);
