import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from '../flows/http-node.ts';

/** The city has an identity provider, to which accounts may be linked; nobody signs in there, so nothing answers. */
export function outsideSettings(t: Ending): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-leak-outside-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, 'secret-of-a-test', { mode: 0o600 });
  return {
    XINQIAO_OIDC_ISSUER: 'http://127.0.0.1:9',
    XINQIAO_OIDC_CLIENT: 'xinqiao',
    XINQIAO_OIDC_SECRET: file,
  };
}
