import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { listRefusals, type RefusalText } from '#kernel';
import type { Samples } from '#platform';
import type { PolicySet } from '#security';
import type { DocumentParts } from './document.ts';

type FromFiles = Pick<DocumentParts, 'words' | 'samples' | 'refusals' | 'texts'>;

/** What the package's `models/interfaces` says beside the routes. Its files come with the program and are checked by tests. */
export function loadDocumentParts(packageFolder: string, { grounds }: Pick<PolicySet, 'grounds'>): FromFiles {
  const at = (name: string): string => join(packageFolder, 'models', 'interfaces', name);
  const refusals = existsSync(at('refusals.json')) ? readFileSync(at('refusals.json'), 'utf8') : '{}';
  const texts = new Map<string, RefusalText>(listRefusals());
  for (const [ground, text] of grounds) texts.set(`policy.${ground}`, text);
  return {
    words: parse(readFileSync(at('operations.yaml'), 'utf8')) as DocumentParts['words'],
    samples: parse(readFileSync(at('samples.yaml'), 'utf8')) as Samples,
    refusals: JSON.parse(refusals) as DocumentParts['refusals'],
    texts,
  };
}
