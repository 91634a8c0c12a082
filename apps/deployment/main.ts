import { run } from '#lib/runtime/run';
import { deployment } from './deployment.controller';

void run(deployment);
