import { run } from '#lib/runtime/run';
import { endpointSliceMirroring } from './endpointslice-mirroring.controller';

void run(endpointSliceMirroring);
