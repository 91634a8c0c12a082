// The first import of a program: what it imports after this is taken from the module cache, when the build has left one.
import { ModuleCache } from './module-cache';
import { loadFrom } from './module-hooks';

const cache = ModuleCache.open();
if (cache) loadFrom(cache);
