import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addOperator, addPerson, addProvider, endingOf, openTestApp } from './http-node.ts';
import { readTranscript, replay } from './http-transcript.ts';

const FOLDER = join(import.meta.dirname, '..', 'transcripts');

const ending = endingOf(after);
const { app, node } = await openTestApp(ending);
await addOperator(node);
await addProvider(node, 'market', String(node.lists.catalogue.contracts.get('n08_penalty')?.provider));
await addPerson(node, { login: 'bank', kind: 'reader' });

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))) {
  describe(name, () => {
    for (const exchange of readTranscript(readFileSync(join(FOLDER, name), 'utf8'))) {
      it(`${exchange.line}: ${exchange.sentence}`, () => replay(app, exchange));
    }
  });
}
