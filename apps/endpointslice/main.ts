import { run } from '#lib/runtime/run';
import { endpointSlice } from './endpointslice.controller';

void run(endpointSlice);
