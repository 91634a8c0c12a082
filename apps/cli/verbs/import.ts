import { IsString, MinLength } from 'class-validator';
import { NotABundle } from '#lib/log/bundle/bundle';
import { importBundle } from '#lib/log/bundle/import-bundle';
import { openLog } from '#lib/log/open-log';
import { openBundle } from '../bundle/file';
import { homeAt, openHome } from '../up/home';
import { defineVerb, UserError } from '../verb';

class ImportOptions {
  @IsString()
  @MinLength(1)
  home = '.decklog';

  @IsString()
  databaseUrl = '';
}

/** Makes a cluster of an exported file: its log begins with the file's, entry for entry and hash for hash. */
export const importVerb = defineVerb<ImportOptions>({
  name: 'import',
  usage: '<file> [--home DIR]',
  summary: 'Put an exported file (from revision 1 on) into the empty log of a cluster that does not run; `up` goes on from there',
  options: ImportOptions,
  flags: {
    home: { type: 'string', about: 'Folder of the cluster (default .decklog)', env: 'DECKLOG_HOME' },
    databaseUrl: { type: 'string', about: 'A PostgreSQL that runs already (default: the one in the folder)', env: 'DATABASE_URL' },
  },
  words: { min: 1, max: 1 },
  async run({ home, databaseUrl }, [file = '']) {
    const bundle = await openBundle(file);
    await withDatabase(home, databaseUrl, async (url) => {
      const opened = await openLog({ url, applicationName: 'decklog import' });
      try {
        await importBundle(opened.log.pool, bundle);
      } catch (error) {
        throw error instanceof NotABundle ? new UserError(error.message) : error;
      } finally {
        await opened.close();
      }
    });
    process.stdout.write(`imported entries 1 to ${bundle.header.to}; Secrets need the master key of the cluster that they come from\n`);
    return 0;
  },
});

async function withDatabase(folder: string, databaseUrl: string, work: (url: string) => Promise<void>): Promise<void> {
  if (databaseUrl !== '') return work(databaseUrl);
  const home = homeAt(folder);
  const lock = await openHome(home);
  try {
    const { startPostgres } = await import('#lib/embedded/postgres');
    const postgres = await startPostgres({ dataDir: `${home.folder}/postgres` });
    try {
      await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  } finally {
    lock.release();
  }
}
