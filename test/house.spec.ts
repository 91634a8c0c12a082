import { stale } from './house/derived';
import { circles } from './house/imports';
import { againstTheLayers, relativeAcrossFolders } from './house/layers';
import { impurities, pureFiles } from './house/purity';
import { barrels, emptyNames, forwardRefs, machinePaths, readmes, tooLong, unregistered } from './house/shape';
import { codeFiles } from './house/sources';

/** Every rule returns sentences that name the file and the cure. */
describe('the house', () => {
  const sources = codeFiles();

  test('files are short enough to read', () => expect(tooLong(sources)).toEqual([]));
  test('imports follow the layers', () => expect(againstTheLayers(sources)).toEqual([]));
  test('apps import libraries as #lib/…', () => expect(relativeAcrossFolders(sources)).toEqual([]));
  test('imports run in no circle', () => expect(circles(sources).map((path) => path.join(' → '))).toEqual([]));
  test('what decides is pure', () => expect(pureFiles(sources).flatMap(impurities)).toEqual([]));
  test('there are no barrels', () => expect(barrels(sources)).toEqual([]));
  test('nothing uses forwardRef', () => expect(forwardRefs(sources)).toEqual([]));
  test('names say what a file is about', () => expect(emptyNames()).toEqual([]));
  test('every app has a README of one screen', () => expect(readmes()).toEqual([]));
  test('every controller is in the registry', () => expect(unregistered(sources)).toEqual([]));
  test('nest-cli.json and docker-compose.yml follow the folders', () => expect(stale()).toEqual([]));
  test('no file names a folder of one machine', () => expect(machinePaths()).toEqual([]));
});
